"""Who may log in, and what people changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.access.models import ApiToken, AuditEntry, Role, SiteRole, User
from tracker.reports import paging
from tracker.reports.paging import Page
from tracker.sites.models import Site

PAGE_SIZE = 100


@dataclass(frozen=True)
class Member:
    """One user. `role` on every site that `by_site` (name of the site, role there) does not name."""

    id: int
    email: str
    role: Role | None
    by_site: tuple[tuple[str, Role], ...]
    enabled: bool
    has_second_factor: bool
    last_login_at: datetime | None


@dataclass(frozen=True)
class Change:
    """One entry of the log of changes."""

    at: datetime
    actor: str
    action: str
    subject: str
    detail: dict[str, Any]


@dataclass(frozen=True)
class TokenSeen:
    """One API token; `site` is None when it opens every site."""

    id: int
    name: str
    scopes: tuple[str, ...]
    site: str | None
    created_at: datetime
    last_used_at: datetime | None
    revoked_at: datetime | None


def tokens(session: Session) -> list[TokenSeen]:
    """Every API token, the newest first, those that were ended last."""
    found = select(ApiToken, Site.name).outerjoin(Site, Site.id == ApiToken.site_id)
    rows = session.execute(found.order_by(ApiToken.revoked_at.is_not(None), ApiToken.id.desc()))
    return [
        TokenSeen(
            token.id, token.name, tuple(token.scopes), site, token.created_at, token.last_used_at, token.revoked_at
        )
        for token, site in rows
    ]


def members(session: Session) -> list[Member]:
    """Every user, in the order they were made."""
    named = select(SiteRole.user_id, Site.name, SiteRole.role).join(Site, Site.id == SiteRole.site_id)
    roles: dict[int, list[tuple[str, Role]]] = defaultdict(list)
    for user_id, site, role in session.execute(named.order_by(Site.name)):
        roles[user_id].append((site, role))
    return [
        Member(
            user.id,
            user.email,
            user.role,
            tuple(roles[user.id]),
            user.enabled,
            bool(user.totp_secret),
            user.last_login_at,
        )
        for user in session.scalars(select(User).order_by(User.id))
    ]


@dataclass(frozen=True)
class LogFilters:
    """What the log of changes is narrowed to: who made a change, and which action. None means everything."""

    actor: str | None = None
    action: str | None = None


def changes(session: Session, filters: LogFilters, cursor: str | None = None, size: int = PAGE_SIZE) -> Page[Change]:
    """One page of the log of changes, the latest first.

    Args:
        cursor: what the page before gave as `next`; None begins with the newest.

    Raises:
        InvalidInput: the cursor is not one of ours.
    """
    found = select(AuditEntry).where(*paging.below(AuditEntry.at, AuditEntry.id, cursor))
    for column, value in ((AuditEntry.actor, filters.actor), (AuditEntry.action, filters.action)):
        found = found.where(column == value) if value else found
    entries = session.scalars(found.order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(size + 1)).all()
    shown = entries[:size]
    rows = tuple(Change(entry.at, entry.actor, entry.action, entry.subject, entry.detail) for entry in shown)
    return Page(rows, paging.cursor(shown[-1].at, shown[-1].id) if len(entries) > size else None)


def actors(session: Session) -> Sequence[str]:
    """Everybody who ever changed something, by name."""
    return session.scalars(select(AuditEntry.actor).distinct().order_by(AuditEntry.actor)).all()


def actions(session: Session) -> Sequence[str]:
    """Every action that was ever taken."""
    return session.scalars(select(AuditEntry.action).distinct().order_by(AuditEntry.action)).all()
