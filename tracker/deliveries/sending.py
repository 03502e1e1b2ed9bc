"""One attempt of one delivery: builds the card, lets the target do its work, and writes down how it ended."""

from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import timedelta

from sqlalchemy import ColumnElement, case, delete, func, select
from sqlalchemy.orm import Session

from tracker import clock, metrics
from tracker.database import writing
from tracker.deliveries import cards, ownership
from tracker.deliveries.backoff import wait
from tracker.deliveries.memory import DeliveryMemory
from tracker.deliveries.models import UNDONE, Delivery, DeliveryStatus, DeliveryStep, SubjectType
from tracker.deliveries.ownership import Ownership
from tracker.deliveries.visit_card import Told
from tracker.errors import AccessLost, OwnershipLost, ProviderError, RateLimited, Refused
from tracker.sites.connection_state import mark_broken

log = logging.getLogger(__name__)

Target = Callable[[Told, DeliveryMemory], dict[str, str]]
MOST_ATTEMPTS = 200  # four days at the longest wait; a CRM that is down for a weekend loses nothing
LONGEST_ERROR = 1000


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


def send(session: Session, delivery_id: int, owned: Ownership, target: Target) -> DeliveryStatus:
    """Makes one attempt. Every outcome is written down; only OwnershipLost and database errors are raised."""
    session.rollback()
    delivery = session.get_one(Delivery, delivery_id, populate_existing=True)
    card = cards.build_for(session, delivery)
    revision, provider = delivery.wanted_revision, delivery.connection.provider
    memory = DeliveryMemory(session, delivery, owned)
    steps = _steps_done(session, delivery_id)
    session.rollback()
    with writing(session):
        ownership.require(session, owned, clock.now())
    try:
        entities = target(card, memory)
    except OwnershipLost:
        raise
    except ProviderError as error:
        status = _failed(session, delivery_id, error, steps)
    except Exception as error:
        log.exception("delivery %s failed in our own code", delivery_id)
        status = _put_off(session, delivery_id, f"our own mistake: {error!r}", None, steps)
    else:
        status = _sent(session, delivery_id, revision, entities)
    metrics.deliveries.labels(provider, str(status)).inc()
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
