"""What people ask the worker to do for a connection: to test it, or to let it in."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker import clock
from tracker.deliveries.models import Delivery, DeliveryStatus, Errand, ErrandKind, JournalRow
from tracker.deliveries.outbox import retry
from tracker.deliveries.target import Journal, JournalEntry, boxed
from tracker.sites.models import Connection, ConnectionState

STALE = timedelta(minutes=10)  # an errand nobody took up by then is not wanted any more


def ask(session: Session, connection_id: int, kind: ErrandKind, argument: str | None = None) -> Errand:
    """Leaves an errand for the worker; it is taken up within a second."""
    errand = Errand(connection_id=connection_id, kind=kind, argument=argument)
    session.add(errand)
    session.flush()
    return errand


def waiting(session: Session, connection_id: int | None = None) -> list[Errand]:
    """Returns the errands to do, oldest first, of one connection or of all."""
    query = select(Errand).where(Errand.done_at.is_(None), Errand.asked_at > clock.now() - STALE).order_by(Errand.id)
    if connection_id is not None:
        query = query.where(Errand.connection_id == connection_id)
    return list(session.scalars(query))


def latest(session: Session, connection_id: int) -> Errand | None:
    """Returns the errand asked for last."""
    query = select(Errand).where(Errand.connection_id == connection_id).order_by(Errand.id.desc()).limit(1)
    return session.scalar(query)


def finish(session: Session, errand_id: int, findings: Sequence[tuple[str, str]]) -> None:
    """Writes down what was found (level and sentence). A connection without an error works again from now on."""
    errand = session.get_one(Errand, errand_id)
    errand.done_at, errand.argument = clock.now(), None
    errand.findings = [{"level": level, "text": text} for level, text in findings]
    if all(level != "error" for level, _ in findings):
        _mend(session, errand.connection_id)


def _mend(session: Session, connection_id: int) -> None:
    connection = session.get_one(Connection, connection_id)
    if connection.state == ConnectionState.OK:
        return
    connection.state, connection.state_sentence, connection.state_at = ConnectionState.OK, None, clock.now()
    put_off = select(Delivery).where(Delivery.connection_id == connection_id, Delivery.status == DeliveryStatus.FAILED)
    for delivery in session.scalars(put_off):
        retry(delivery, clock.now())


def journal(session: Session, connection_id: int) -> Journal:
    """Returns a journal for requests that belong to no delivery; the caller commits."""

    def write(entry: JournalEntry) -> None:
        session.add(
            JournalRow(
                connection_id=connection_id,
                step=entry.step,
                method=entry.method,
                url=entry.url,
                request=boxed(entry.request),
                status=entry.status,
                answer=boxed(entry.answer),
            )
        )

    return write
