"""Forms that the snippet sends: `POST /w/form`."""

from __future__ import annotations

from tracker.errors import InvalidInput
from tracker.inquiries.events import FormEvent, InquiryKind
from tracker.inquiries.models import RawMessage
from tracker.providers.forms.fields import as_text, contacts_of
from tracker.sites.models import Site
from tracker.values import json_body
from tracker.visits.messages import FormMessage

ENTRANCE = "snippet/form"
MOST_FIELDS = 100
LONGEST_VALUE = 5000


def read(raw: RawMessage, site: Site) -> list[FormEvent]:
    """Returns the one form of the message.

    Raises:
        InvalidInput: not what the snippet sends.
    """
    message = _decoded(raw.body)
    fields = {key[:200]: as_text(value)[:LONGEST_VALUE] for key, value in list(message.fields.items())[:MOST_FIELDS]}
    found = contacts_of(fields, site.country)
    return [
        FormEvent(
            kind=_kind(message),
            external_id=message.id or raw.key,
            at=raw.received_at,
            visitor=message.visitor,
            visit=message.visit,
            name=found.name,
            phones=found.phones,
            emails=found.emails,
            text=found.text,
            fields=fields | ({"form": message.form} if message.form else {}),
            page=message.page,
            is_test=bool(message.test and site.allow_tests),
        )
    ]


def _decoded(body: bytes) -> FormMessage:
    try:
        return json_body.read(body, FormMessage)
    except ValueError as error:
        raise InvalidInput(f"no form of the snippet: {error}") from error


def _kind(message: FormMessage) -> InquiryKind:
    if message.subscribe:
        return InquiryKind.SUBSCRIPTION
    try:
        return InquiryKind(message.kind or "form")
    except ValueError as error:
        raise InvalidInput(f"a kind is one of {', '.join(InquiryKind)}", "kind") from error
