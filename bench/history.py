"""What a page view costs by how many the database already holds: must not grow.

For each size an installation of its own is filled with a year of page views, then sends of the usual mix are leased and
stored. Three page views make a visit with one lease, two visits a visitor with two traits. Rows go straight into the
tables, with random keys, so that indexes are as scattered as real ones.

    python -m bench.history [--sizes 100000 1000000 10000000] [--requests 2000]
    python -m bench.history --sizes 1000000 --database-url postgresql+psycopg://…    (an empty database, one size)
"""

from __future__ import annotations

import argparse
import tempfile
import time
from pathlib import Path

from sqlalchemy import text
from sqlalchemy.orm import Session

from bench.installation import Installation, cpu_of, difference
from bench.load import Crowd, run
from bench.way_in import wait_until_stored
from tracker import upkeep
from tracker.database import writing
from tracker.extensions import db

NUMBERS = 20_000
CHUNK = 100_000  # visits in one transaction

# What the two databases write differently: {n} counts visits, {size} is how many there will be.
WORDS = {
    "sqlite": {
        "random": "lower(hex(randomblob(12)))",
        "started": "datetime('now', '-' || (({size} + 1 - n) * 31536000 / {size}) || ' seconds') || '.000000'",
        "month": "strftime('%Y-%m-01 00:00:00.000000', started)",
        "later": "datetime(started, '+15 minutes') || '.000000'",
        "yes": "1",
        "no": "0",
    },
    "postgresql": {
        "random": "substr(md5(random()::text || n), 1, 24)",
        "started": "now() - ({size} + 1 - n) * 31536000.0 / {size} * interval '1 second'",
        "month": "date_trunc('month', started, 'UTC')",
        "later": "started + interval '15 minutes'",
        "yes": "true",
        "no": "false",
    },
}
SERIES = """WITH RECURSIVE
counted(n) AS (SELECT CAST(:first AS BIGINT) UNION ALL SELECT n + 1 FROM counted WHERE n < :last),
series AS (SELECT n, {started} AS started FROM counted) """
# Visitor n / 2 makes the visits n and n + 1; the ids are given, so that every row knows the other's.
STATEMENTS = (
    """INSERT INTO visitors (id, site_id, key, first_at, last_at, ip, ga_client_id, is_test)
    {series} SELECT n / 2, 1, 'aaaaaaaa' || {random}, started, {later}, '10.1.2.3', n || '.1700000000', {no}
    FROM series WHERE n % 2 = 0""",
    """INSERT INTO visitor_traits (visitor_id, kind, value, first_at, last_at)
    {series} SELECT n / 2, 'ip', '10.' || n % 200 || '.' || n / 200 % 250 || '.' || n / 50000, started, {later}
    FROM series WHERE n % 2 = 0""",
    """INSERT INTO visitor_traits (visitor_id, kind, value, first_at, last_at)
    {series} SELECT n / 2, 'ga', n || '.1700000000', started, {later} FROM series WHERE n % 2 = 0""",
    """INSERT INTO visits (id, site_id, visitor_id, key, started_at, last_at, source, medium, channel, named_by,
        is_paid, click_ids, landing_page, landing_path, ip, ga_sessions, device, browser, os, is_test)
    {series} SELECT n, 1, n / 2, {random}, started, {later}, 'google', 'cpc', 'paid-search', 'utm', {yes}, '{{}}',
        'https://example.com/?utm_source=google&utm_medium=cpc', 'example.com/', '10.1.2.3', '{{}}', 'desktop',
        'Chrome', 'Windows', {no} FROM series""",
    """INSERT INTO page_views (visit_id, key, month, at, url, title)
    {series} SELECT n, substr({random}, 1, 15) || page, {month}, started, 'https://example.com/catalogue/windows',
        'Windows and doors' FROM series CROSS JOIN (SELECT 1 AS page UNION SELECT 2 UNION SELECT 3) pages""",
    """INSERT INTO leases (site_id, pool_id, number, visitor_id, visit_id, started_at, last_beat_at, until, is_shared)
    {series} SELECT 1, 1, '+7495' || substr(CAST(10000000 + n * 7919 % {numbers} AS TEXT), 2), n / 2, n, started,
        {later}, {later}, {no} FROM series""",
)


def main() -> None:
    asked = _arguments()
    for size in asked.sizes:
        with tempfile.TemporaryDirectory(prefix="skvoz-") as folder:
            ours = Installation(Path(folder), asked.database_url)
            ours.add_site(NUMBERS)
            began = time.monotonic()
            held = _fill(ours, size // 3)
            filled = time.monotonic() - began
            print(f"{size:>10,} page views, {held / 1e6:,.0f} MB, filled in {filled:.0f} s: ", end="", flush=True)
            ours.start()
            try:
                print(_measure(ours, asked.requests), flush=True)
            finally:
                ours.stop()
                ours.close()


def _fill(ours: Installation, visits: int) -> int:
    """Returns how many bytes the database takes then, indexes included."""
    with ours.app.app_context():
        session = db.session()
        dialect = session.get_bind().dialect.name
        words = {name: word.format(size=visits) for name, word in WORDS[dialect].items()}
        words |= {"numbers": str(NUMBERS), "series": SERIES.format(**words)}
        statements = [text(statement.format(**words)) for statement in STATEMENTS]
        if dialect == "sqlite":
            session.execute(text("PRAGMA cache_size = -500000"))
        for first in range(2, visits + 2, CHUNK):
            with writing(session):
                for statement in statements:
                    session.execute(statement, {"first": first, "last": min(first + CHUNK, visits + 2) - 1})
        upkeep.renew_statistics()
        return _bytes(session, dialect)


def _bytes(session: Session, dialect: str) -> int:
    if dialect == "postgresql":
        for table in ("visitors_id_seq", "visits_id_seq"):
            session.execute(text(f"SELECT setval('{table}', (SELECT max(id) FROM visits))"))
        session.execute(text("ANALYZE"))
        session.commit()
        return int(session.scalar(text("SELECT pg_database_size(current_database())")) or 0)
    return int(session.scalar(text("SELECT page_count * page_size FROM pragma_page_count, pragma_page_size")) or 0)


def _measure(ours: Installation, count: int) -> str:
    crowd = Crowd()
    run(ours.port, [crowd.view() for _ in range(500)])
    wait_until_stored(ours)
    requests = [crowd.view() for _ in range(count)]
    start = _cpu_seconds(ours)
    run(ours.port, requests)
    wait_until_stored(ours)
    spent = difference(_cpu_seconds(ours), start)
    return ", ".join(f"{name} {used / count * 1000:.2f}" for name, used in spent.items()) + " ms CPU a view"


def _cpu_seconds(ours: Installation) -> dict[str, float]:
    """CPU used so far by each part, and by the processes of PostgreSQL, which must run on this machine."""
    spent = ours.cpu_seconds()
    with ours.app.app_context():
        session = db.session()
        if session.get_bind().dialect.name == "postgresql":
            pids = session.scalars(text("SELECT pid FROM pg_stat_activity WHERE pid <> pg_backend_pid()")).all()
            spent["database"] = sum(map(cpu_of, pids))
        session.rollback()
    return spent


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--sizes", type=int, nargs="+", default=[100_000, 1_000_000, 10_000_000])
    parser.add_argument("--requests", type=int, default=2_000)
    parser.add_argument("--database-url")
    return parser.parse_args()


if __name__ == "__main__":
    main()
