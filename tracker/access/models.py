"""Who may do what: users, API tokens, and the log of what people changed."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey
from sqlalchemy.orm import Mapped, mapped_column

from tracker import clock
from tracker.database import Base, BigId


class Role(StrEnum):
    """What a user may do; `rights.RIGHTS` is the table."""

    OWNER = "owner"  # everything, users included; of the whole installation
    ADMINISTRATOR = "administrator"  # everything but users
    ANALYST = "analyst"  # reads everything, changes nothing
    AGENT = "agent"  # reads the journal and comments


class User(Base):
    """Somebody who logs in to the admin."""

    __tablename__ = "users"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    email: Mapped[str] = mapped_column(unique=True)  # lower-cased
    password_hash: Mapped[str]  # argon2id
    totp_secret: Mapped[str | None]  # encrypted; None: no second factor
    totp_step: Mapped[int | None] = mapped_column(BigId)  # time step of the last accepted code: none works twice
    recovery_codes: Mapped[list[Any]] = mapped_column(default=list)  # hex SHA-256 of those not used yet
    role: Mapped[Role | None]  # on every site that `site_roles` does not name; None: on no other
    language: Mapped[str] = mapped_column(default="en")
    enabled: Mapped[bool] = mapped_column(default=True)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    last_login_at: Mapped[datetime | None]


class ResetLetter(Base):
    """A letter to somebody who lost his password; its link is made when it is sent, so nothing secret stands here."""

    __tablename__ = "reset_letters"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"))
    asked_at: Mapped[datetime]
    next_at: Mapped[datetime]  # when the worker may try, or try again
    is_open: Mapped[bool] = mapped_column(default=True)


class SiteRole(Base):
    """What a user may do on one site, in place of his role on all."""

    __tablename__ = "site_roles"

    user_id: Mapped[int] = mapped_column(ForeignKey("users.id"), primary_key=True, autoincrement=False)
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True, autoincrement=False)
    role: Mapped[Role]  # never OWNER


class ApiToken(Base):
    """A key to the server-side API; only its hash is kept."""

    __tablename__ = "api_tokens"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    name: Mapped[str]
    token_hash: Mapped[str] = mapped_column(unique=True)  # hex SHA-256
    scopes: Mapped[list[Any]]  # of read, write
    site_id: Mapped[int | None] = mapped_column(ForeignKey("sites.id"))  # None: every site
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    last_used_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]


class AuditEntry(Base):
    """One change made by a person or from the command line."""

    __tablename__ = "audit_entries"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
    actor: Mapped[str]  # email of the user, or `command line`
    action: Mapped[str]  # verb and object, such as `pool.change`
    subject: Mapped[str]  # key of what was changed
    detail: Mapped[dict[str, Any]] = mapped_column(default=dict)
