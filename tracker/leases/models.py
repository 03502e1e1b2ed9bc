"""Who was shown what, from when until when: the memory that explains calls and letters."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.database import Base, BigId
from tracker.pools.models import Pool
from tracker.visits.models import Visit, Visitor


class Lease(Base):
    """The right of one visitor to one number. Rows only move forward: last_beat_at and until never shrink."""

    __tablename__ = "leases"
    __table_args__ = (
        UniqueConstraint("number", "visitor_id", "started_at"),
        Index("ix_leases_number", "number", "started_at"),
        Index("ix_leases_visitor", "visitor_id", "started_at"),
        Index("ix_leases_until", "until"),  # the live ones among all there ever were
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    pool_id: Mapped[int] = mapped_column(ForeignKey("pools.id"))
    number: Mapped[str]  # E.164
    visitor_id: Mapped[int] = mapped_column(ForeignKey("visitors.id"))
    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"))  # the latest visit that showed it
    started_at: Mapped[datetime]
    last_beat_at: Mapped[datetime]
    until: Mapped[datetime]  # nobody else gets the number before
    is_shared: Mapped[bool] = mapped_column(default=False)

    pool: Mapped[Pool] = relationship()
    visitor: Mapped[Visitor] = relationship()
    visit: Mapped[Visit] = relationship()


class EmailTag(Base):
    """A tag and the visitor it names, for ever."""

    __tablename__ = "email_tags"
    __table_args__ = (Index("ix_email_tags_visitor", "visitor_id"),)

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True, autoincrement=False)
    tag: Mapped[str] = mapped_column(primary_key=True)
    visitor_id: Mapped[int] = mapped_column(ForeignKey("visitors.id"))
    issued_at: Mapped[datetime]

    visitor: Mapped[Visitor] = relationship()
