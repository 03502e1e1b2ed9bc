"""What we own: pools and their numbers, and how well the pools served."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker import clock
from tracker.database import Base, BigId


class PoolKind(StrEnum):
    """How numbers meet visitors."""

    DYNAMIC = "dynamic"  # one visitor, one number, for a while
    STATIC = "static"  # bound to a source for good


class LeaseOn(StrEnum):
    """When a visitor gets a number."""

    ARRIVAL = "arrival"  # with the first page view
    ENGAGEMENT = "engagement"  # once he is engaged; at once for paid clicks


class Overflow(StrEnum):
    """What an exhausted pool does."""

    ORIGINAL = "original"  # the page keeps the original number
    SHARED = "shared"  # several visitors hold one number, marked as such
    STATIC = "static"  # the page shows `overflow_number`


class Pool(Base):
    """A set of numbers that may be shown on one site in place of one original."""

    __tablename__ = "pools"
    __table_args__ = (UniqueConstraint("site_id", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    key: Mapped[str]
    kind: Mapped[PoolKind]
    swap: Mapped[str]  # the original number, E.164
    conditions: Mapped[dict[str, Any]] = mapped_column(default=dict)  # `when:` of the configuration
    priority: Mapped[int] = mapped_column(default=0)  # higher is asked first
    hold_seconds: Mapped[int] = mapped_column(default=900)  # rest after the last beat
    max_age_seconds: Mapped[int] = mapped_column(default=86_400)  # longest time one visitor keeps a number
    sticky_seconds: Mapped[int] = mapped_column(default=2_592_000)  # how long his former number is remembered
    lease_on: Mapped[LeaseOn] = mapped_column(default=LeaseOn.ENGAGEMENT)
    overflow: Mapped[Overflow] = mapped_column(default=Overflow.ORIGINAL)
    overflow_number: Mapped[str | None]  # E.164
    paid_reserve: Mapped[int] = mapped_column(default=0)  # free numbers kept back for paid clicks
    network_limit: Mapped[int] = mapped_column(default=50)  # numbers at a time per /24 or /64; 0: no limit
    messengers: Mapped[bool] = mapped_column(default=False)  # swap in sms: and wa.me too
    source: Mapped[dict[str, Any] | None]  # utm_* of a static pool
    enabled: Mapped[bool] = mapped_column(default=True)

    numbers: Mapped[list[Number]] = relationship(order_by="Number.id", back_populates="pool")


class Number(Base):
    """A tracking number; the number dialled decides the site, so it is unique in the installation."""

    __tablename__ = "numbers"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    pool_id: Mapped[int] = mapped_column(ForeignKey("pools.id"), index=True)
    e164: Mapped[str] = mapped_column(unique=True)
    label: Mapped[str | None]
    line: Mapped[str | None]  # name of the trunk or line at the PBX
    forwards_to: Mapped[str | None]
    cost_minor: Mapped[int | None]  # per month, minor units of the site's currency
    enabled: Mapped[bool] = mapped_column(default=True)
    quarantined: Mapped[bool] = mapped_column(default=False)  # rests: not leased, calls still match
    quarantined_until: Mapped[datetime | None]  # None: until somebody takes it back
    verified_at: Mapped[datetime | None]  # first call that reached us
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    pool: Mapped[Pool] = relationship(back_populates="numbers")


class PoolHour(Base):
    """How a pool served in one hour: coverage is granted / wanted."""

    __tablename__ = "pool_hours"

    pool_id: Mapped[int] = mapped_column(ForeignKey("pools.id"), primary_key=True, autoincrement=False)
    hour: Mapped[datetime] = mapped_column(primary_key=True)  # its beginning
    wanted: Mapped[int] = mapped_column(default=0)
    granted: Mapped[int] = mapped_column(default=0)
    shared: Mapped[int] = mapped_column(default=0)
