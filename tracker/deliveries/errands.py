"""What people ask the worker to do for a connection: to test it, to let it in, to rehearse or undo a delivery."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker import clock
from tracker.database import writing
from tracker.deliveries.models import Delivery, DeliveryStatus, Errand, ErrandKind, JournalRow
from tracker.deliveries.outbox import retry
from tracker.deliveries.progress import Journal, JournalEntry, boxed
from tracker.sites.models import Connection, ConnectionState

ABOUT_CONNECTION = (ErrandKind.TEST, ErrandKind.CONNECT)
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


def latest(
    session: Session,
    connection_id: int,
    kinds: Sequence[ErrandKind] = ABOUT_CONNECTION,
    argument: str | None = None,
) -> Errand | None:
    """Returns the errand asked for last, of these kinds and with this argument if one is given."""
    query = select(Errand).where(Errand.connection_id == connection_id, Errand.kind.in_(kinds))
    if argument is not None:
        query = query.where(Errand.argument == argument)
    return session.scalar(query.order_by(Errand.id.desc()).limit(1))


def finish(session: Session, errand_id: int, findings: Sequence[tuple[str, str, Mapping[str, str]]]) -> None:
    """Writes down what was found; a connection tested without an error works from now on.

    Args:
        findings: level, sentence, and what stands in it for `%(name)s`.
    """
    errand = session.get_one(Errand, errand_id)
    errand.done_at = clock.now()
    if errand.kind == ErrandKind.CONNECT:
        errand.argument = None
    errand.findings = [{"level": level, "text": text, "about": dict(about)} for level, text, about in findings]
    if errand.kind in ABOUT_CONNECTION and all(level != "error" for level, _, _ in findings):
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
    """Returns a journal for requests that belong to no delivery; every entry is durable at once."""

    def write(entry: JournalEntry) -> None:
        with writing(session):
            session.add(
                JournalRow(
                    connection_id=connection_id,
                    step=entry.step,
                    method=entry.method,
                    url=entry.url,
                    request=boxed(entry.request),
                    status=entry.status,
                    answer=boxed(entry.answer),
                    before=boxed(entry.before) if entry.before is not None else None,
                )
            )

    return write
