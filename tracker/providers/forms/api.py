"""Inquiries that a server of the customer reports: `POST /api/v1/inquiries`, JSON or multipart with files."""

from __future__ import annotations

import io
from datetime import UTC, datetime
from decimal import Decimal
from typing import Annotated, Any

import msgspec
from babel.numbers import get_currency_precision
from msgspec import Meta
from werkzeug.datastructures import FileStorage
from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.formparser import FormDataParser
from werkzeug.http import parse_options_header

from tracker.errors import InvalidInput
from tracker.inquiries.events import FormEvent, InquiryKind
from tracker.inquiries.models import RawMessage
from tracker.providers.forms.fields import as_text, emails_of, phones_of
from tracker.sites.models import Site
from tracker.values import json_body
from tracker.visits import ga
from tracker.visits.messages import VisitId, VisitorId

ENTRANCE = "api/inquiries"
LISTS = ("phones", "emails")  # fields that a multipart request may repeat
MOST_PARTS = 1000
LARGEST_SUM = Decimal(10) ** 15  # in whole units; what is more is no price and no integer column holds it
LARGEST_TEXT = 1_000_000  # bytes of a multipart field


class InquiryMessage(msgspec.Struct):
    """The body. `sum` is in whole units of `currency`, `at` ISO 8601 with a zone; null means absent."""

    site: str
    kind: InquiryKind
    external_id: Annotated[str, Meta(min_length=1, max_length=300)] | None = None
    visitor: VisitorId | None = None
    visit: VisitId | None = None
    ga: str | None = None
    ip: str | None = None
    name: str | None = None
    phones: list[str] | None = None
    emails: list[str] | None = None
    text: str | None = None
    fields: dict[str, Any] | None = None
    sum: Decimal | None = None
    currency: Annotated[str, Meta(pattern="^[A-Z]{3}$")] | None = None
    page: str | None = None
    at: datetime | None = None
    test: bool | None = None


def decode(body: bytes, content_type: str = "application/json") -> InquiryMessage:
    """Reads the body.

    Args:
        content_type: `multipart/form-data` carries the JSON in the field `inquiry`, or the fields one by one; the
            names and sizes of its files become fields.

    Raises:
        InvalidInput: names the field that is wrong.
    """
    is_multipart = parse_options_header(content_type)[0] == "multipart/form-data"
    values = _of_multipart(body, content_type) if is_multipart else _json(body, None)
    if not isinstance(values, dict):
        raise InvalidInput("the body must be a JSON object")
    try:
        message = msgspec.convert(json_body.clean(values), InquiryMessage, strict=not is_multipart)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        missing = text.partition("required field `")[2].rstrip("`")
        field = (path.rstrip("`").replace("[...]", "") + "." + missing).strip(".").replace("[", ".").replace("]", "")
        raise InvalidInput(text, field or None) from error
    _check(message)
    return message


def _check(message: InquiryMessage) -> None:
    if message.at is not None and message.at.tzinfo is None:
        raise InvalidInput("a time needs a zone, for example 2026-01-01T12:00:00Z", "at")
    amount = message.sum
    if amount is not None and not (amount.is_finite() and 0 <= amount <= LARGEST_SUM):
        raise InvalidInput("a sum is a number from 0 to 10^15", "sum")


def _json(text: bytes | str, field: str | None) -> Any:
    try:
        return json_body.parse(text)
    except ValueError as error:
        raise InvalidInput("not JSON in UTF-8", field) from error


def _of_multipart(body: bytes, content_type: str) -> dict[str, Any]:
    parser = FormDataParser(max_form_memory_size=LARGEST_TEXT, max_form_parts=MOST_PARTS, silent=False)
    mimetype, options = parse_options_header(content_type)
    try:
        _, form, files = parser.parse(io.BytesIO(body), mimetype, len(body), options)
    except (ValueError, RequestEntityTooLarge) as error:
        raise InvalidInput(f"the multipart body cannot be read: {error}") from error
    values: dict[str, Any] = _json(form["inquiry"], "inquiry") if "inquiry" in form else _plain(form)
    sent = [_described(file) for file in files.values() if file.filename]
    if sent and isinstance(values, dict):
        values["fields"] = {**(values.get("fields") or {}), "files": ", ".join(sent)}
    return values


def _described(file: FileStorage) -> str:
    with file.stream as content:
        return f"{file.filename} ({len(content.read())} bytes)"


def _plain(form: Any) -> dict[str, Any]:
    values: dict[str, Any] = {name: form.getlist(name) if name in LISTS else form[name] for name in form}
    if "fields" in form:
        values["fields"] = _json(form["fields"], "fields")
    return values


def read(raw: RawMessage, site: Site) -> list[FormEvent]:
    """Returns the one inquiry of the message.

    Raises:
        InvalidInput: as `decode`.
    """
    message = decode(raw.body, raw.request["content_type"])
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
            phones=phones_of(message.phones or (), site.country),
            emails=emails_of(message.emails or ()),
            text=message.text or "",
            fields={key: as_text(value) for key, value in (message.fields or {}).items()},
            sum_minor=_minor(message.sum, currency) if message.sum is not None else None,
            currency=currency if message.sum is not None else None,
            page=message.page,
            is_test=bool(message.test and site.allow_tests),
        )
    ]


def _minor(amount: Decimal, currency: str) -> int:
    return int((amount * 10 ** get_currency_precision(currency)).to_integral_value())
