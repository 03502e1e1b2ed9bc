"""The ids by which inquiries are found: the senders' own ones, as they are stored."""

from __future__ import annotations

from sqlalchemy.orm import Session

from tracker.database import insert_or_ignore, storable
from tracker.inquiries.models import Inquiry, OtherId

LONGEST_ID = 500


def kept_id(external_id: str) -> str:
    """Returns the sender's own id as it is stored."""
    return storable(external_id)[:LONGEST_ID]


def name(session: Session, scope: str, external_id: str, inquiry: Inquiry) -> None:
    """Remembers another id by which the inquiry is found."""
    row = {"scope": scope, "external_id": kept_id(external_id), "inquiry_id": inquiry.id}
    insert_or_ignore(session, OtherId, [row])
