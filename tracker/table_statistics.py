"""What a database knows about its tables when it plans a query: how many rows, and how many of them share a value.

PostgreSQL's autovacuum keeps that itself, but for partitioned tables as a whole; SQLite has nothing that nobody asked
for. Source: https://sqlite.org/lang_analyze.html; https://www.postgresql.org/docs/current/routine-vacuuming.html.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import text
from sqlalchemy.orm import Session

from tracker.database import writing

MOST_ROWS = 10_000  # of an index that SQLite reads; nobody else writes meanwhile


def renew(session: Session, partitioned: Sequence[str]) -> None:
    """Counts again what the database does not count by itself; every connection plans by it from then on.

    Args:
        partitioned: names of tables that PostgreSQL keeps in partitions.
    """
    if session.get_bind().dialect.name == "sqlite":
        _renew_on_sqlite(session)
    else:
        with writing(session):
            session.execute(text(f"ANALYZE {', '.join(partitioned)}"))


def _renew_on_sqlite(session: Session) -> None:
    """Other connections read statistics with the schema, so that has to change: hence the table goes first."""
    with writing(session):
        session.execute(text(f"PRAGMA analysis_limit = {MOST_ROWS}"))
        session.execute(text("DROP TABLE IF EXISTS sqlite_stat1"))
        session.execute(text("ANALYZE"))
