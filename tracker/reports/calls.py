"""Calls by the hour in which they began, and by the pool whose number was dialled."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import ColumnElement, Select, func, select
from sqlalchemy.orm import Session

from tracker.inquiries.events import InquiryKind
from tracker.inquiries.models import AttributionStatus, Inquiry
from tracker.pools.models import Number, Pool, PoolHour, PoolKind
from tracker.reports.breakdown import LOST, Line, Question, add
from tracker.reports.counting import real_inquiries
from tracker.reports.periods import Period

FOUND = (AttributionStatus.CERTAIN, AttributionStatus.PROBABLE, AttributionStatus.GIVEN, AttributionStatus.STATIC)


def by_hour(session: Session, question: Question) -> list[Line]:
    """24 lines, one for each hour of the day in the zone of the period; their key is the hour, `09`."""
    zone = ZoneInfo(question.period.zone)
    lines = [Line((f"{hour:02}",)) for hour in range(24)]
    times = select(Inquiry.at, Inquiry.status)
    for at, status in session.execute(times.where(*_calls(question, question.period))):
        add(lines[at.astimezone(zone).hour], InquiryKind.CALL, status, 1)
    for at, _status in session.execute(times.where(*_calls(question, question.period.before()))):
        lines[at.astimezone(zone).hour].before += 1
    return lines


@dataclass
class PoolLine:
    """How one pool did. `found` are the calls whose source is known; `before` the calls of the period before."""

    key: str
    kind: PoolKind
    numbers: int
    calls: int = 0
    missed: int = 0
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
    lines = {pool_id: PoolLine(key, kind, numbers) for pool_id, key, kind, numbers in session.execute(_pools(question))}
    for pool_id, status, match, calls in session.execute(_of_pools(question, question.period)):
        line = lines[pool_id]
        line.calls += calls
        line.missed += calls if status in LOST else 0
        line.found += calls if match in FOUND else 0
    for pool_id, _status, _match, calls in session.execute(_of_pools(question, question.period.before())):
        lines[pool_id].before += calls
    for pool_id, wanted, granted, shared in session.execute(_leases(question.period)):
        if pool_id in lines:
            lines[pool_id].wanted, lines[pool_id].granted, lines[pool_id].shared = wanted, granted, shared
    return sorted(lines.values(), key=lambda one: (-one.calls, one.key))


def _calls(question: Question, period: Period) -> list[ColumnElement[bool]]:
    wanted = [Inquiry.kind == InquiryKind.CALL, Inquiry.at >= period.since, Inquiry.at < period.until]
    if question.site_id is not None:
        wanted.append(Inquiry.site_id == question.site_id)
    return wanted + real_inquiries()


def _pools(question: Question) -> Select[Any, Any, Any, Any]:
    found = select(Pool.id, Pool.key, Pool.kind, func.count(Number.id)).outerjoin(Number, Number.pool_id == Pool.id)
    if question.site_id is not None:
        found = found.where(Pool.site_id == question.site_id)
    return found.group_by(Pool.id, Pool.key, Pool.kind)


def _of_pools(question: Question, period: Period) -> Select[Any, Any, Any, Any]:
    keys = (Pool.id, Inquiry.status, Inquiry.attribution_status)
    found = (
        select(*keys, func.count())
        .select_from(Inquiry)
        .join(Number, Number.e164 == Inquiry.called)
        .join(Pool, Pool.id == Number.pool_id)
        .where(*_calls(question, period))
    )
    if question.site_id is not None:
        found = found.where(Pool.site_id == question.site_id)
    return found.group_by(*keys)


def _leases(period: Period) -> Select[Any, Any, Any, Any]:
    in_period = (PoolHour.hour >= period.since, PoolHour.hour < period.until)
    sums = select(PoolHour.pool_id, func.sum(PoolHour.wanted), func.sum(PoolHour.granted), func.sum(PoolHour.shared))
    return sums.where(*in_period).group_by(PoolHour.pool_id)
