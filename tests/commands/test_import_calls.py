"""Tables of calls are taken once, in any usual spelling."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner
from sqlalchemy import select
from world import EXAMPLE, World

from tracker.commands.import_calls import import_calls, rows
from tracker.errors import InvalidInput, NotFound
from tracker.extensions import db
from tracker.inquiries.models import Inquiry

TABLE = """call_id,started_at,from,to,status,talk_seconds
7,2026-03-14 12:30:05,89161234567,+74957770001,answered,73
8,2026-03-14 12:40:00,,+74957770001,missed,0
9,soon,89161234567,+74957770001,missed,0
"""


@pytest.fixture
def tables(world: World) -> World:
    line = "      - {key: old, provider: telephony/mapped, settings: {preset: csv, secret: unused}}\n"
    return world.apply(EXAMPLE.rstrip() + "\n" + line)


def take(world: World, key: str, table: str, folder: Path) -> str:
    (folder / "calls.csv").write_text(table)
    done = CliRunner().invoke(import_calls, [key, str(folder / "calls.csv")], catch_exceptions=False)
    return done.output


def test_rows_become_calls_once(tables: World, tmp_path: Path) -> None:
    for _ in range(2):
        said = take(tables, "old", TABLE, tmp_path)
        assert "2 calls taken, 1 rows not understood." in said
        assert "line 4: started_at is not a time: 'soon'" in said

    db.session.rollback()
    calls = list(db.session.scalars(select(Inquiry).order_by(Inquiry.external_id)))
    assert [(call.external_id, call.caller, call.status, call.talk_seconds) for call in calls] == [
        ("7", "+79161234567", "answered", 73),
        ("8", None, "missed", 0),
    ]
    assert calls[0].at == datetime(2026, 3, 14, 9, 30, 5, tzinfo=UTC)


def test_connection_must_be_there_and_take_tables(tables: World, tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        take(tables, "none", TABLE, tmp_path)
    with pytest.raises(InvalidInput, match="telephony/mapped"):
        take(tables, "pbx", TABLE, tmp_path)


@pytest.mark.parametrize(
    "content",
    [
        "From;To;Started_At\n79161234567;74957770001;2026-03-14 12:30\n".encode("utf-8-sig"),
        b"from\tto\tstarted_at\n79161234567\t74957770001\t2026-03-14 12:30\n\n",
        "from,to,started_at,имя\n79161234567,74957770001,2026-03-14 12:30,\n".encode("cp1251"),
    ],
)
def test_usual_spellings_are_read_alike(content: bytes) -> None:
    (row,) = rows(content)

    assert row.pop("call_id").startswith("row-")
    assert row == {"from": "79161234567", "to": "74957770001", "started_at": "2026-03-14 12:30"}


def test_table_without_a_heading_is_refused() -> None:
    with pytest.raises(InvalidInput, match="name the columns"):
        list(rows(b""))
