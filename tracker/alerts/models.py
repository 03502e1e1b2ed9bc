"""Who is told when something needs a person: channels, thresholds per site, what is wrong now, messages to send."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum

from sqlalchemy import ForeignKey, Index
from sqlalchemy.orm import Mapped, mapped_column

from tracker import clock
from tracker.database import Base, BigId


class Condition(StrEnum):
    """What an alert is about."""

    MISSED_CALL = "missed-call"  # calls that nobody answered
    COVERAGE = "coverage"  # visitors went without a number
    NO_PAGE_VIEWS = "no-page-views"  # the snippet is silent
    CONNECTION_BROKEN = "connection-broken"  # its access is lost
    DELIVERIES_STUCK = "deliveries-stuck"  # they wait too long
    TOKEN_ENDING = "token-ending"  # noqa: S105  a condition's name, no secret
    CERTIFICATE_ENDING = "certificate-ending"  # of our own public address


class ChannelKind(StrEnum):
    """By what way people are told."""

    MAIL = "mail"
    TELEGRAM = "telegram"
    WEBHOOK = "webhook"


class What(StrEnum):
    """What a message says of its alert."""

    BEGAN = "began"
    ENDED = "ended"
    TEST = "test"  # of a channel; has no alert


class AlertChannel(Base):
    """One way to tell people: an address, a chat, or a webhook."""

    __tablename__ = "alert_channels"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))  # None: alerts of every site
    kind: Mapped[ChannelKind]
    name: Mapped[str]
    settings: Mapped[str]  # encrypted, see `settings.FIELDS`
    language: Mapped[str] = mapped_column(default="en")
    enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)


class AlertRule(Base):
    """A site's own threshold for a condition, in the condition's unit; sites without a row have the default."""

    __tablename__ = "alert_rules"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True, autoincrement=False)
    condition: Mapped[Condition] = mapped_column(primary_key=True)
    threshold: Mapped[float]
    enabled: Mapped[bool] = mapped_column(default=True)


class Alert(Base):
    """One thing that was wrong at least once; it begins and ends any number of times."""

    __tablename__ = "alerts"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)  # condition/site id/subject: one row each, whoever looks
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))  # None: the installation
    condition: Mapped[Condition]
    subject: Mapped[str]  # key of the inquiry, pool or connection; host of a certificate; may be empty
    value: Mapped[float | None]  # share, count, hours or days when it began
    is_on: Mapped[bool] = mapped_column(index=True)
    changed_at: Mapped[datetime]  # when it began or ended last


class AlertMessage(Base):
    """One message to one channel: repeated until it arrives, or a day has passed."""

    __tablename__ = "alert_messages"
    __table_args__ = (Index("ix_alert_messages_due", "is_open", "next_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    channel_id: Mapped[int] = mapped_column(ForeignKey("alert_channels.id"))
    alert_id: Mapped[int | None] = mapped_column(ForeignKey("alerts.id"))  # None: a test
    what: Mapped[What]
    value: Mapped[float | None]
    at: Mapped[datetime]
    next_at: Mapped[datetime]  # next attempt; while one is under way, when another worker may take it up
    attempts: Mapped[int] = mapped_column(default=0)
    is_open: Mapped[bool] = mapped_column(default=True)
    sent_at: Mapped[datetime | None]
    error: Mapped[str | None]  # why the last attempt failed
