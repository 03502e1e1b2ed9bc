"""Tokens that were let in lately, kept in the fast store, so that inquiries are taken while the database is away."""

from __future__ import annotations

import hashlib

import msgspec
from redis.exceptions import RedisError

from tracker.leases.redis_store import LeaseStore

REMEMBERED_SECONDS = 86_400


class Pass(msgspec.Struct, frozen=True):
    """A token with the scope write. `site_id` None: it is good for every site."""

    site_id: int | None


def remember(store: LeaseStore, token: str, admitted: Pass) -> Pass:
    """Keeps whom the token lets in, under its hash; the database decides again as long as it answers."""
    try:
        store.raw.set(_key(token), msgspec.json.encode(admitted), ex=REMEMBERED_SECONDS)
    except RedisError:
        return admitted
    return admitted


def remembered(store: LeaseStore, token: str) -> Pass | None:
    """Returns whom the token let in within the last day, None when that is not known."""
    try:
        text = store.raw.get(_key(token))
    except RedisError:
        return None
    return msgspec.json.decode(text, type=Pass) if text else None


def _key(token: str) -> str:
    return "skvoz:pass:" + hashlib.sha256(b"pass " + token.encode("utf-8", "replace")).hexdigest()
