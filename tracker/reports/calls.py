"""Calls by the hour and the weekday of their beginning, by who answered, and by the pool whose number was dialled."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from sqlalchemy import ColumnElement, Select, case, func, literal, select
from sqlalchemy.orm import Session

from tracker.inquiries.events import InquiryKind
from tracker.inquiries.models import AttributionStatus, Inquiry
from tracker.pools.models import Number, Pool, PoolHour, PoolKind
from tracker.reports.dimensions import key_of_own, of_own
from tracker.reports.lines import Line, Question, add, facts, of_period, sums
from tracker.reports.periods import Period
from tracker.sites.models import Site

FOUND = (AttributionStatus.CERTAIN, AttributionStatus.PROBABLE, AttributionStatus.GIVEN, AttributionStatus.STATIC)
SHOWN_EMPTY = {"hour": 24, "weekday": 7}  # dimensions of which every value has a line


def by_call(session: Session, question: Question) -> list[Line]:
    """Lines by one dimension of calls.

    Hours are those of the day in the zone of the period, `0` to `23`, weekdays `0` (Monday) to `6`; there is a line
    for each of them. Whoever answered comes by the number of calls.
    """
    [name] = question.by
    lines = {(str(value),): Line((str(value),)) for value in range(SHOWN_EMPTY.get(name, 0))}
    for key, *figures in session.execute(_figures(session, question)):
        add(lines.setdefault((str(key),), Line((str(key),))), figures)
    for key, calls in session.execute(_counted(question, question.period.before())):
        lines.setdefault((str(key),), Line((str(key),))).before = calls
    if name in SHOWN_EMPTY:
        return list(lines.values())
    return sorted(lines.values(), key=lambda one: (-one.calls, -one.before, one.keys))


def _figures(session: Session, question: Question) -> Select[*tuple[Any, ...]]:
    key = key_of_own(question.by[0], question.period.zone).label("key")
    found = facts(session, question, question.period, key, literal(1.0).label("credit"), only=_calls(question))
    return select(found.c.key, *sums(found.c)).group_by(found.c.key)


def _counted(question: Question, period: Period) -> Select[*tuple[Any, ...]]:
    key = key_of_own(question.by[0], period.zone).label("key")
    rows = select(key).where(*of_period(question, period), *_calls(question)).subquery()
    return select(rows.c.key, func.count()).group_by(rows.c.key)


def _calls(question: Question) -> list[ColumnElement[bool]]:
    narrowed = (of_own(name, value, question.period.zone) for name, value in question.narrowed.items())
    return [Inquiry.kind == InquiryKind.CALL, *narrowed]


@dataclass
class PoolLine:
    """How one pool did. `found` are the calls whose source is known; `before` the calls of the period before."""

    site_key: str
    key: str
    kind: PoolKind
    numbers: int
    calls: int = 0
    missed: int = 0
    unique: int = 0
    target: int = 0
    found: int = 0
    before: int = 0
    wanted: int = 0
    granted: int = 0
    shared: int = 0

    @property
    def keys(self) -> tuple[str]:
        """Its name, as lines of other reports have theirs."""
        return (self.key,)

    @property
    def coverage(self) -> float | None:
        """Share of wanted leases that were granted, None when nobody wanted one."""
        return self.granted / self.wanted if self.wanted else None


def by_pool(session: Session, question: Question) -> list[PoolLine]:
    """Every pool, those with most calls first."""
    lines = {pool_id: PoolLine(*known) for pool_id, *known in session.execute(_pools(question))}
    for pool_id, found, _inquiries, unique, target, calls, missed, *_none in session.execute(
        _of_pools(session, question)
    ):
        line = lines[pool_id]
        line.calls, line.missed, line.found = int(calls), int(missed), int(found)
        line.unique, line.target = int(unique), int(target)
    for pool_id, calls in session.execute(_before(question)):
        lines[pool_id].before = calls
    for pool_id, wanted, granted, shared in session.execute(_leases(question.period)):
        if pool_id in lines:
            lines[pool_id].wanted, lines[pool_id].granted, lines[pool_id].shared = wanted, granted, shared
    return sorted(lines.values(), key=lambda one: (-one.calls, one.key, one.site_key))


def _pools(question: Question) -> Select[*tuple[Any, ...]]:
    keys = (Pool.id, Site.key, Pool.key, Pool.kind)
    found = select(*keys, func.count(Number.id)).join(Site, Site.id == Pool.site_id)
    found = found.outerjoin(Number, Number.pool_id == Pool.id).where(*_of_site(question))
    return found.group_by(*keys)


def _of_pools(session: Session, question: Question) -> Select[*tuple[Any, ...]]:
    is_found = case((Inquiry.attribution_status.in_(FOUND), 1), else_=0).label("found")
    more = (Inquiry.called, is_found, literal(1.0).label("credit"))
    rows = facts(session, question, question.period, *more, only=_calls(question))
    found = select(Pool.id, func.sum(rows.c.found), *sums(rows.c)).join(Number, Number.pool_id == Pool.id)
    return found.join(rows, rows.c.called == Number.e164).where(*_of_site(question)).group_by(Pool.id)


def _before(question: Question) -> Select[*tuple[Any, ...]]:
    found = select(Pool.id, func.count()).join(Number, Number.pool_id == Pool.id)
    found = found.join(Inquiry, Inquiry.called == Number.e164).where(*of_period(question, question.period.before()))
    return found.where(*_calls(question), *_of_site(question)).group_by(Pool.id)


def _of_site(question: Question) -> Sequence[ColumnElement[bool]]:
    return [Pool.site_id == question.site_id] if question.site_id is not None else []


def _leases(period: Period) -> Select[*tuple[Any, ...]]:
    in_period = (PoolHour.hour >= period.since, PoolHour.hour < period.until)
    figures = (func.sum(PoolHour.wanted), func.sum(PoolHour.granted), func.sum(PoolHour.shared))
    return select(PoolHour.pool_id, *figures).where(*in_period).group_by(PoolHour.pool_id)
