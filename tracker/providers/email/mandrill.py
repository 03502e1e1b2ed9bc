"""Mandrill (Mailchimp Transactional) inbound: a signed form with a JSON list of letters.

Source: the vendor's pages on inbound email and on authenticating webhooks.
"""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar
from urllib.parse import urlsplit

from tracker.errors import InvalidInput, NotAuthentic
from tracker.inquiries.events import EmailEvent
from tracker.providers.email.fields import form_of
from tracker.providers.email.jsons import objects, pairs_of_mapping, texts
from tracker.providers.email.letter import Letter, told
from tracker.providers.email.message import read_letter, taken_apart
from tracker.providers.email.pushing import Pushing, arrived_at
from tracker.providers.settings import SettingField
from tracker.providers.shared_secret import same
from tracker.providers.signatures import hmac_base64
from tracker.providers.webhook import WebhookAnswer, WebhookRequest

SIGNATURE = "X-Mandrill-Signature"
SPAM_SCORE = 5.0  # where SpamAssassin begins to call a letter spam


class Mandrill(Pushing):
    """Reads several letters per request. The signature covers the address as Mandrill was given it, and the form."""

    NAME: ClassVar[str] = "email/mandrill"
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField("webhook_key", "Webhook key", kind="secret", help="Mandrill, Inbound, the route's webhook key."),
    )

    def greet(self, request: WebhookRequest) -> WebhookAnswer | None:
        """Answers the check of the address: HEAD, GET, or an empty list signed with a key that anybody knows."""
        is_check = request.method != "POST" or form_of(request).text("mandrill_events").strip() == "[]"
        return WebhookAnswer(200) if is_check else None

    def verify(self, request: WebhookRequest) -> None:
        """Checks the signature over address and form."""
        form = form_of(request)
        fields = "".join(name + form.text(name) for name in sorted({field.name for field in form.fields}))
        given = request.headers.get(SIGNATURE, "")
        key = self.settings["webhook_key"]
        if not any(same(given, hmac_base64(key, url + fields, hashlib.sha1)) for url in _addresses(request)):
            raise NotAuthentic("the signature is wrong")

    def parse(self, request: WebhookRequest) -> list[EmailEvent]:
        """Returns the letters; other events give none.

        Raises:
            InvalidInput: the form holds no list of events.
        """
        try:
            events = json.loads(form_of(request).data("mandrill_events"))
        except (ValueError, RecursionError):
            events = None
        if not isinstance(events, list):
            raise InvalidInput("mandrill_events must be a JSON list", "mandrill_events")
        return [
            self._event(event, event["msg"], request)
            for event in objects({"events": events}, "events")
            if event.get("event") == "inbound" and isinstance(event.get("msg"), dict)
        ]

    def _event(self, event: Mapping[str, Any], message: Mapping[str, Any], request: WebhookRequest) -> EmailEvent:
        sender, report = message.get("sender"), message.get("spam_report")
        score = report.get("score") if isinstance(report, dict) else None
        return read_letter(
            _letter(message),
            self.rules,
            received_at=arrived_at(event.get("ts"), request),
            envelope_to=texts(message, "email"),
            envelope_from=sender if isinstance(sender, str) and sender else None,
            is_spam=isinstance(score, int | float) and score >= SPAM_SCORE,
        )


def _letter(message: Mapping[str, Any]) -> Letter:
    raw = "".join(texts(message, "raw_msg"))
    if raw:
        return taken_apart(raw.encode("utf-8", "surrogatepass"))
    plain, html = ("".join(texts(message, name)) for name in ("text", "html"))
    return told(pairs_of_mapping(message.get("headers")), plain, html)


def _addresses(request: WebhookRequest) -> list[str]:
    """The address as received, and as it was typed when it carries credentials."""
    scheme, _, credentials = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return [request.url]
    try:
        written = base64.b64decode(credentials, validate=True).decode("utf-8", "replace")
    except ValueError:
        return [request.url]
    parts = urlsplit(request.url)
    return [request.url, parts._replace(netloc=f"{written}@{parts.netloc}").geturl()]
