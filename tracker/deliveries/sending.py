"""One attempt of one delivery: builds the card, lets the target do its work, and writes down how it ended."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol, runtime_checkable

from sqlalchemy import ColumnElement, case, delete, func, select
from sqlalchemy.orm import Session

from tracker import clock, metrics
from tracker.database import writing
from tracker.deliveries import cards, ownership
from tracker.deliveries.backoff import wait
from tracker.deliveries.memory import DeliveryMemory
from tracker.deliveries.models import UNDONE, Delivery, DeliveryStatus, DeliveryStep, SubjectType
from tracker.deliveries.ownership import Ownership
from tracker.deliveries.visit_card import Told, VisitCard
from tracker.errors import AccessLost, OwnershipLost, ProviderError, RateLimited, Refused
from tracker.sites.connection_state import mark_broken

log = logging.getLogger(__name__)

Target = Callable[[Told, DeliveryMemory], dict[str, str]]
MOST_ATTEMPTS = 200  # four days at the longest wait; a CRM that is down for a weekend loses nothing
LONGEST_ERROR = 1000
MOST_VISITS = 8  # noted together; an inquiry that comes meanwhile waits for them


@runtime_checkable
class TakesVisits(Protocol):
    """A target that is told of several visits at once."""

    def visits(self, told: Sequence[tuple[VisitCard, DeliveryMemory]]) -> Sequence[dict[str, str] | Exception | None]:
        """Delivers them; what became of each, None for those that were not tried."""


def due_together(session: Session, connection_id: int) -> list[int]:
    """Returns what is to be sent next: one delivery, or all visits that may go in one request."""
    ids = due(session, connection_id, limit=MOST_VISITS)
    visits = (Delivery.id.in_(ids[:1]), Delivery.subject_type == SubjectType.VISIT)
    is_visit = session.scalar(select(Delivery.id).where(*visits)) is not None
    return ids if is_visit else ids[:1]


def due(session: Session, connection_id: int, limit: int = 20) -> list[int]:
    """Returns the ids of deliveries of a connection that are due, oldest subject first, visits after all else."""
    waiting = (
        Delivery.connection_id == connection_id,
        Delivery.status.in_([DeliveryStatus.PENDING, DeliveryStatus.FAILED]),
        Delivery.next_at <= clock.now(),
    )
    return list(session.scalars(select(Delivery.id).where(*waiting).order_by(_is_visit(), Delivery.id).limit(limit)))


def _is_visit() -> ColumnElement[int]:
    return case((Delivery.subject_type == SubjectType.VISIT, 1), else_=0)


@dataclass(frozen=True)
class Attempt:
    """A delivery under way: what is told, and what was known before its first request."""

    delivery_id: int
    card: Told
    memory: DeliveryMemory
    revision: int
    provider: str
    steps: int


def send(session: Session, delivery_id: int, owned: Ownership, target: Target) -> DeliveryStatus:
    """Makes one attempt. Every outcome is written down; only OwnershipLost and database errors are raised."""
    attempt = _begun(session, delivery_id, owned)
    outcome: dict[str, str] | Exception
    try:
        outcome = target(attempt.card, attempt.memory)
    except OwnershipLost:
        raise
    except Exception as error:
        outcome = error
    return _concluded(session, attempt, outcome)


def send_visits(session: Session, delivery_ids: Sequence[int], owned: Ownership, target: TakesVisits) -> None:
    """Makes one attempt for several visits together; the same holds for each of them."""
    attempts = [_begun(session, delivery_id, owned) for delivery_id in delivery_ids]
    told = [(one.card, one.memory) for one in attempts if isinstance(one.card, VisitCard)]
    outcomes: Sequence[dict[str, str] | Exception | None]
    try:
        outcomes = target.visits(told)
    except OwnershipLost:
        raise
    except Exception as error:
        outcomes = [error] * len(attempts)
    for attempt, outcome in zip(attempts, outcomes, strict=True):
        if outcome is not None:
            _concluded(session, attempt, outcome)


def _begun(session: Session, delivery_id: int, owned: Ownership) -> Attempt:
    session.rollback()
    delivery = session.get_one(Delivery, delivery_id, populate_existing=True)
    card = cards.build_for(session, delivery)
    revision, provider = delivery.wanted_revision, delivery.connection.provider
    memory = DeliveryMemory(session, delivery, owned)
    steps = _steps_done(session, delivery_id)
    session.rollback()
    with writing(session):
        ownership.require(session, owned, clock.now())
    return Attempt(delivery_id, card, memory, revision, provider, steps)


def _concluded(session: Session, attempt: Attempt, outcome: dict[str, str] | Exception) -> DeliveryStatus:
    if isinstance(outcome, ProviderError):
        status = _failed(session, attempt.delivery_id, outcome, attempt.steps)
    elif isinstance(outcome, Exception):
        log.error("delivery %s failed in our own code", attempt.delivery_id, exc_info=outcome)
        sentence = f"our own mistake: {outcome!r}"
        status = _put_off(session, attempt.delivery_id, sentence, None, attempt.steps)
    else:
        status = _sent(session, attempt.delivery_id, attempt.revision, outcome)
    metrics.deliveries.labels(attempt.provider, str(status)).inc()
    return status


def _sent(session: Session, delivery_id: int, revision: int, entities: dict[str, str]) -> DeliveryStatus:
    with writing(session):
        delivery = _locked(session, delivery_id)
        delivery.done_revision, delivery.entities = revision, entities
        delivery.error, delivery.attempts, delivery.sent_at = None, 0, clock.now()
        session.execute(
            delete(DeliveryStep).where(DeliveryStep.delivery_id == delivery_id, DeliveryStep.step == UNDONE)
        )
        is_current = delivery.wanted_revision <= revision
        delivery.status = DeliveryStatus.SENT if is_current else DeliveryStatus.PENDING
        return delivery.status


def _failed(session: Session, delivery_id: int, error: ProviderError, steps: int) -> DeliveryStatus:
    if isinstance(error, AccessLost):
        with writing(session):
            mark_broken(session, _locked(session, delivery_id).connection_id, _sentence(error))
        return _put_off(session, delivery_id, _sentence(error), None, steps)
    if isinstance(error, Refused):
        return _give_up(session, delivery_id, _sentence(error))
    asked = error.retry_after if isinstance(error, RateLimited) else None
    return _put_off(session, delivery_id, _sentence(error), asked, steps)


def _put_off(session: Session, delivery_id: int, sentence: str, asked: timedelta | None, steps: int) -> DeliveryStatus:
    """Tries again later; soon, when this attempt got further than the `steps` that were done before it."""
    with writing(session):
        delivery = _locked(session, delivery_id)
        delivery.attempts = 1 if _steps_done(session, delivery_id) > steps else delivery.attempts + 1
        delivery.error = sentence
        delivery.next_at = clock.now() + wait(delivery.attempts, asked)
        is_hopeless = delivery.attempts >= MOST_ATTEMPTS
        delivery.status = DeliveryStatus.DEAD if is_hopeless else DeliveryStatus.FAILED
        return delivery.status


def _steps_done(session: Session, delivery_id: int) -> int:
    done = (DeliveryStep.delivery_id == delivery_id, DeliveryStep.remote_id.is_not(None))
    return session.scalars(select(func.count()).select_from(DeliveryStep).where(*done)).one()


def _give_up(session: Session, delivery_id: int, sentence: str) -> DeliveryStatus:
    with writing(session):
        delivery = _locked(session, delivery_id)
        delivery.attempts += 1
        delivery.error, delivery.status = sentence, DeliveryStatus.DEAD
        return delivery.status


def _locked(session: Session, delivery_id: int) -> Delivery:
    query = select(Delivery).where(Delivery.id == delivery_id).with_for_update()
    return session.scalars(query.execution_options(populate_existing=True)).one()


def _sentence(error: ProviderError) -> str:
    parts = [str(error), f"status {error.status}" if error.status else "", error.answer]
    return ": ".join(part for part in parts if part)[:LONGEST_ERROR]
