"""What the planners know of the tables: SQLite everything, PostgreSQL the partitioned tables as a whole."""

from __future__ import annotations

from pathlib import Path

from sqlalchemy import create_engine, text
from sqlalchemy.orm import Session
from world import World

from tracker import table_statistics, upkeep
from tracker.database import prepare_engine
from tracker.extensions import db

QUERY = "SELECT id FROM things WHERE kind = 1 AND size = 1"


def fill(session: Session, kind: str, size: str) -> None:
    for statement in (
        "DELETE FROM things",
        f"INSERT INTO things (kind, size) WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n "
        f"WHERE i < 2000) SELECT {kind}, {size} FROM n",
    ):
        session.execute(text(statement))
    session.commit()


def plan(session: Session) -> str:
    session.execute(text(QUERY)).all()  # EXPLAIN alone does not look whether the schema has changed
    return str(session.execute(text(f"EXPLAIN QUERY PLAN {QUERY}")).all())


def test_open_connections_of_sqlite_plan_by_the_newest_statistics(tmp_path: Path) -> None:
    engine = create_engine(f"sqlite:///{tmp_path / 'things.db'}")
    prepare_engine(engine)
    with Session(engine) as worker, Session(engine) as web:
        worker.execute(text("CREATE TABLE things (id INTEGER PRIMARY KEY, kind INTEGER, size INTEGER)"))
        for column in ("kind", "size"):
            worker.execute(text(f"CREATE INDEX by_{column} ON things ({column})"))
        used = []
        for kind, size in (("i", "1"), ("1", "i")):
            fill(worker, kind, size)
            table_statistics.renew(worker, ())
            used.append(plan(web))
            web.rollback()

    assert ["by_kind" in used[0], "by_size" in used[1]] == [True, True]
    engine.dispose()


def test_postgresql_knows_its_partitioned_tables_as_a_whole(world: World) -> None:
    world.browser().open()
    world.store_visits()

    upkeep.renew_statistics()

    if db.engine.dialect.name == "postgresql":
        known = text("SELECT count(*) FROM pg_stats WHERE tablename = 'page_views' AND inherited")
        assert db.session.scalar(known)
    else:
        assert db.session.scalar(text("SELECT stat FROM sqlite_stat1 WHERE tbl = 'page_views'")).startswith("1 ")
