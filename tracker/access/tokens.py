"""Keys to the server-side API: made once, kept as a hash, limited to scopes and perhaps to a site."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Sequence
from datetime import datetime, timedelta
from enum import StrEnum

from sqlalchemy import or_, select, update
from sqlalchemy.orm import Session

from tracker.access.models import ApiToken
from tracker.errors import InvalidInput

PREFIX = "skv_"  # lets people and secret scanners recognise one
USE_NOTED_EVERY = timedelta(minutes=1)  # busy clients would otherwise write with every request


class Scope(StrEnum):
    """What a token may do."""

    READ = "read"  # the read API
    WRITE = "write"  # server-side inquiries


def read_scopes(text: str) -> list[Scope]:
    """Reads `read,write`.

    Raises:
        InvalidInput: an unknown scope, or none.
    """
    words = [word.strip() for word in text.split(",") if word.strip()]
    unknown = [word for word in words if word not in list(Scope)]
    if unknown or not words:
        raise InvalidInput(f"Unknown scope {', '.join(unknown) or 'none'}; use read, write or read,write.", "scope")
    return [scope for scope in Scope if scope in words]


def add(session: Session, name: str, scopes: Sequence[Scope], site_id: int | None) -> str:
    """Makes a token and returns it; nobody can read it again. `site_id` None: good for every site."""
    token = PREFIX + secrets.token_urlsafe(32)
    row = ApiToken(name=name, token_hash=_hash(token), scopes=[str(scope) for scope in scopes], site_id=site_id)
    session.add(row)
    session.flush()
    return token


def look_up(session: Session, token: str) -> ApiToken | None:
    """Returns the token's row; None when it was never made, or was revoked."""
    # The hash of 256 random bits needs no salt, and comparing it in the index leaks nothing about the token.
    query = select(ApiToken).where(ApiToken.token_hash == _hash(token), ApiToken.revoked_at.is_(None))
    return session.scalar(query)


def may(token: ApiToken, scope: Scope, site_id: int | None) -> bool:
    """Says whether a token allows something; `site_id` None asks for every site at once."""
    return scope in token.scopes and token.site_id in (None, site_id)


def is_use_due(token: ApiToken, now: datetime) -> bool:
    """Says whether a use is to be noted."""
    return token.last_used_at is None or now - token.last_used_at >= USE_NOTED_EVERY


def note_use(session: Session, token: ApiToken, now: datetime) -> bool:
    """Stores when the token was used, at most once a minute; returns whether there is something to commit."""
    if not is_use_due(token, now):
        return False
    is_due = or_(ApiToken.last_used_at.is_(None), ApiToken.last_used_at <= now - USE_NOTED_EVERY)
    session.execute(update(ApiToken).where(ApiToken.id == token.id, is_due).values(last_used_at=now))
    return True


def revoke(session: Session, token: ApiToken, now: datetime) -> None:
    """Ends a token for good; its row stays for the audit."""
    token.revoked_at = token.revoked_at or now
    session.flush()


def _hash(token: str) -> str:
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()
