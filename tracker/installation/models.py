"""Looks at pages of a site: whether the snippet stands there as it should."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from tracker import clock
from tracker.database import Base, BigId


class SiteCheck(Base):
    """One look at one page, taken by a worker, since web processes never call out."""

    __tablename__ = "site_checks"
    __table_args__ = (Index("ix_site_checks_site", "site_id", "id"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    url: Mapped[str]
    server: Mapped[str]  # our own address, as whoever asked saw it
    asked_at: Mapped[datetime] = mapped_column(default=clock.now)
    taken_at: Mapped[datetime | None]  # a worker looks since then
    done_at: Mapped[datetime | None]
    findings: Mapped[list[Any]] = mapped_column(default=list)  # level, code and about, see `findings.Finding`
