"""Checks of the fast store, single or cluster: every primary node must be well."""

from __future__ import annotations

import time
from typing import Any

from redis import RedisError
from redis.cluster import RedisCluster
from redis.exceptions import RedisClusterException

from tracker import clock
from tracker.checks.finding import Context, Finding, clock_finding, fail, ok
from tracker.store import Store

OLDEST = (6, 2)
WORKERS_KEY = "skvoz:workers"  # hash: name of a background process -> Unix ms of its last sign of life
WORKER_SILENCE_MS = 60_000


def answers(context: Context) -> Finding:
    """Whether the store answers at all."""
    try:
        context.store.ping()
    except (RedisError, RedisClusterException) as error:
        if context.settings.redis_url is None:
            remedy = "Start `skvoz run`, which starts it, or name a running server in REDIS_URL."
        else:
            remedy = "Check REDIS_URL and that the server is running."
        return fail(f"The fast store does not answer: {error}", remedy)
    return ok("The fast store answers.")


def version(context: Context) -> Finding:
    """Whether every node is new enough for our scripts."""
    found = {_version(info) for info in _infos(context.store, "server")}
    named = ", ".join(".".join(map(str, parts)) for parts in sorted(found))
    if min(found) < OLDEST:
        return fail(f"The fast store is of version {named}.", "Use Redis or Valkey 6.2 or newer.")
    return ok(f"The fast store is of version {named}.")


def persistence(context: Context) -> Finding:
    """Whether leases and page views survive a restart of the store."""
    infos = _infos(context.store, "persistence")
    if any(info.get("aof_last_write_status", "ok") != "ok" for info in infos):
        return fail("The fast store cannot write its append-only file.", "Free disk space where it stands.")
    if all(info["aof_enabled"] for info in infos):
        return ok("The fast store keeps an append-only file.")
    return fail(
        "The fast store forgets on a restart: append-only persistence is off.",
        "Set `appendonly yes` and `appendfsync everysec` on the server.",
    )


def eviction(context: Context) -> Finding:
    """Whether the store would rather refuse than throw leases away."""
    policies = {info["maxmemory_policy"] for info in _infos(context.store, "memory")}
    if policies == {"noeviction"}:
        return ok("The fast store evicts nothing.")
    return fail(
        f"The fast store may throw leases away when its memory is full ({', '.join(sorted(policies))}).",
        "Set `maxmemory-policy noeviction` on the server.",
    )


def workers(context: Context) -> Finding:
    """Whether a background process has shown life in the last minute."""
    beats = {
        name.decode() if isinstance(name, bytes) else name: int(at)
        for name, at in context.store.hgetall(WORKERS_KEY).items()
    }
    since = clock.to_millis(clock.now()) - WORKER_SILENCE_MS
    alive = sorted(name for name, at in beats.items() if at >= since)
    if alive:
        return ok(f"Background processes are alive: {', '.join(alive)}.")
    return fail(
        "No background process is alive: nothing is matched or delivered.",
        "Start `skvoz worker`; `skvoz run` starts it with the rest.",
    )


def clock_difference(context: Context) -> Finding:
    """Whether the store's clock agrees with ours."""
    before = time.time()
    seconds, microseconds = context.store.time()
    middle = (before + time.time()) / 2
    return clock_finding("the fast store", seconds + microseconds / 1e6 - middle)


def _version(info: dict[str, Any]) -> tuple[int, ...]:
    # Valkey calls itself Redis 7.2 for old clients and tells its own version apart.
    text = str(info.get("valkey_version") or info["redis_version"])
    return tuple(int(part) for part in text.split(".")[:3] if part.isdigit())


def _infos(store: Store, section: str) -> list[dict[str, Any]]:
    """Answers of INFO, one per primary node."""
    if not isinstance(store, RedisCluster):
        return [dict(store.info(section))]
    found = store.info(section, target_nodes=RedisCluster.PRIMARIES)
    return list(found.values()) if all(isinstance(each, dict) for each in found.values()) else [found]
