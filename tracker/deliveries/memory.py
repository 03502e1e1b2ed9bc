"""The memory of one delivery in the database: its steps, its journal, our map of cards."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import delete, select
from sqlalchemy.orm import Session

from tracker import clock
from tracker.database import insert_or_ignore, upsert, writing
from tracker.deliveries import ownership
from tracker.deliveries.entities import Entity, EntityType
from tracker.deliveries.models import Delivery, DeliveryStep, JournalRow, KnownCard
from tracker.deliveries.ownership import Ownership
from tracker.deliveries.progress import JournalEntry, boxed


class DeliveryMemory:
    """`Progress` on the database. Every write is a transaction of its own: durable before the next request."""

    def __init__(self, session: Session, delivery: Delivery, owned: Ownership) -> None:
        self._session = session
        self._delivery_id = delivery.id
        self._connection_id = delivery.connection_id
        self._owned = owned

    def done_id(self, step: str) -> str | None:
        """The remote id of a finished step."""
        found = self._step(step)
        return found.remote_id if found else None

    def is_unclear(self, step: str) -> bool:
        """True when the step was begun and never finished."""
        found = self._step(step)
        return found is not None and found.remote_id is None

    def begin(self, step: str) -> None:
        """Records that the request is about to be sent, if we still own the connection."""
        with writing(self._session) as session:
            ownership.require(session, self._owned, clock.now())
            self._put(session, step, None)

    def done(self, step: str, remote_id: str) -> None:
        """Records the remote id."""
        with writing(self._session) as session:
            self._put(session, step, remote_id)

    def forget(self, step: str) -> None:
        """Records that the request did not take effect."""
        with writing(self._session) as session:
            mine = (DeliveryStep.delivery_id == self._delivery_id, DeliveryStep.step == step)
            session.execute(delete(DeliveryStep).where(*mine, DeliveryStep.remote_id.is_(None)))

    def drop(self, step: str) -> None:
        """Forgets the step altogether."""
        with writing(self._session) as session:
            mine = (DeliveryStep.delivery_id == self._delivery_id, DeliveryStep.step == step)
            session.execute(delete(DeliveryStep).where(*mine))

    def done_at(self, step: str) -> datetime | None:
        """When the step was last recorded."""
        found = self._step(step)
        return found.at if found else None

    def known_cards(self, phones: Sequence[str], emails: Sequence[str]) -> list[Entity]:
        """Cards of these values, newest knowledge first."""
        rows = self._session.execute(
            select(KnownCard.type, KnownCard.card)
            .where(KnownCard.connection_id == self._connection_id, KnownCard.value.in_([*phones, *emails]))
            .order_by(KnownCard.at.desc(), KnownCard.id.desc())
        )
        found = [Entity(EntityType(kind), card) for kind, card in rows]
        self._session.rollback()
        return list(dict.fromkeys(found))

    def remember_card(self, card: Entity, phones: Sequence[str], emails: Sequence[str]) -> None:
        """Adds the card to our map."""
        mine = {"connection_id": self._connection_id, "type": str(card.type), "card": card.id, "at": clock.now()}
        with writing(self._session) as session:
            insert_or_ignore(session, KnownCard, [mine | {"value": value} for value in (*phones, *emails)])

    def forget_card(self, card: Entity) -> None:
        """Drops the card from our map."""
        with writing(self._session) as session:
            session.execute(
                delete(KnownCard).where(
                    KnownCard.connection_id == self._connection_id,
                    KnownCard.type == str(card.type),
                    KnownCard.card == card.id,
                )
            )

    def journal(self, entry: JournalEntry) -> None:
        """Writes one request and its answer down."""
        with writing(self._session) as session:
            session.add(
                JournalRow(
                    delivery_id=self._delivery_id,
                    connection_id=self._connection_id,
                    step=entry.step,
                    method=entry.method,
                    url=entry.url,
                    request=boxed(entry.request),
                    status=entry.status,
                    answer=boxed(entry.answer),
                    before=boxed(entry.before) if entry.before is not None else None,
                )
            )

    def _step(self, step: str) -> DeliveryStep | None:
        found = self._session.scalars(
            select(DeliveryStep)
            .where(DeliveryStep.delivery_id == self._delivery_id, DeliveryStep.step == step)
            .execution_options(populate_existing=True)
        ).one_or_none()
        if found:
            self._session.expunge(found)
        self._session.rollback()
        return found

    def _put(self, session: Session, step: str, remote_id: str | None) -> None:
        row = {"delivery_id": self._delivery_id, "step": step, "remote_id": remote_id, "at": clock.now()}
        upsert(session, DeliveryStep, [row], ("delivery_id", "step"), ("remote_id", "at"))
