"""The months of page views and visit events: partitions of PostgreSQL, made ahead and dropped when they are old.

What comes for a month that nobody has prepared goes to the default partition and moves when its month is made.
SQLite has no partitions; there the rows go with their visits. See docs/decisions/0017-months.md.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from sqlalchemy import text
from sqlalchemy.orm import Session

from tracker import clock
from tracker.visits.models import PageView, VisitEvent

TABLES = (PageView.__tablename__, VisitEvent.__tablename__)
AHEAD = 2  # months; a worker that is away for that long has other troubles
LOCK = 7_305_102  # PostgreSQL advisory lock: any constant that nobody else uses


def prepare(session: Session, now: datetime) -> list[str]:
    """Makes the partitions of this month and the next two; returns the names of those that were missing."""
    if not _begin(session):
        return []
    wanted = [clock.months_later(clock.month_of(now), later) for later in range(AHEAD + 1)]
    present = {name for table in TABLES for name in _partitions(session, table)}
    missing = [(table, month) for table in TABLES for month in wanted if _name(table, month) not in present]
    for table, month in missing:
        _make(session, table, month)
    return [_name(table, month) for table, month in missing]


def drop(session: Session, before: datetime) -> set[datetime]:
    """Drops the partitions that end at this instant or earlier; returns their months."""
    if not _begin(session):
        return set()
    months = {name: _month(table, name) for table in TABLES for name in _partitions(session, table)}
    old = {name: month for name, month in months.items() if clock.months_later(month, 1) <= before}
    for name in old:
        session.execute(text(f"DROP TABLE {name}"))
    return set(old.values())


def _begin(session: Session) -> bool:
    """Whether there are partitions; if so, nobody else works on them, and no page view waits for us for long."""
    if session.get_bind().dialect.name != "postgresql":
        return False
    session.execute(text("SET LOCAL lock_timeout = '2s'"))
    session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})
    return True


def _make(session: Session, table: str, month: datetime) -> None:
    """A partition takes over what the default one has of its month, which it may not have any more then."""
    end = clock.months_later(month, 1)
    here = f"FROM {table}_default WHERE month >= '{month.isoformat()}' AND month < '{end.isoformat()}'"
    statements = (
        f"LOCK TABLE {table} IN ACCESS EXCLUSIVE MODE",  # its partitions after it, as whoever stores takes them
        f"CREATE TEMPORARY TABLE moving ON COMMIT DROP AS SELECT * {here}",
        f"DELETE {here}",
        f"CREATE TABLE {_name(table, month)} PARTITION OF {table} "
        f"FOR VALUES FROM ('{month.isoformat()}') TO ('{end.isoformat()}')",
        f"INSERT INTO {table} SELECT * FROM moving",  # noqa: S608  the names are our own
        "DROP TABLE moving",
    )
    for statement in statements:
        session.execute(text(statement))


def _partitions(session: Session, table: str) -> Iterator[str]:
    """Names of the months that there are; without the default partition."""
    found = text(
        "SELECT relname FROM pg_inherits JOIN pg_class c ON c.oid = inhrelid WHERE inhparent = CAST(:table AS regclass)"
    )
    yield from (name for name in session.scalars(found, {"table": table}) if name != f"{table}_default")


def _name(table: str, month: datetime) -> str:
    return f"{table}_{month:%Y_%m}"


def _month(table: str, name: str) -> datetime:
    return datetime.strptime(name.removeprefix(f"{table}_"), "%Y_%m").replace(tzinfo=UTC)
