"""What became of the deliveries: nearly all sent, some waiting or refused, with the requests of the last ones."""

from __future__ import annotations

import random
from datetime import datetime, timedelta

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.deliveries.models import Delivery, DeliveryStatus, JournalRow
from tracker.inquiries.models import Inquiry
from tracker.sites.models import Connection, ConnectionState

REFUSED = "400 Bad Request: the pipeline of the policy does not exist any more; choose another one in the settings"
LIMITED = "429 Too Many Requests: the account allows seven requests a second"
REVOKED = "The portal refuses the webhook: its user may no longer see deals. Give him the right, then test."
JOURNALED = 40  # of the newest deliveries


def settle(session: Session, now: datetime, choose: random.Random) -> None:
    """Gives every delivery the outcome that it would have had by now."""
    rows = session.execute(
        select(Delivery, Inquiry, Connection)
        .join(Inquiry, Inquiry.id == Delivery.subject_id)
        .join(Connection, Connection.id == Delivery.connection_id)
        .order_by(Inquiry.at.desc())
    ).all()
    for place, (delivery, inquiry, connection) in enumerate(rows):
        _settle(delivery, inquiry, place, now, choose)
        if place < JOURNALED:
            _journal(session, delivery, inquiry, connection)
    broken = session.scalars(select(Connection).where(Connection.key == "bitrix24")).one()
    broken.state, broken.state_at = ConnectionState.BROKEN, now - timedelta(hours=3)
    broken.state_sentence = REVOKED


def _settle(delivery: Delivery, inquiry: Inquiry, place: int, now: datetime, choose: random.Random) -> None:
    sent_at = inquiry.at + timedelta(seconds=choose.uniform(1, 4))
    delivery.created_at, delivery.sent_at = inquiry.at, sent_at
    delivery.status, delivery.done_revision, delivery.attempts = DeliveryStatus.SENT, delivery.wanted_revision, 0
    number = 4_180_200 + inquiry.id
    delivery.entities = {"contact": str(number), "deal": str(number + 31_000)}
    if place in (3, 31):
        delivery.status, delivery.attempts, delivery.error = DeliveryStatus.DEAD, 1, REFUSED
    elif place in (5, 9):
        delivery.status, delivery.attempts, delivery.error = DeliveryStatus.FAILED, 3, LIMITED
        delivery.next_at = now + timedelta(days=1)
    if delivery.status is not DeliveryStatus.SENT:
        delivery.entities, delivery.sent_at, delivery.done_revision = {}, None, 0


def _journal(session: Session, delivery: Delivery, inquiry: Inquiry, connection: Connection) -> None:
    base, contact = f"https://{connection.key}.example/api/v4", delivery.entities.get("contact")
    phone = inquiry.phones[0] if inquiry.phones else inquiry.caller
    found = {"_embedded": {"contacts": []}}
    steps: list[tuple[str, str, str, dict[str, object], int, dict[str, object]]] = [
        ("find contact", "GET", f"{base}/contacts?query={phone}", {}, 200, found),
    ]
    if contact:
        deal = delivery.entities["deal"]
        said = {"name": inquiry.name or phone, "phones": [phone]}
        steps.append(("create contact", "POST", f"{base}/contacts", said, 200, {"id": contact}))
        steps.append(("create deal", "POST", f"{base}/leads", {"contact": contact}, 200, {"id": deal}))
        steps.append(("note", "POST", f"{base}/leads/{deal}/notes", {"text": inquiry.explanation}, 200, {"id": "1"}))
    else:
        status = int((delivery.error or "500")[:3])
        answer: dict[str, object] = {"error": delivery.error}
        steps.append(("create contact", "POST", f"{base}/contacts", {"phones": [phone]}, status, answer))
    for second, (step, method, url, request, status, answer) in enumerate(steps):
        at = delivery.created_at + timedelta(seconds=1 + second / 4)
        session.add(
            JournalRow(delivery_id=delivery.id, connection_id=connection.id, at=at, step=step, method=method, url=url,
                       request=request, status=status, answer=answer)
        )  # fmt: skip
