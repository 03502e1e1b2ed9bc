"""Who may log in, and what people changed."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.access.models import ApiToken, AuditEntry, Role, SiteRole, User
from tracker.sites.models import Site

ENTRIES_SHOWN = 100


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


def changes(session: Session) -> list[Change]:
    """The latest changes, newest first."""
    entries = session.scalars(
        select(AuditEntry).order_by(AuditEntry.at.desc(), AuditEntry.id.desc()).limit(ENTRIES_SHOWN)
    )
    return [Change(entry.at, entry.actor, entry.action, entry.subject, entry.detail) for entry in entries]
