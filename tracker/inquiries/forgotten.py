"""Ids of erased inquiries, kept as keyed hashes: a provider that is asked again must not bring a person back."""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from hashlib import sha256

from sqlalchemy.orm import Session

from tracker import clock
from tracker.database import insert_or_ignore
from tracker.inquiries import other_ids
from tracker.inquiries.events import CallEvent, EmailEvent, FormEvent
from tracker.inquiries.models import ForgottenId


def remember(session: Session, ids: Iterable[tuple[str, str]], secret_key: str) -> None:
    """Keeps the hashes of pairs of scope and external id."""
    hashes = {fingerprint(scope, external_id, secret_key) for scope, external_id in ids}
    insert_or_ignore(session, ForgottenId, [{"hash": one, "at": clock.now()} for one in sorted(hashes)])


def holds(session: Session, scope: str, event: CallEvent | EmailEvent | FormEvent, secret_key: str) -> bool:
    """True when the event belongs to an inquiry that was erased."""
    return session.get(ForgottenId, fingerprint(scope, _external_id(event), secret_key)) is not None


def fingerprint(scope: str, external_id: str, secret_key: str) -> str:
    """Returns the keyed hash, 64 hex."""
    known_as = other_ids.kept_id(external_id)
    return hmac.new(secret_key.encode(), f"forgotten\n{scope}\n{known_as}".encode(), sha256).hexdigest()


def _external_id(event: CallEvent | EmailEvent | FormEvent) -> str:
    match event:
        case CallEvent():
            return event.call_id
        case EmailEvent():
            return event.message_id
        case FormEvent():
            return event.external_id
