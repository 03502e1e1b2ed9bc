"""A number counts as unverified until a first call to it has reached us: only then it is known to ring here."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import update
from sqlalchemy.orm import Session

from tracker.pools.models import Number


def verify_number(session: Session, called: str | None, at: datetime) -> None:
    """Writes down the first call to a number; later ones, and numbers that are not ours, change nothing."""
    if called is not None:
        unverified = (Number.e164 == called, Number.verified_at.is_(None))
        session.execute(update(Number).where(*unverified).values(verified_at=at))
