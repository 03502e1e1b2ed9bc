"""Postmark inbound: JSON, parsed, with the raw letter if the server is set up so.

Source: the vendor's page on the inbound webhook.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any, ClassVar

from tracker.errors import InvalidInput
from tracker.inquiries.events import EmailEvent
from tracker.providers.email.address import addresses_in
from tracker.providers.email.fields import Field
from tracker.providers.email.jsons import decoded_base64, objects, pairs_of_objects
from tracker.providers.email.letter import Letter, told
from tracker.providers.email.message import read_letter, taken_apart
from tracker.providers.email.pushing import Pushing
from tracker.providers.webhook import WebhookRequest

# Where Postmark tells a header as a field of its own, which then may be missing among the headers.
TOLD = {"From": "From", "To": "To", "Cc": "Cc", "Subject": "Subject", "Date": "Date", "Reply-To": "ReplyTo"}


class Postmark(Pushing):
    """Reads one letter per request. `OriginalRecipient` is the envelope's; `MessageID` is not the letter's."""

    NAME: ClassVar[str] = "email/postmark"

    def parse(self, request: WebhookRequest) -> list[EmailEvent]:
        """Returns the letter; none for reports about letters we sent (`RecordType`).

        Raises:
            InvalidInput: it has no sender.
        """
        data = request.json()
        if "RecordType" in data:
            return []
        return [
            read_letter(
                _letter(data),
                self.rules,
                received_at=request.received_at,
                envelope_to=addresses_in(str(data.get("OriginalRecipient") or "")),
            )
        ]


def _letter(data: dict[str, Any]) -> Letter:
    raw = data.get("RawEmail")
    if isinstance(raw, str) and raw:
        return taken_apart(raw.encode("utf-8", "surrogatepass"))
    if not isinstance(data.get("From"), str):
        raise InvalidInput("From is required", "From")
    headers = pairs_of_objects(data, "Headers", "Name", "Value")
    present = {name.lower() for name, _ in headers}
    headers += [
        (name, str(data[field])) for name, field in TOLD.items() if name.lower() not in present and data.get(field)
    ]
    return told(headers, _text(data, "TextBody"), _text(data, "HtmlBody"), list(_files(data)))


def _text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    return value if isinstance(value, str) else ""


def _files(data: dict[str, Any]) -> Iterator[Field]:
    for file in objects(data, "Attachments"):
        # The vendor's test button says Data where real letters say Content.
        content = decoded_base64(file.get("Content") or file.get("Data"))
        yield Field("", content, str(file.get("Name") or ""), str(file.get("ContentType") or ""))
