"""Amazon SES: receipt rules publish letters to an SNS topic, which posts them here.

Source: the vendor's manual on receipt notifications, and on SNS messages over HTTP.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any, ClassVar

from tracker.errors import InvalidInput
from tracker.inquiries.events import EmailEvent
from tracker.providers.email.jsons import pairs_of_objects, texts
from tracker.providers.email.letter import Letter, told
from tracker.providers.email.message import read_letter, taken_apart
from tracker.providers.email.pushing import Pushing
from tracker.providers.email.ses import sns
from tracker.providers.reading import found, instant
from tracker.providers.settings import SettingField
from tracker.providers.webhook import WebhookAnswer, WebhookRequest

TOPIC = re.compile(r"^arn:aws(?:-[a-z-]+)?:sns:[a-z0-9-]+:\d{12}:[A-Za-z0-9_.-]+$")
VERDICTS = ("spamVerdict", "virusVerdict")


def _topic(text: str) -> None:
    if not TOPIC.match(text):
        raise InvalidInput("this is no topic: arn:aws:sns:eu-west-1:123456789012:name", "topic_arn")


class Ses(Pushing):
    """Reads one letter per notification. Of a letter that SES puts into S3 only the headers come here."""

    NAME: ClassVar[str] = "email/ses"
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField("topic_arn", "Topic ARN", help="SNS, Topics: arn:aws:sns:…", check=_topic),
    )

    def greet(self, request: WebhookRequest) -> WebhookAnswer | None:
        """Confirms the subscription to our topic; nothing else is answered here.

        Raises:
            NotAuthentic: it is another topic, or the signature is wrong.
            Unavailable: Amazon does not answer; it asks again.
        """
        message = sns.read(request)
        if message is None or message.get("Type") != sns.CONFIRMATION:
            return None
        self.verify(request)
        sns.confirm(message)
        return WebhookAnswer(200)

    def verify(self, request: WebhookRequest) -> None:
        """Checks topic, age and signature."""
        sns.require_signature(request, self.settings["topic_arn"])

    def number(self, request: WebhookRequest) -> str | None:
        """Returns the id of the notification; a repetition has the same."""
        return str(request.json().get("MessageId"))

    def parse(self, request: WebhookRequest) -> list[EmailEvent]:
        """Returns the letter; none for a test message of SES and for other notifications.

        Raises:
            InvalidInput: the notification says nothing of its letter.
        """
        data = _notification(request.json())
        if data.get("notificationType") != "Received":
            return []
        received_at = instant(data, "receipt.timestamp") or instant(data, "mail.timestamp") or request.received_at
        source = found(data, "mail.source")
        return [
            read_letter(
                _letter(data),
                self.rules,
                received_at=min(received_at, request.received_at),
                envelope_to=texts(_object(data, "receipt"), "recipients"),
                envelope_from=source if isinstance(source, str) else None,
                is_spam=any(found(data, f"receipt.{verdict}.status") == "FAIL" for verdict in VERDICTS),
            )
        ]


def _notification(message: Mapping[str, Any]) -> dict[str, Any]:
    """What SES said to the topic. The message that proves the topic works is a sentence, not JSON."""
    text = message.get("Message")
    try:
        data = json.loads(text) if message.get("Type") == sns.NOTIFICATION and isinstance(text, str) else None
    except (ValueError, RecursionError):
        data = None
    return data if isinstance(data, dict) else {}


def _letter(data: dict[str, Any]) -> Letter:
    content, action = data.get("content"), _object(_object(data, "receipt"), "action")
    if isinstance(content, str):
        return taken_apart(_raw(content, action.get("encoding")))
    headers = pairs_of_objects(_object(data, "mail"), "headers", "name", "value")
    if not headers:
        raise InvalidInput("the notification has neither the letter nor its headers", "Message")
    # Where a person finds the text that we were not given.
    place = f"s3://{action.get('bucketName')}/{action.get('objectKey')}" if action.get("objectKey") else ""
    return told(headers, place, None)


def _raw(content: str, encoding: object) -> bytes:
    if encoding != "BASE64":
        return content.encode("utf-8", "surrogatepass")
    try:
        return base64.b64decode(content)
    except (binascii.Error, ValueError) as error:
        raise InvalidInput("the content is not base64", "Message") from error


def _object(data: Mapping[str, Any], name: str) -> Mapping[str, Any]:
    value = data.get(name)
    return value if isinstance(value, dict) else {}
