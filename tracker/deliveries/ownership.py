"""One worker at a time talks to a connection: a lease row with a fencing number, renewed by its owner.

An owner that stalls loses the row to another; the fence he holds then no longer fits, and his next step is
refused before anything is sent.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tracker.database import insert_or_ignore
from tracker.deliveries.models import ConnectionOwner
from tracker.errors import OwnershipLost

TERM = timedelta(seconds=60)  # longer than two requests that time out


@dataclass(frozen=True)
class Ownership:
    """The right to talk to a connection, as long as the fence fits."""

    connection_id: int
    owner: str
    fence: int


def claim(session: Session, connection_id: int, owner: str, now: datetime) -> Ownership | None:
    """Takes or keeps the connection for a minute; None while another worker has it."""
    never = now - TERM
    insert_or_ignore(
        session,
        ConnectionOwner,
        [{"connection_id": connection_id, "owner": owner, "fence": 0, "expires_at": never}],
    )
    row = ConnectionOwner.connection_id == connection_id
    session.execute(
        update(ConnectionOwner)
        .where(row, (ConnectionOwner.expires_at <= now) & (ConnectionOwner.owner != owner))
        .values(owner=owner, fence=ConnectionOwner.fence + 1)
    )
    session.execute(update(ConnectionOwner).where(row, ConnectionOwner.owner == owner).values(expires_at=now + TERM))
    held = session.execute(
        select(ConnectionOwner.fence).where(row, ConnectionOwner.owner == owner)
    ).scalar_one_or_none()
    return Ownership(connection_id, owner, held) if held is not None else None


def take_from_dead(session: Session, connection_id: int, has_died: Callable[[str], bool], now: datetime) -> None:
    """Ends the term of an owner who was killed, so that nobody waits for it."""
    row = session.get(ConnectionOwner, connection_id, populate_existing=True)
    if row is None or row.expires_at <= now or not has_died(row.owner):
        return
    dead = (ConnectionOwner.owner == row.owner, ConnectionOwner.fence == row.fence)
    session.execute(
        update(ConnectionOwner).where(ConnectionOwner.connection_id == connection_id, *dead).values(expires_at=now)
    )


def require(session: Session, ownership: Ownership, now: datetime) -> None:
    """Prolongs the ownership before a request is sent.

    Raises:
        OwnershipLost: another worker has the connection.
    """
    result = session.execute(
        update(ConnectionOwner)
        .where(
            ConnectionOwner.connection_id == ownership.connection_id,
            ConnectionOwner.owner == ownership.owner,
            ConnectionOwner.fence == ownership.fence,
        )
        .values(expires_at=now + TERM)
    )
    if result.rowcount != 1:  # type: ignore[attr-defined]  # an UPDATE has a row count
        raise OwnershipLost("another worker has taken over the connection")


def release(session: Session, ownership: Ownership, now: datetime) -> None:
    """Lets go, so that another worker need not wait for the end of the term."""
    session.execute(
        update(ConnectionOwner)
        .where(
            ConnectionOwner.connection_id == ownership.connection_id,
            ConnectionOwner.owner == ownership.owner,
            ConnectionOwner.fence == ownership.fence,
        )
        .values(expires_at=now)
    )
