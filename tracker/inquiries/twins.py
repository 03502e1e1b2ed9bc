"""One form that comes through two doors: the page reports it, and so does the site's own server.

The same contact, the same kind, the same site, two doors, two minutes: one inquiry. Whoever comes second completes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tracker.inquiries.events import FormEvent
from tracker.inquiries.models import Inquiry, OtherId
from tracker.values import email_address

APART = timedelta(minutes=2)
LOCK = 7_305_103  # first half of a PostgreSQL advisory lock, the site is the other


def one_at_a_time(session: Session, site_id: int) -> None:
    """Lets the forms of a site in one by one until the transaction ends: twins often come in the same moment."""
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:lock, :site)"), {"lock": LOCK, "site": site_id})


def known(session: Session, scope: str, external_id: str) -> Inquiry | None:
    """Returns the inquiry that this id was found to be a twin of, None when it is nobody's twin."""
    same = (OtherId.scope == scope, OtherId.external_id == external_id)
    return session.scalar(select(Inquiry).join(OtherId, OtherId.inquiry_id == Inquiry.id).where(*same))


def find(session: Session, site_id: int, scope: str, event: FormEvent) -> Inquiry | None:
    """Returns the inquiry that came through another door within two minutes from the same contact."""
    near = (
        Inquiry.site_id == site_id,
        Inquiry.kind == event.kind,
        Inquiry.scope != scope,
        Inquiry.at.between(event.at - APART, event.at + APART),
    )
    contacts = {*event.phones, *_compared(event.emails)}
    through = select(OtherId.inquiry_id).where(OtherId.scope == scope)
    rows = session.scalars(select(Inquiry).where(*near, Inquiry.id.not_in(through)).order_by(Inquiry.at, Inquiry.id))
    return next((row for row in rows if contacts & {*row.phones, *row.emails}), None)


def columns(inquiry: Inquiry, event: FormEvent) -> dict[str, Any]:
    """Returns the columns of the inquiry with what the event says; what was known before stays."""
    phones = list(dict.fromkeys([*inquiry.phones, *event.phones]))
    emails = list(dict.fromkeys([*inquiry.emails, *_compared(event.emails)]))
    return {
        "caller": next(iter([*phones, *emails]), None),
        "name": inquiry.name or event.name,
        "phones": phones,
        "emails": emails,
        "text": inquiry.text or event.text,
        "fields": event.fields | inquiry.fields,
        "page": inquiry.page or event.page,
        "sum_minor": event.sum_minor if inquiry.sum_minor is None else inquiry.sum_minor,
        "currency": inquiry.currency or event.currency,
    }


def _compared(emails: Sequence[str]) -> list[str]:
    return [email_address.for_comparing(email) for email in emails]
