"""Instants in SQL, alike on both databases: seconds since 1970, days before, and the hour and day of a zone.

SQLite knows no zones, so the offsets of a zone are written into the statement: one for each stretch between changes
of its clocks.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from sqlalchemy import BigInteger, SQLColumnExpression, case, literal
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from tracker.database import UtcDateTime

HOUR, DAY = 3600, 86_400  # seconds
THURSDAY = 3  # the weekday of 1970-01-01, Monday being 0
EARLIEST, LATEST = datetime(2020, 1, 1, tzinfo=UTC), datetime(2040, 1, 1, tzinfo=UTC)
STEP = timedelta(days=1)  # no zone changes its clocks twice within it


class seconds_of(FunctionElement[int]):
    """Whole seconds from 1970 to an instant: `seconds_of(Inquiry.at)`."""

    type = BigInteger()
    inherit_cache = True


class days_before(FunctionElement[datetime]):
    """So many times 24 hours before an instant, to the millisecond: `days_before(Inquiry.at, 30)`."""

    type = UtcDateTime()
    inherit_cache = True


@compiles(seconds_of, "sqlite")
def _seconds_on_sqlite(element: Any, compiler: Any, **how: Any) -> str:
    return f"CAST(strftime('%s', {compiler.process(element.clauses, **how)}) AS INTEGER)"


@compiles(seconds_of, "postgresql")
def _seconds_on_postgresql(element: Any, compiler: Any, **how: Any) -> str:
    return f"CAST(floor(extract(epoch FROM {compiler.process(element.clauses, **how)})) AS BIGINT)"


@compiles(days_before, "sqlite")
def _before_on_sqlite(element: Any, compiler: Any, **how: Any) -> str:
    at, days = (compiler.process(part, **how) for part in element.clauses)
    return f"strftime('%Y-%m-%d %H:%M:%f', {at}, '-' || {days} || ' days')"


@compiles(days_before, "postgresql")
def _before_on_postgresql(element: Any, compiler: Any, **how: Any) -> str:
    at, days = (compiler.process(part, **how) for part in element.clauses)
    return f"({at} - make_interval(hours => 24 * CAST({days} AS INTEGER)))"


def hour_of(at: SQLColumnExpression[datetime], zone: str) -> Any:
    """The hour of the day there, 0 to 23."""
    return _local(at, zone) // HOUR % 24


def weekday_of(at: SQLColumnExpression[datetime], zone: str) -> Any:
    """The day of the week there, Monday is 0."""
    return (_local(at, zone) // DAY + THURSDAY) % 7


def day_of(at: SQLColumnExpression[datetime], zone: str) -> Any:
    """The day there, counted from 1970-01-01."""
    return _local(at, zone) // DAY


def _local(at: SQLColumnExpression[datetime], zone: str) -> Any:
    *stretches, (_, last) = _offsets(zone)
    if not stretches:
        return seconds_of(at) + last
    return seconds_of(at) + case(*((at < end, literal(offset, BigInteger())) for end, offset in stretches), else_=last)


@lru_cache(maxsize=64)
def _offsets(zone: str) -> tuple[tuple[datetime, int], ...]:
    """Seconds that a zone is ahead of UTC, each with the instant at which that ends; the last one has no end."""
    found, at, present = [], EARLIEST, _offset(zone, EARLIEST)
    while at < LATEST:
        after = _offset(zone, at + STEP)
        if after != present:
            found.append((_change(zone, at, present), present))
            present = after
        at += STEP
    return (*found, (LATEST, present))


def _change(zone: str, after: datetime, present: int) -> datetime:
    """The second within the day after an instant at which a zone's offset changes."""
    low, high = 0, DAY
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (middle, high) if _offset(zone, after + timedelta(seconds=middle)) == present else (low, middle)
    return after + timedelta(seconds=high)


def _offset(zone: str, at: datetime) -> int:
    offset = at.astimezone(ZoneInfo(zone)).utcoffset()
    return round(offset.total_seconds()) if offset else 0
