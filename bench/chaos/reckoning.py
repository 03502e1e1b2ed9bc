"""The reckoning: what pages were told and what the database has in the end must agree, and break no promise.

Each check yields a sentence per violation:

- a number that is not shared had one holder at any instant, and rested for its hold before the next one got it;
- a visitor kept his number while he stayed;
- the longest idle number went first;
- where two held a number, both leases are marked as shared, and only in a pool that shares;
- no tag names two visitors, and each leads to its own in the database;
- every accepted page view is in the database, once, and so is every event that is there at all;
- every lease a page was told of is in the database.

The store writes its file once a second: what it accepted in the two seconds before a kill may be lost, and is counted.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.orm import Session

from bench.chaos.seen import Holding, Seen
from tracker import clock
from tracker.leases.models import EmailTag, Lease
from tracker.pools.models import Number, Overflow, Pool
from tracker.visits.models import PageView, StreamReject, VisitEvent, Visitor

LOSS_MS = 2_000


class Row(NamedTuple):
    """A lease as the database has it; Unix milliseconds."""

    number: str
    visitor: str
    since: int
    until: int
    is_shared: bool


@dataclass
class Verdict:
    """`lost` counts what a kill of the store was allowed to take."""

    violations: list[str] = field(default_factory=list)
    lost: Counter[str] = field(default_factory=Counter)


class Kills:
    """When the store was killed, Unix milliseconds."""

    def __init__(self, at: Sequence[int]) -> None:
        self._at = at

    def excuse(self, sent: int, answered: int) -> bool:
        """Whether what was accepted between the two instants may have been lost."""
        return any(sent <= at <= answered + LOSS_MS for at in self._at)


def judge(session: Session, seen: Sequence[Seen], kills: Kills) -> Verdict:
    verdict = Verdict()
    rows = _leases(session)
    sharing = set(session.scalars(select(Number.e164).join(Pool).where(Pool.overflow == Overflow.SHARED)))
    holdings = sorted((one for client in seen for one in client.holdings), key=lambda one: one.since)
    checks = (
        (f"the server answered {answer}" for client in seen for answer in client.wrong),
        told_alone(holdings, sharing),
        kept(holdings, sharing),
        stored_alone(rows, sharing),
        longest_idle_first(rows, _pools(session)),
        tags(session, seen),
        views(session, seen, kills, verdict.lost),
        events(session),
        recorded(rows, holdings, kills, verdict.lost),
        (f"entry {entry} was set aside: {reason}" for entry, reason in session.execute(_rejects())),
    )
    verdict.violations = [violation for check in checks for violation in check]
    return verdict


def told_alone(holdings: Iterable[Holding], sharing: set[str]) -> Iterator[str]:
    """Judges what pages were told, in order of its beginning."""
    last: dict[str, Holding] = {}
    for one in holdings:
        before = last.get(one.number)
        if one.is_shared and one.number not in sharing:
            yield f"{one.number} was shared in a pool that does not share: {one}"
        if before and before.visitor != one.visitor and one.since < before.until and not one.is_shared:
            yield f"{one.number} went to a second holder without a mark: {before} {one}"
        if before is None or one.until > before.until:
            last[one.number] = one


def kept(holdings: Iterable[Holding], sharing: set[str]) -> Iterator[str]:
    """A visitor who is served from two pools has one number of each."""
    last: dict[tuple[str, bool], Holding] = {}
    for one in holdings:
        before = last.get((one.visitor, one.number in sharing))
        if before and before.number != one.number and one.since < before.until:
            yield f"a visitor stayed and got another number: {before} {one}"
        last[one.visitor, one.number in sharing] = one


def stored_alone(rows: Sequence[Row], sharing: set[str]) -> Iterator[str]:
    ends: dict[str, list[Row]] = defaultdict(list)
    for row in rows:
        live = [other for other in ends[row.number] if other.until > row.since]
        for other in live:
            if other.visitor != row.visitor and not (other.is_shared and row.is_shared and row.number in sharing):
                yield f"leases overlap in the database: {other} {row}"
        ends[row.number] = [*live, row]


def longest_idle_first(rows: Sequence[Row], pools: Mapping[str, Sequence[str]]) -> Iterator[str]:
    """Judges the first lease of each visitor in a pool: a former number or one he held has precedence."""
    free_from = {number: place for numbers in pools.values() for place, number in enumerate(numbers)}
    known: set[tuple[str, int]] = set()
    for row in rows:
        numbers = pools[row.number]
        idle = min(numbers, key=lambda number: free_from[number])
        since, longest = free_from[row.number], free_from[idle]
        if (row.visitor, id(numbers)) not in known and not row.is_shared and longest < since:
            yield f"{idle} was idle since {longest}, longer than {row.number} since {since}: {row}"
        known.add((row.visitor, id(numbers)))
        free_from[row.number] = max(free_from[row.number], row.until)


def tags(session: Session, seen: Sequence[Seen]) -> Iterator[str]:
    known = dict(session.execute(select(EmailTag.tag, Visitor.key).join(EmailTag.visitor)).all())
    told = {pair for client in seen for pair in client.tags}
    names = Counter(tag for tag, _ in told)
    yield from (f"tag {tag} names {count} visitors" for tag, count in names.items() if count > 1)
    yield from (f"tag {tag} is {known[tag]}'s and not {who}'s" for tag, who in told if known.get(tag, who) != who)


def views(session: Session, seen: Sequence[Seen], kills: Kills, lost: Counter[str]) -> Iterator[str]:
    stored = Counter(session.scalars(select(PageView.key)))
    yield from (f"page view {key} was stored {count} times" for key, count in stored.items() if count > 1)
    for client in seen:
        for view, (sent, answered) in client.views.items():
            if view not in stored:
                if kills.excuse(sent, answered):
                    lost["views"] += 1
                else:
                    yield f"page view {view} is lost; it was accepted at {answered}"


def events(session: Session) -> Iterator[str]:
    """Each has a name of its own, so one that is there twice was stored twice."""
    repeated = select(VisitEvent.name, func.count()).group_by(VisitEvent.name).having(func.count() > 1)
    yield from (f"{name} was stored {count} times" for name, count in session.execute(repeated))


def recorded(rows: Iterable[Row], holdings: Iterable[Holding], kills: Kills, lost: Counter[str]) -> Iterator[str]:
    known = defaultdict(list)
    for row in rows:
        known[row.number, row.visitor].append(row)
    for one in holdings:
        if not any(row.since <= one.since and row.until >= one.until for row in known[one.number, one.visitor]):
            if kills.excuse(one.told, one.told):
                lost["leases"] += 1
            else:
                yield f"the database does not know {one}"


def _leases(session: Session) -> list[Row]:
    found = session.execute(
        select(Lease.number, Visitor.key, Lease.started_at, Lease.until, Lease.is_shared)
        .join(Lease.visitor)
        .order_by(Lease.started_at, Lease.id)
    )
    return [
        Row(n, who, clock.to_millis(since), clock.to_millis(until), shared) for n, who, since, until, shared in found
    ]


def _pools(session: Session) -> dict[str, Sequence[str]]:
    """Number to all numbers of its pool, in order."""
    pools: dict[int, list[str]] = defaultdict(list)
    for pool_id, number in session.execute(select(Number.pool_id, Number.e164).order_by(Number.id)):
        pools[pool_id].append(number)
    return {number: numbers for numbers in pools.values() for number in numbers}


def _rejects() -> Select[tuple[str, str]]:
    return select(StreamReject.entry_id, StreamReject.reason)
