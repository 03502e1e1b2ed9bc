"""What must go out: the outbox, its steps, who owns a connection, the journal, our map of cards."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker import clock
from tracker.database import Base, BigId
from tracker.sites.models import Connection


class DeliveryStatus(StrEnum):
    """How a delivery stands."""

    PENDING = "pending"  # work is due, now or at next_at
    SENT = "sent"  # the other side knows the wanted revision
    FAILED = "failed"  # the last attempt failed; it will be repeated
    DEAD = "dead"  # refused for good; a person may retry it


class SubjectType(StrEnum):
    """What a delivery is about."""

    INQUIRY = "inquiry"
    VISIT = "visit"  # to be noted on the card of whoever came


class Delivery(Base):
    """One subject for one connection, with a wanted and a done revision."""

    __tablename__ = "deliveries"
    __table_args__ = (
        UniqueConstraint("subject_type", "subject_id", "connection_id"),
        Index("ix_deliveries_due", "connection_id", "status", "next_at"),
        Index("ix_deliveries_status", "status", "id"),  # the few refused or waiting among very many sent
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    subject_type: Mapped[SubjectType]
    subject_id: Mapped[int] = mapped_column(BigId)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    wanted_revision: Mapped[int] = mapped_column(default=1)
    done_revision: Mapped[int] = mapped_column(default=0)
    status: Mapped[DeliveryStatus] = mapped_column(default=DeliveryStatus.PENDING)
    attempts: Mapped[int] = mapped_column(default=0)  # that failed since one got further
    next_at: Mapped[datetime] = mapped_column(default=clock.now)  # not before
    error: Mapped[str | None]
    entities: Mapped[dict[str, Any]] = mapped_column(default=dict)  # contact, deal, lead to remote id
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    sent_at: Mapped[datetime | None]

    connection: Mapped[Connection] = relationship()


UNDONE = "undone"  # the step that says a delivery was taken back; only a person has it sent again


class DeliveryStep(Base):
    """A step of a delivery: begun before its request, done with the remote id after it."""

    __tablename__ = "delivery_steps"

    delivery_id: Mapped[int] = mapped_column(ForeignKey("deliveries.id"), primary_key=True, autoincrement=False)
    step: Mapped[str] = mapped_column(primary_key=True)
    remote_id: Mapped[str | None]  # None: begun, outcome unclear
    at: Mapped[datetime] = mapped_column(default=clock.now)


class ConnectionOwner(Base):
    """The worker that alone may talk to a connection until expires_at."""

    __tablename__ = "connection_owners"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"), primary_key=True, autoincrement=False)
    owner: Mapped[str]
    fence: Mapped[int]  # rises with every change of owner; an old owner's writes are refused by it
    expires_at: Mapped[datetime]


class ErrandKind(StrEnum):
    """What a person asked the worker to do for a connection."""

    TEST = "test"  # try whether deliveries would succeed
    CONNECT = "connect"  # take the first tokens for an authorization code
    DRY_RUN = "dry-run"  # say what a delivery would do, and do nothing
    UNDO = "undo"  # take back what a delivery wrote
    LINES = "lines"  # make our numbers lines of the other side's telephony


class Errand(Base):
    """Something to do once for a connection by the worker that owns it, since web processes never call out."""

    __tablename__ = "errands"
    __table_args__ = (Index("ix_errands_waiting", "connection_id", "done_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    kind: Mapped[ErrandKind]
    argument: Mapped[str | None]  # authorization code, encrypted and forgotten when done; delivery id; set of numbers
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    done_at: Mapped[datetime | None]
    findings: Mapped[list[Any]] = mapped_column(default=list)  # level, text, about; in the order they were found


class JournalRow(Base):
    """One request to another system and its answer, redacted."""

    __tablename__ = "journal"
    __table_args__ = (Index("ix_journal_delivery", "delivery_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    delivery_id: Mapped[int | None] = mapped_column(ForeignKey("deliveries.id"))
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    at: Mapped[datetime] = mapped_column(default=clock.now)
    step: Mapped[str]
    method: Mapped[str]
    url: Mapped[str]
    request: Mapped[dict[str, Any]]
    status: Mapped[int | None]  # None: no answer
    answer: Mapped[dict[str, Any]]
    before: Mapped[dict[str, Any] | None]  # what a write replaced


class KnownCard(Base):
    """Our own map: this phone or email belongs to that card of the CRM, because we made or matched it."""

    __tablename__ = "known_cards"
    __table_args__ = (UniqueConstraint("connection_id", "value", "type", "card"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"))
    value: Mapped[str]  # E.164, lower-cased email, or visitor:<key>
    type: Mapped[str]  # contact, deal, lead
    card: Mapped[str]  # remote id
    at: Mapped[datetime] = mapped_column(default=clock.now)
