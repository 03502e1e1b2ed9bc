"""Inquiries that a server of the customer reports: `POST /api/v1/inquiries`, JSON or multipart."""

from __future__ import annotations

from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from babel.numbers import get_currency_precision
from msgspec import Meta

from tracker.errors import InvalidInput
from tracker.inquiries.events import FormEvent, InquiryKind
from tracker.inquiries.models import RawMessage
from tracker.providers.forms.fields import emails_of, phones_of
from tracker.sites.models import Site
from tracker.visits import ga
from tracker.visits.messages import VisitorId

ENTRANCE = "api/inquiries"


class InquiryMessage(msgspec.Struct):
    """The body. `sum` is in whole units of `currency`, `at` ISO 8601 with a zone."""

    site: str
    kind: InquiryKind
    external_id: Annotated[str, Meta(min_length=1, max_length=300)] | None = None
    visitor: VisitorId | None = None
    visit: str | None = None
    ga: str | None = None
    ip: str | None = None
    name: str | None = None
    phones: list[str] = []
    emails: list[str] = []
    text: str | None = None
    fields: dict[str, Any] = {}
    sum: Decimal | None = None
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] | None = None
    page: str | None = None
    at: datetime | None = None
    test: bool = False


def decode(body: bytes) -> InquiryMessage:
    """Reads the JSON body.

    Raises:
        InvalidInput: names the field that is wrong.
    """
    try:
        message = msgspec.json.decode(body, type=InquiryMessage)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        missing = text.partition("required field `")[2].rstrip("`")
        raise InvalidInput(text, (path.rstrip("`").lstrip(".") or missing) or None) from error
    except (msgspec.DecodeError, UnicodeDecodeError) as error:
        raise InvalidInput("the body is not JSON in UTF-8") from error
    if message.at is not None and message.at.tzinfo is None:
        raise InvalidInput("a time needs a zone, for example 2026-01-01T12:00:00Z", "at")
    return message


def read(raw: RawMessage, site: Site) -> list[FormEvent]:
    """Returns the one inquiry of the message.

    Raises:
        InvalidInput: as `decode`.
    """
    message = decode(raw.body)
    currency = message.currency or site.currency
    return [
        FormEvent(
            kind=message.kind,
            external_id=message.external_id or raw.key,
            at=message.at.astimezone(UTC) if message.at else raw.received_at,
            visitor=message.visitor,
            visit=message.visit,
            ga=ga.client_id(message.ga),
            ip=message.ip,
            name=message.name,
            phones=phones_of(message.phones, site.country),
            emails=emails_of(message.emails),
            text=message.text or "",
            fields={key: value if isinstance(value, str) else str(value) for key, value in message.fields.items()},
            sum_minor=_minor(message.sum, currency) if message.sum is not None else None,
            currency=currency if message.sum is not None else None,
            page=message.page,
            is_test=message.test and site.allow_tests,
        )
    ]


def _minor(amount: Decimal, currency: str) -> int:
    return int((amount * 10 ** get_currency_precision(currency)).to_integral_value())
