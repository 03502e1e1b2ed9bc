"""What the planners know of the tables: SQLite everything, PostgreSQL the partitioned tables as a whole."""

from __future__ import annotations

from pathlib import Path

import pytest
from sqlalchemy import create_engine, insert, select, text
from sqlalchemy.orm import Session
from world import World

from tracker import clock, table_statistics, upkeep
from tracker.database import prepare_engine, writing
from tracker.deliveries.models import Delivery, DeliveryStatus, SubjectType
from tracker.extensions import db
from tracker.sites.models import Connection

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


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_sqlite_looks_few_waiting_deliveries_up_among_many_sent(world: World) -> None:
    with writing(db.session()) as session:
        at, connection = clock.now(), session.scalars(select(Connection.id)).first()
        sent = {"subject_type": SubjectType.INQUIRY, "connection_id": connection, "wanted_revision": 1,
                "next_at": at, "entities": {}, "status": DeliveryStatus.SENT}  # fmt: skip
        rows = [sent | {"subject_id": number} for number in range(300)]
        session.execute(insert(Delivery), [*rows, sent | {"subject_id": 300, "status": DeliveryStatus.DEAD}])

    upkeep.renew_statistics()

    late = "SELECT count(*) FROM deliveries WHERE status IN ('pending', 'failed') AND created_at < '2000'"
    assert "ix_deliveries_status" in str(db.session.execute(text(f"EXPLAIN QUERY PLAN {late}")).all())


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_postgresql_knows_its_partitioned_tables_as_a_whole(world: World) -> None:
    world.browser().open()
    world.store_visits()

    upkeep.renew_statistics()

    assert db.session.scalar(text("SELECT count(*) FROM pg_stats WHERE tablename = 'page_views' AND inherited"))
