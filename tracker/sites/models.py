"""What is configured: sites, their domains and addresses, and the connections to other systems."""

from __future__ import annotations

import secrets
from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker import clock
from tracker.database import Base, BigId


class Site(Base):
    """One customer's web site with its pools, addresses and connections."""

    __tablename__ = "sites"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)
    name: Mapped[str]
    country: Mapped[str] = mapped_column(default="RU")  # ISO 3166-1 alpha-2; how numbers without + are read
    timezone: Mapped[str] = mapped_column(default="Europe/Moscow")  # IANA name
    currency: Mapped[str] = mapped_column(default="RUB")  # ISO 4217
    language: Mapped[str] = mapped_column(default="ru")  # of notes and sentences: ru or en
    allow_tests: Mapped[bool] = mapped_column(default=False)
    enabled: Mapped[bool] = mapped_column(default=True)
    threshold: Mapped[float] = mapped_column(default=0.6)  # below this probability a call stays unknown
    staff_phones: Mapped[list[Any]] = mapped_column(default=list)  # E.164; their calls are kept and not counted
    blocked_callers: Mapped[list[Any]] = mapped_column(default=list)  # likewise
    test_callers: Mapped[list[Any]] = mapped_column(default=list)  # likewise
    short_call_seconds: Mapped[int] = mapped_column(default=0)  # talk shorter than this is not counted
    deliver_uncounted: Mapped[bool] = mapped_column(default=False)  # tell CRMs of them all the same
    unique_days: Mapped[int] = mapped_column(default=30)  # who comes again within so many is no unique inquiry; 0: ever
    target_talk_seconds: Mapped[int] = mapped_column(default=30)  # least talk of a call that is a target inquiry
    target_labels: Mapped[list[Any]] = mapped_column(default=list)  # one of them makes any inquiry a target one
    target_needs_label: Mapped[bool] = mapped_column(default=False)  # nothing else does
    never_target_labels: Mapped[list[Any]] = mapped_column(default=list)  # one of them overrules all that
    channels: Mapped[list[Any]] = mapped_column(default=list)  # its own rules, see `visits.channel.read_rules`
    tag_length: Mapped[int] = mapped_column(default=6)
    tag_key: Mapped[str] = mapped_column(default=lambda: secrets.token_hex(16))  # orders the tags; never changes
    next_tag: Mapped[int] = mapped_column(BigId, default=0)  # first counter not yet reserved for tags
    version: Mapped[int] = mapped_column(default=1)  # rises with every change that web processes must see
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    domains: Mapped[list[Domain]] = relationship(cascade="all, delete-orphan", order_by="Domain.id")
    emails: Mapped[list[SiteEmail]] = relationship(cascade="all, delete-orphan", order_by="SiteEmail.id")
    connections: Mapped[list[Connection]] = relationship(order_by="Connection.id")


class Domain(Base):
    """A host whose pages belong to the site, together with its sub-domains and any port."""

    __tablename__ = "domains"
    __table_args__ = (UniqueConstraint("site_id", "host"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    host: Mapped[str]


class EmailStyle(StrEnum):
    """How a tag becomes an address."""

    PLUS = "plus"  # sales+k3v9xq@example.com
    CATCHALL = "catchall"  # k3v9xq@in.example.com
    STATIC = "static"  # the address itself is bound to a source


class SiteEmail(Base):
    """An address: tagged per visitor (`swap` on the page) or static (letters to it are its source)."""

    __tablename__ = "site_emails"
    __table_args__ = (UniqueConstraint("site_id", "address"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    address: Mapped[str]  # the original on the page, or the static address
    style: Mapped[EmailStyle]
    mail_domain: Mapped[str | None]  # where catchall addresses live; None: the domain of `address`
    source: Mapped[dict[str, Any] | None]  # utm_* of a static address
    enabled: Mapped[bool] = mapped_column(default=True)


class ConnectionState(StrEnum):
    """How a connection fares."""

    OK = "ok"  # works, or was never used
    BROKEN = "broken"  # credentials lost; waits for an administrator


class Connection(Base):
    """An account of another system, in either direction."""

    __tablename__ = "connections"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), index=True)
    key: Mapped[str] = mapped_column(unique=True)  # part of the webhook address, so unique everywhere
    provider: Mapped[str]  # registry name such as crm/amocrm
    settings: Mapped[str]  # encrypted JSON object, see secrets.py
    policy: Mapped[dict[str, Any]] = mapped_column(default=dict)
    enabled: Mapped[bool] = mapped_column(default=True)
    state: Mapped[ConnectionState] = mapped_column(default=ConnectionState.OK)
    state_sentence: Mapped[str | None]  # why it is broken and what to do
    state_at: Mapped[datetime | None]

    @property
    def family(self) -> str:
        """The first part of the provider's name: telephony, email, crm, …"""
        return self.provider.partition("/")[0]
