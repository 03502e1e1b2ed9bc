"""What a database knows about its tables when it plans a query: how many rows, and how many of them share a value.

PostgreSQL's autovacuum keeps that itself, but for partitioned tables as a whole; SQLite has nothing that nobody asked
for. Source: https://sqlite.org/lang_analyze.html; https://www.postgresql.org/docs/current/routine-vacuuming.html.
"""

from __future__ import annotations

import time
from collections.abc import Sequence

from sqlalchemy import inspect, text
from sqlalchemy.orm import Session

from tracker.database import writing


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
    """Reads every index whole: of a part (`analysis_limit`) it takes a column that begins with NULLs for all alike.

    It knows the mean alone, and would rather read all deliveries than look the few up that wait among very many sent:
    so it is left to guess about indexes that begin with a status.
    """
    for table in inspect(session.connection()).get_table_names():
        began = time.monotonic()
        with writing(session):
            session.execute(text(f'ANALYZE "{table}"'))
        time.sleep(time.monotonic() - began)  # others write meanwhile
    with writing(session):
        session.execute(text(r"DELETE FROM sqlite_stat1 WHERE idx LIKE '%\_status' ESCAPE '\'"))
        session.execute(text("ANALYZE sqlite_master"))  # counts nothing: this connection reads what stands there now
        # the others read statistics when the schema has changed, and at no other time
        session.execute(text("CREATE TABLE statistics_renewed (at TEXT)"))
        session.execute(text("DROP TABLE statistics_renewed"))
