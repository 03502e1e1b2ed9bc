"""Mailgun: a route forwards letters as signed forms, parsed or raw.

Source: the vendor's manual on routes and securing webhooks; a maintained client library for the fields.
"""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any, ClassVar

from tracker.errors import InvalidInput, NotAuthentic
from tracker.inquiries.events import EmailEvent
from tracker.providers.email.address import addresses_in
from tracker.providers.email.fields import Form, form_of
from tracker.providers.email.letter import Letter, told
from tracker.providers.email.message import read_letter, taken_apart
from tracker.providers.email.pushing import Pushing, arrived_at
from tracker.providers.settings import SettingField
from tracker.providers.signatures import hmac_hex, require
from tracker.providers.webhook import WebhookRequest

# A repetition carries the time of the first attempt, and the last one comes after about eight hours.
BELIEVED_FOR = timedelta(hours=12)
CLOCKS_APART = timedelta(minutes=15)

NO_FIELDS = "the form has neither the raw letter (body-mime) nor its headers (message-headers)"


class Mailgun(Pushing):
    """Reads both forms of a forwarded letter. The signature covers a token, which counts once."""

    NAME: ClassVar[str] = "email/mailgun"
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField(
            "signing_key",
            "Webhook signing key",
            kind="secret",
            help="Mailgun, API security, HTTP webhook signing key. Regions have different ones.",
        ),
    )

    def verify(self, request: WebhookRequest) -> None:
        """Checks the signature over time and token; it does not cover the letter, so `number` lets it count once."""
        form = form_of(request)
        signed = form.text("timestamp") + form.text("token")
        require(form.text("signature").lower(), hmac_hex(self.settings["signing_key"], signed))
        try:
            age = request.received_at.timestamp() - int(form.text("timestamp"))
        except ValueError as error:
            raise NotAuthentic("the time of the signature is missing") from error
        if not -CLOCKS_APART.total_seconds() <= age <= BELIEVED_FOR.total_seconds():
            raise NotAuthentic("the message is too old, or a clock is wrong")

    def number(self, request: WebhookRequest) -> str | None:
        """Returns the token."""
        return form_of(request).text("token")

    def parse(self, request: WebhookRequest) -> list[EmailEvent]:
        """Returns the one letter.

        Raises:
            InvalidInput: the form holds no letter.
        """
        form = form_of(request)
        return [
            read_letter(
                _letter(form),
                self.rules,
                received_at=arrived_at(form.text("timestamp"), request),
                envelope_to=addresses_in(form.text("recipient")),
                envelope_from=form.text("sender") if "sender" in form else None,
            )
        ]


def _letter(form: Form) -> Letter:
    if "body-mime" in form:
        return taken_apart(form.data("body-mime"))
    if "message-headers" not in form:
        raise InvalidInput(NO_FIELDS, "body-mime")
    return told(
        _headers(form.text("message-headers")),
        form.text("body-plain"),
        form.text("body-html"),
        form.files(),
    )


def _headers(text: str) -> list[tuple[str, str]]:
    try:
        pairs: Any = json.loads(text)
        return [(str(name), str(value)) for name, value in pairs]
    except (ValueError, TypeError, RecursionError) as error:
        raise InvalidInput("message-headers must be a list of names and values", "message-headers") from error
