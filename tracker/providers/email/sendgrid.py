"""SendGrid Inbound Parse: multipart forms, raw or parsed; each field of a parsed letter has a charset of its own.

Source: the vendor's pages on Inbound Parse and on securing it (signatures are an option of the account).
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from datetime import timedelta
from email import message_from_bytes
from email.policy import compat32
from typing import Any, ClassVar

from cryptography.exceptions import InvalidSignature, UnsupportedAlgorithm
from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_der_public_key

from tracker.errors import InvalidInput, NotAuthentic
from tracker.inquiries.events import EmailEvent
from tracker.providers.email.decoding import decoded
from tracker.providers.email.fields import Form, form_of
from tracker.providers.email.letter import Letter, told
from tracker.providers.email.limits import MAX_HEADER_BYTES
from tracker.providers.email.message import read_letter, taken_apart
from tracker.providers.email.pushing import Pushing
from tracker.providers.settings import SettingField
from tracker.providers.shared_secret import ADDRESS_SECRET
from tracker.providers.webhook import WebhookRequest

SIGNATURE = "X-Twilio-Email-Event-Webhook-Signature"
TIMESTAMP = "X-Twilio-Email-Event-Webhook-Timestamp"
BELIEVED_FOR = timedelta(days=3, hours=1)  # a letter is repeated for three days
SPAM_SCORE = 5.0  # where SpamAssassin begins to call a letter spam


def _public_key(text: str) -> EllipticCurvePublicKey:
    try:
        key = load_der_public_key(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError, UnsupportedAlgorithm):
        key = None
    if not isinstance(key, EllipticCurvePublicKey):
        raise InvalidInput("this is no public key: copy the long base64 text that begins with MFkw", "public_key")
    return key


class SendGrid(Pushing):
    """Reads both modes of Inbound Parse. With a public key set, an unsigned letter is refused."""

    NAME: ClassVar[str] = "email/sendgrid"
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        ADDRESS_SECRET,
        SettingField(
            "public_key",
            "Public key",
            required=False,
            help="Only if a security policy signs the requests; its public key, base64.",
            check=_public_key,
        ),
    )

    def verify(self, request: WebhookRequest) -> None:
        """Checks the secret in the address, and the signature over time and body if there is a key."""
        super().verify(request)
        if self.settings["public_key"]:
            self._require_signature(request)

    def _require_signature(self, request: WebhookRequest) -> None:
        signed_at = request.headers.get(TIMESTAMP, "")
        try:
            given = base64.b64decode(request.headers.get(SIGNATURE, ""), validate=True)
            age = request.received_at.timestamp() - int(signed_at)
            _public_key(self.settings["public_key"]).verify(given, signed_at.encode() + request.body, ECDSA(SHA256()))
        except (binascii.Error, ValueError, InvalidSignature) as error:
            raise NotAuthentic("the signature is wrong") from error
        if abs(age) > BELIEVED_FOR.total_seconds():
            raise NotAuthentic("the message is too old, or a clock is wrong")

    def parse(self, request: WebhookRequest) -> list[EmailEvent]:
        """Returns the one letter.

        Raises:
            InvalidInput: the form holds no letter, or its envelope is no JSON.
        """
        form = form_of(request)
        envelope = _object(form, "envelope")
        to, sender = envelope.get("to"), envelope.get("from")
        return [
            read_letter(
                _letter(form),
                self.rules,
                received_at=request.received_at,
                envelope_to=[str(one) for one in to] if isinstance(to, list) else [],
                envelope_from=sender if isinstance(sender, str) else None,
                is_spam=_score(form.text("spam_score")) >= SPAM_SCORE,
            )
        ]


def _letter(form: Form) -> Letter:
    if "email" in form:
        return taken_apart(form.data("email"))
    if "headers" not in form:
        raise InvalidInput("the form has neither the raw letter (email) nor its headers", "headers")
    charsets = _object(form, "charsets")
    head = message_from_bytes(form.data("headers")[:MAX_HEADER_BYTES].strip() + b"\n\n", policy=compat32)
    return told(
        head.raw_items(),
        _text(form, "text", charsets),
        _text(form, "html", charsets),
        form.files(),
    )


def _text(form: Form, name: str, charsets: Mapping[str, Any]) -> str:
    charset = charsets.get(name)
    return decoded(form.data(name), charset if isinstance(charset, str) else None)


def _object(form: Form, name: str) -> Mapping[str, Any]:
    try:
        value = json.loads(form.text(name) or "{}")
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise InvalidInput(f"{name} must be a JSON object", name)
    return value


def _score(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        return 0.0
