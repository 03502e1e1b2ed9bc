"""Who came, from where, and what was seen; filled from the streams only (`ingest.py`)."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import ForeignKey, Index, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker.database import Base, BigId

# PostgreSQL keeps each month apart, so that dropping one costs nothing (`months.py`). The month is that of the visit
# and not of the row: it follows from visit_id, so the key stays as unique as without it.
BY_MONTH = {"postgresql_partition_by": "RANGE (month)"}


class Visitor(Base):
    """A browser recognised by our own identifier."""

    __tablename__ = "visitors"
    __table_args__ = (UniqueConstraint("site_id", "key"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    key: Mapped[str]  # 32 hex, the value of the cookie _skv
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    ip: Mapped[str | None]  # the latest one; all of them are traits
    ga_client_id: Mapped[str | None]
    ym_client_id: Mapped[str | None]
    is_test: Mapped[bool] = mapped_column(default=False)
    bot_reason: Mapped[str | None]


class VisitorTrait(Base):
    """One value a visitor has shown, with the time it was in use: ip, ga, ym, fbp, fbc."""

    __tablename__ = "visitor_traits"
    __table_args__ = (
        UniqueConstraint("visitor_id", "kind", "value"),
        Index("ix_visitor_traits_value", "kind", "value"),
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    visitor_id: Mapped[int] = mapped_column(ForeignKey("visitors.id"))
    kind: Mapped[str]
    value: Mapped[str]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]


class Visit(Base):
    """One continuous stay, with the source that brought it."""

    __tablename__ = "visits"
    __table_args__ = (
        Index("ix_visits_visitor", "visitor_id", "started_at"),
        Index("ix_visits_site", "site_id", "started_at"),
        Index("ix_visits_started", "started_at", "id"),  # the latest visits and the reports of all sites
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    visitor_id: Mapped[int] = mapped_column(ForeignKey("visitors.id"))
    key: Mapped[str] = mapped_column(unique=True)  # 24 hex
    started_at: Mapped[datetime]
    last_at: Mapped[datetime]  # last sign of life
    source: Mapped[str]  # as reports group it: google, vk.com, (direct)
    medium: Mapped[str]
    utm_source: Mapped[str | None]  # exactly what stood in the address
    utm_medium: Mapped[str | None]
    utm_campaign: Mapped[str | None]
    utm_term: Mapped[str | None]
    utm_content: Mapped[str | None]
    channel: Mapped[str]
    named_by: Mapped[
        str
    ]  # what decided the source: utm, click_id, openstat, from, referrer, direct; lost when the first view was
    is_paid: Mapped[bool]
    click_ids: Mapped[dict[str, Any]]
    landing_page: Mapped[str]
    landing_path: Mapped[str]  # its host and path, as reports group it: example.com/catalogue
    referrer: Mapped[str | None]
    ip: Mapped[str | None]
    ga_client_id: Mapped[str | None]
    ga_sessions: Mapped[dict[str, Any]]  # stream name to session id
    device: Mapped[str]  # mobile, tablet, desktop, bot, other
    browser: Mapped[str | None]
    os: Mapped[str | None]
    language: Mapped[str | None]
    country: Mapped[str | None]
    region: Mapped[str | None]
    city: Mapped[str | None]
    is_test: Mapped[bool]
    bot_reason: Mapped[str | None]

    visitor: Mapped[Visitor] = relationship()


class PageView(Base):
    """One page shown during a visit."""

    __tablename__ = "page_views"
    __table_args__ = BY_MONTH

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), primary_key=True, autoincrement=False)
    key: Mapped[str] = mapped_column(primary_key=True)  # 16 hex, made by the page; makes repetition harmless
    month: Mapped[datetime] = mapped_column(primary_key=True)  # in which the visit began: its first instant
    at: Mapped[datetime]
    url: Mapped[str]
    title: Mapped[str]


class VisitEvent(Base):
    """Something a visitor did on a page: tel_click, mail_copy, or a name of the site's own."""

    __tablename__ = "visit_events"
    __table_args__ = BY_MONTH

    visit_id: Mapped[int] = mapped_column(ForeignKey("visits.id"), primary_key=True, autoincrement=False)
    entry_id: Mapped[str] = mapped_column(primary_key=True)  # of the stream, such as 1767225600000-3
    month: Mapped[datetime] = mapped_column(primary_key=True)  # in which the visit began: its first instant
    at: Mapped[datetime]
    name: Mapped[str]
    data: Mapped[dict[str, Any]]


class StreamCursor(Base):
    """How far a site's stream has been read; moves in the transaction that stores what was read."""

    __tablename__ = "stream_cursors"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True, autoincrement=False)
    epoch: Mapped[str]  # identity of the stream; another one means the store was rebuilt
    last_id: Mapped[str]  # id of the last entry stored, such as 1767225600000-3


class StreamReject(Base):
    """A stream entry that could not be stored: set aside with the reason, so that the rest goes on."""

    __tablename__ = "stream_rejects"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    entry_id: Mapped[str]
    at: Mapped[datetime]
    fields: Mapped[dict[str, Any]]
    reason: Mapped[str]
