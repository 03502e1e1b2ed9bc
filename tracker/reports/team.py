"""Who may log in, and what people changed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.access.models import AuditEntry, Role, User

ENTRIES_SHOWN = 100


@dataclass(frozen=True)
class Member:
    """One user."""

    id: int
    email: str
    role: Role
    enabled: bool
    last_login_at: datetime | None


@dataclass(frozen=True)
class Change:
    """One entry of the log of changes."""

    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


def members(session: Session) -> list[Member]:
    """Every user, in the order they were made."""
    users = session.scalars(select(User).order_by(User.id))
    return [Member(user.id, user.email, user.role, user.enabled, user.last_login_at) for user in users]


def changes(session: Session) -> list[Change]:
    """The latest changes, newest first."""
    entries = session.scalars(select(AuditEntry).order_by(AuditEntry.id.desc()).limit(ENTRIES_SHOWN))
    return [Change(entry.at, entry.actor, entry.action, entry.subject, entry.detail) for entry in entries]
