"""Stores what the lease script decided: leases, email tags, coverage. Rows only move forward."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from sqlalchemy import case, func, select, update
from sqlalchemy.orm import Session

from tracker import clock
from tracker.database import insert_or_ignore, upsert
from tracker.leases.models import EmailTag, Lease
from tracker.pools.models import Pool, PoolHour
from tracker.visits.ingest import Rows
from tracker.visits.stream import Entry, LeaseFact, View


def record(session: Session, site_id: int, entries: Sequence[Entry], rows: Rows) -> None:
    """Stores the decisions of a batch whose visitors and visits are stored; repetition changes nothing but coverage."""
    _leases(session, site_id, entries, rows)
    _tags(session, site_id, entries, rows)
    _coverage(session, [entry for entry in entries if entry.decision.visit not in rows.uncounted])


def _leases(session: Session, site_id: int, entries: Sequence[Entry], rows: Rows) -> None:
    latest: dict[tuple[str, str, str], tuple[Entry, LeaseFact]] = {}
    for entry in entries:
        for fact in entry.decision.leases:
            key = fact.number, entry.decision.visitor, fact.since
            fact.shared |= key in latest and latest[key][1].shared
            latest[key] = entry, fact
    upsert(
        session,
        Lease,
        [_lease(site_id, entry, fact, rows) for entry, fact in latest.values()],
        key=("number", "visitor_id", "started_at"),
        changes=_prolonged,
    )
    shared = [fact for _, fact in latest.values() if fact.shared]
    longest = _longest_lease(session, {int(fact.pool) for fact in shared}) if shared else timedelta(0)
    for fact in shared:
        _mark_shared(session, fact, longest)


def _prolonged(old: Any, new: Any) -> dict[str, Any]:
    is_later = old.last_beat_at < new.last_beat_at
    return {
        "last_beat_at": case((is_later, new.last_beat_at), else_=old.last_beat_at),
        "until": case((old.until < new.until, new.until), else_=old.until),
        "is_shared": old.is_shared | new.is_shared,
        "visit_id": case((is_later, new.visit_id), else_=old.visit_id),
    }


def _lease(site_id: int, entry: Entry, fact: LeaseFact, rows: Rows) -> dict[str, Any]:
    return {
        "site_id": site_id,
        "pool_id": int(fact.pool),
        "number": fact.number,
        "visitor_id": rows.visitors[entry.decision.visitor],
        "visit_id": rows.visits[entry.decision.visit],
        "started_at": clock.from_millis(int(fact.since)),
        "last_beat_at": entry.at,
        "until": clock.from_millis(int(fact.until_)),
        "is_shared": fact.shared,
    }


def _longest_lease(session: Session, pools: set[int]) -> timedelta:
    """How long a lease of these pools can last at most."""
    longest = select(func.max(Pool.max_age_seconds + Pool.hold_seconds)).where(Pool.id.in_(pools))
    return timedelta(seconds=session.scalar(longest) or 0)


def _mark_shared(session: Session, fact: LeaseFact, longest: timedelta) -> None:
    """Everybody who held the number while it was shared is marked, the first holder too.

    The index leads to the leases that began since `longest` before; without that bound the number's whole history
    would be read again and again.
    """
    since, until = clock.from_millis(int(fact.since)), clock.from_millis(int(fact.until_))
    overlaps = (Lease.started_at > since - longest, Lease.started_at < until, Lease.until > since)
    session.execute(
        update(Lease).where(Lease.number == fact.number, *overlaps, ~Lease.is_shared).values(is_shared=True)
    )


def _tags(session: Session, site_id: int, entries: Sequence[Entry], rows: Rows) -> None:
    first: dict[str, Entry] = {}
    for entry in entries:
        if entry.decision.tag and isinstance(entry.asked, View):
            first.setdefault(entry.decision.tag, entry)
    insert_or_ignore(
        session,
        EmailTag,
        [
            {
                "site_id": site_id,
                "tag": tag,
                "visitor_id": rows.visitors[entry.decision.visitor],
                "issued_at": entry.at,
            }
            for tag, entry in first.items()
        ],
    )


def _coverage(session: Session, entries: Sequence[Entry]) -> None:
    sums: dict[tuple[int, Any], dict[str, int]] = {}
    for entry in entries:
        hour = entry.at.replace(minute=0, second=0, microsecond=0)
        for fact in entry.decision.coverage:
            row = sums.setdefault((int(fact.pool), hour), {"wanted": 0, "granted": 0, "shared": 0})
            row["wanted"] += fact.first
            row["granted"] += fact.granted
            row["shared"] += fact.shared
    upsert(
        session,
        PoolHour,
        [{"pool_id": pool, "hour": hour, **row} for (pool, hour), row in sums.items()],
        key=("pool_id", "hour"),
        changes=_added,
    )


def _added(old: Any, new: Any) -> dict[str, Any]:
    return {name: old[name] + new[name] for name in ("wanted", "granted", "shared")}
