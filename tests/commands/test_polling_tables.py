"""The call tables of a PBX: alone, and behind a listener that was away for a while."""

from __future__ import annotations

import sys
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from sqlalchemy import select, update
from world import EXAMPLE, World

sys.path.insert(0, str(Path(__file__).parents[1] / "providers" / "telephony"))
from call_tables import CALL, LOST, CallTables, cdr, missed_cdr

from tracker import clock
from tracker.commands import polling, switchboards
from tracker.database import writing
from tracker.extensions import db
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.inquiries.models import Inquiry, RawMessage, SourcePlace
from tracker.sites.models import Connection, ConnectionState

LINES = """\
      - key: tables
        provider: telephony/asterisk-sql
        settings: {{database_url: "{address}"}}
      - key: ami
        provider: telephony/asterisk
        settings: {{host: 192.0.2.5, username: u, secret: s, database_url: "{address}"}}
"""
NUMBER = "74957770001"


@pytest.fixture
def tables(world: World, tmp_path: Path) -> CallTables:
    made = CallTables(f"sqlite:///{tmp_path / 'pbx.db'}")
    world.apply(EXAMPLE.rstrip() + "\n" + LINES.format(address=made.address))
    return made


def connection(key: str) -> Connection:
    db.session.rollback()
    return db.session.scalars(select(Connection).where(Connection.key == key)).one()


def look(world: World, key: str) -> None:
    number = connection(key).id
    with writing(db.session()) as session:
        session.execute(update(SourcePlace).where(SourcePlace.connection_id == number).values(next_at=clock.now()))
    polling.look(world.services, number)


def began(at: datetime, **more: Any) -> dict[str, Any]:
    written = f"{at.astimezone(ZoneInfo('Europe/Moscow')):%Y-%m-%d %H:%M:%S}"
    return {"calldate": written, "did": NUMBER} | more


def test_calls_of_a_table_are_taken_once(world: World, tables: CallTables) -> None:
    look(world, "tables")
    at = clock.now() + timedelta(seconds=2)
    tables.put("cdr", cdr(**began(at)), missed_cdr(**began(at)))
    for _ in range(3):
        look(world, "tables")

    assert {(call["external_id"], call["status"]) for call in world.inquiries()} == {
        (CALL, "answered"),
        (LOST, "missed"),
    }
    assert world.count(RawMessage) == 2


def test_tables_complete_what_the_listener_has_missed_and_repeat_nothing(world: World, tables: CallTables) -> None:
    look(world, "ami")
    at = clock.now() + timedelta(seconds=2)
    who = "+79160000017", f"+{NUMBER}"
    heard = [
        CallEvent(CALL, CallStage.RINGING, *who, at),
        CallEvent(CALL, CallStage.ENDED, *who, at, started_at=at, status=CallStatus.ANSWERED, answered_by="101"),
        CallEvent("1773480605.70", CallStage.RINGING, *who, at),
        CallEvent("1773480605.70", CallStage.ENDED, *who, None, started_at=at, status=CallStatus.MISSED),
    ]
    switchboards._keep(world.services, connection("ami"), heard, "heard")
    tables.put("cdr", cdr(**began(at)), missed_cdr(**began(at)))
    tables.put("cdr", cdr(**began(at), uniqueid="1773480605.70", linkedid="1773480605.70"))

    for _ in range(2):
        look(world, "ami")

    calls = {call["external_id"]: call for call in world.inquiries()}
    assert set(calls) == {CALL, LOST, "1773480605.70"}
    assert (calls["1773480605.70"]["status"], calls["1773480605.70"]["talk_seconds"]) == ("answered", 73)
    assert world.count(RawMessage) == 4 + 2  # nothing was told of the call that was heard to its end


def test_listener_goes_on_though_its_tables_are_gone(world: World, tables: CallTables) -> None:
    with tables.engine.begin() as pbx:
        pbx.exec_driver_sql("DROP TABLE cdr")

    for key in ("ami", "tables"):
        look(world, key)

    listener, alone = connection("ami"), connection("tables")
    assert (listener.state, alone.state) == (ConnectionState.OK, ConnectionState.BROKEN)
    assert "no table 'cdr'" in str(alone.state_sentence)
    assert "no table 'cdr'" in str(db.session.get_one(SourcePlace, listener.id).error)


def test_listener_without_tables_is_not_asked(world: World, tables: CallTables) -> None:
    line = "      - {key: plain, provider: telephony/freepbx, settings: {host: 192.0.2.5, username: u, secret: s}}\n"
    world.apply(EXAMPLE.rstrip() + "\n" + LINES.format(address=tables.address) + line)

    due = polling._sources(world.services)

    assert sorted(due) == sorted(connection(key).id for key in ("ami", "tables"))
    assert world.count(Inquiry) == 0
