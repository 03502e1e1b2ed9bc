"""A connection that lost its access waits for an administrator, and says why."""

from __future__ import annotations

from sqlalchemy.orm import Session

from tracker import clock
from tracker.sites.models import Connection, ConnectionState


def mark_broken(session: Session, connection_id: int, sentence: str) -> None:
    """Marks the connection broken inside the caller's transaction; what is due to it waits, nothing is lost."""
    connection = session.get_one(Connection, connection_id)
    connection.state, connection.state_at = ConnectionState.BROKEN, clock.now()
    connection.state_sentence = sentence
