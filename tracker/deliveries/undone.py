"""What the database knows around an undo: who else is written on a card, and how the delivery stands afterwards."""

from __future__ import annotations

from sqlalchemy import or_, select
from sqlalchemy.orm import Session

from tracker.deliveries.entities import Entity, EntityType
from tracker.deliveries.models import Delivery, DeliveryStatus


def shared_cards(session: Session, delivery: Delivery) -> set[Entity]:
    """Returns those of the delivery's cards that other deliveries of the connection are written on too."""
    mine = {EntityType(type): str(id) for type, id in delivery.entities.items()}
    same = [Delivery.entities[type.value].as_string() == id for type, id in mine.items()]
    if not same:
        return set()
    others = select(Delivery.entities).where(
        Delivery.connection_id == delivery.connection_id, Delivery.id != delivery.id, or_(*same)
    )
    held = {(type, str(id)) for entities in session.scalars(others) for type, id in entities.items()}
    return {Entity(type, id) for type, id in mine.items() if (type.value, id) in held}


def mark_undone(session: Session, delivery_id: int) -> None:
    """Lets the delivery rest until a person wants it sent again."""
    delivery = session.get_one(Delivery, delivery_id, with_for_update=True)
    delivery.status, delivery.error, delivery.entities = DeliveryStatus.DEAD, "taken back by hand", {}
