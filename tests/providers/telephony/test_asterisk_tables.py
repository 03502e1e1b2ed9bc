"""The call tables of an Asterisk, in real databases: which calls they tell, and from where they are read on."""

from __future__ import annotations

import dataclasses
import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from call_tables import ANSWERED, CALL, END, LOST, PHONE, START, CallTables, cdr, cel_rows, missed_cdr
from one_call import ANSWERED_CALL, CALLED, MISSED_CALL
from one_call import START as BEGAN

from tracker.errors import InvalidInput, Unavailable
from tracker.inquiries.calls import CallState, fold
from tracker.inquiries.events import CallStage, CallStatus
from tracker.providers.telephony.asterisk import AsteriskTables
from tracker.providers.telephony.asterisk.database import check_address
from tracker.providers.telephony.polled import Batch

CONTEXTS = "from-trunk*,from-pstn*"
SINCE = BEGAN - timedelta(minutes=1)
NOW = BEGAN + timedelta(minutes=5)


def provider(address: str, table: str = "cdr", **more: str) -> AsteriskTables:
    settings = {"database_url": address, "table": table, "timezone": "", "contexts": CONTEXTS} | more
    return AsteriskTables(settings, "RU", "Europe/Moscow")


def said(*rows: dict[str, Any]) -> CallState:
    """What the rows of one call come to, whatever their order of telling."""
    events = provider("sqlite:///x").read(json.dumps({"rows": rows}).encode())
    assert fold(events) == fold(events[::-1])
    return fold(events)


@pytest.fixture
def tables(database_url: str) -> CallTables:
    return CallTables(database_url)


@pytest.fixture
def small(tmp_path: Path) -> CallTables:
    return CallTables(f"sqlite:///{tmp_path / 'pbx.db'}")


def looked(tables: CallTables, table: str, place: dict[str, Any] | None = None, since: datetime = SINCE) -> Batch:
    batches = list(provider(tables.address, table).look(place or {}, since, NOW))
    assert len(batches) < 2
    return batches[0] if batches else Batch((), place or {})


@pytest.mark.parametrize("table", ["cdr", "cel"])
def test_both_calls_are_told_as_everywhere(tables: CallTables, table: str) -> None:
    given_up = [START, ("12:30:09", "CHAN_START", "101", {}), ("12:30:30", "HANGUP", "trunk", {})]
    tables.put("cdr", cdr(), missed_cdr(), cdr(did="", dcontext="from-internal", uniqueid="1773480605.60", linkedid=""))
    tables.put("cel", *cel_rows(ANSWERED), *cel_rows(given_up, LOST))

    batch = looked(tables, table)

    states = {told.call_id: fold(provider("sqlite:///x").read(told.body)) for told in batch.told}
    assert states == {CALL: ANSWERED_CALL, LOST: MISSED_CALL}
    assert all(told.is_over for told in batch.told)


@pytest.mark.parametrize("table", ["cdr", "cel"])
def test_look_goes_on_where_the_last_one_stopped(tables: CallTables, table: str) -> None:
    tables.put("cdr", cdr())
    tables.put("cel", *cel_rows(ANSWERED))
    first = looked(tables, table)

    long = {"calldate": "2026-03-14 12:29:50", "duration": 600, "billsec": 580}
    tables.put("cdr", cdr(uniqueid=LOST, linkedid=LOST, **long))  # began earlier, is written later
    tables.put("cel", *cel_rows(ANSWERED, LOST))
    second = looked(tables, table, dict(first.place))

    assert [told.call_id for told in first.told] == [CALL]
    assert {told.call_id for told in second.told} == {CALL, LOST}
    assert first.told[0] in second.told  # the very same bytes, which the caller knows


def test_call_under_way_is_told_again_when_it_is_over(small: CallTables) -> None:
    small.put("cel", *cel_rows(ANSWERED)[:6])
    under_way = looked(small, "cel")
    small.put("cel", *cel_rows(ANSWERED)[6:])
    over = looked(small, "cel", dict(under_way.place))

    assert [told.is_over for told in (*under_way.told, *over.told)] == [False, True]
    events = [event for told in (*over.told, *under_way.told) for event in provider("sqlite:///x").read(told.body)]
    assert fold(events) == ANSWERED_CALL


def test_calls_from_before_the_connection_stay_away(small: CallTables) -> None:
    small.put("cdr", cdr())

    assert looked(small, "cdr", since=BEGAN + timedelta(seconds=1)).told == ()


def test_zone_of_the_connection_reads_the_times(small: CallTables) -> None:
    small.put("cdr", cdr())
    made = provider(small.address, timezone="Asia/Yekaterinburg")

    (batch,) = made.look({}, SINCE - timedelta(days=1), NOW)

    assert fold(made.read(batch.told[0].body)).started_at == BEGAN - timedelta(hours=2)


def test_table_of_mikopbx_is_read_by_its_own_names(small: CallTables) -> None:
    row = {
        "start": "2026-03-14 12:30:05.123",
        "src_chan": TRUNK_OF_MIKO,
        "src_num": "79160000017",
        "dst_chan": PHONE,
        "dst_num": "101",
        "UNIQUEID": "mikopbx-1773480605.42_x",
        "linkedid": "mikopbx-1773480605.42",
        "did": "74950000101",
        "disposition": "ANSWERED",
        "is_app": "",
        "duration": 85,
        "billsec": 73,
    }
    menu = row | {"dst_chan": "App:2", "is_app": "1", "duration": 4, "billsec": 4}
    small.put("cdr_general", menu, row)

    (told,) = looked(small, "cdr_general").told

    state = fold(provider("sqlite:///x").read(told.body))
    assert told.call_id == "mikopbx-1773480605.42"
    assert dataclasses.replace(state, started_at=BEGAN) == ANSWERED_CALL


TRUNK_OF_MIKO = "PJSIP/SIP-TRUNK-6a-0000002a"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({"disposition": "ANSWERED", "dstchannel": "", "billsec": 80}, CallStatus.MISSED),  # a voice menu answered
        ({"disposition": "ANSWERED", "dstchannel": "Local/5@vm-0001;1", "billsec": 20}, CallStatus.MISSED),  # voicemail
        ({"disposition": "BUSY", "billsec": 0}, CallStatus.BUSY),
        ({"disposition": "FAILED", "billsec": 0}, CallStatus.FAILED),
        ({"disposition": "NO ANSWER", "billsec": 0}, CallStatus.MISSED),
    ],
)
def test_outcome_without_a_talk(changes: dict[str, Any], status: CallStatus) -> None:
    assert said(cdr(**changes)).status == status


def test_ring_group_in_call_records_is_one_call() -> None:
    other = cdr(dstchannel="PJSIP/102-0000002c", disposition="NO ANSWER", billsec=0, duration=12, sequence=2)

    assert said(other, cdr()) == ANSWERED_CALL


def test_transfer_in_call_records_names_the_last_employee() -> None:
    second = cdr(calldate="2026-03-14 12:31:00", dstchannel="PJSIP/103-1", duration=30, billsec=30, uniqueid="1.9")

    state = said(cdr(duration=55, billsec=43), second)

    assert state == dataclasses.replace(ANSWERED_CALL, answered_by="103")


def test_trunk_without_a_did_column_names_the_number_as_destination() -> None:
    row = cdr(dcontext="from-trunk", dst="74950000101", clid='"Anna" <8 916 000-00-17>', src="", cnum="")
    del row["did"]

    assert said(row) == ANSWERED_CALL


@pytest.mark.parametrize(
    ("first", "called"),
    [
        ({"exten": "s", "cid_dnid": "74950000101"}, CALLED),
        ({"exten": "login", "cid_dnid": "login"}, CALLED),  # by the step in ext-did
        ({"exten": "4950000101"}, CALLED),
    ],
)
def test_dialled_number_in_channel_events(first: dict[str, Any], called: str) -> None:
    at, kind, channel, more = START
    route = ("12:30:05", "APP_START", "trunk", {"context": "ext-did-0002", "exten": "84950000101"})

    assert said(*cel_rows([(at, kind, channel, {**more, **first}), route, *ANSWERED[1:]])).called == called


def test_caller_that_appears_late_is_found() -> None:
    at, kind, channel, more = START
    late = ("12:30:06", "ANSWER", "trunk", {"cid_num": "79160000017"})

    state = said(*cel_rows([(at, kind, channel, {**more, "cid_num": ""}), late, *ANSWERED[1:]]))

    assert state == ANSWERED_CALL


@pytest.mark.parametrize(
    ("rows", "status"),
    [
        ([START, ("12:30:06", "ANSWER", "trunk", {}), END], CallStatus.MISSED),  # gave up in the voice menu
        ([START, ("12:30:30", "HANGUP", "trunk", {"extra": '{"hangupcause":17}'})], CallStatus.BUSY),
        ([START, ("12:30:30", "HANGUP", "trunk", {"extra": '{"dialstatus":"CHANUNAVAIL"}'})], CallStatus.FAILED),
        ([START, ("12:30:30", "CHAN_END", "trunk", {"extra": "{broken"})], CallStatus.MISSED),
        (
            [START, ("12:30:20", "BRIDGE_ENTER", "trunk", {"extra": '{"bridge_technology":"holding_bridge"}'}), END],
            CallStatus.MISSED,
        ),
        ([START, ("12:30:20", "BRIDGE_ENTER", "trunk", {"peer": "Local/5@vm-0001;1"}), END], CallStatus.MISSED),
        ([START], CallStatus.RINGING),
    ],
)
def test_channel_events_without_a_talk(rows: list[Any], status: CallStatus) -> None:
    assert said(*cel_rows(rows)).status == status


def test_phone_behind_a_local_channel_is_found() -> None:
    rows = [
        *ANSWERED[:4],
        ("12:30:17", "BRIDGE_ENTER", "trunk", {"peer": "Local/101@from-queue-0001;1"}),
        *ANSWERED[6:],
    ]

    assert said(*cel_rows(rows)) == ANSWERED_CALL


def test_numeric_types_and_seconds_since_1970_are_read() -> None:
    numbers = {"CHAN_START": 1, "HANGUP": 3, "ANSWER": 4, "BRIDGE_ENTER": 7, "BRIDGE_EXIT": 8, "CHAN_END": 2}
    rows = cel_rows(ANSWERED[:-1])
    for row in rows:
        row["eventtype"] = numbers[row["eventtype"]]
        local = datetime.fromisoformat(row["eventtime"]).replace(tzinfo=UTC) - timedelta(hours=3)
        row["eventtime"] = f"{local.timestamp():.6f}"

    assert said(*rows) == ANSWERED_CALL


def test_outgoing_call_is_none_of_ours(small: CallTables) -> None:
    at, kind, channel, more = START
    small.put("cel", *cel_rows([(at, kind, channel, {**more, "context": "from-internal"}), *ANSWERED[1:]]))

    assert looked(small, "cel").told == ()


def test_row_that_cannot_be_read_is_kept(small: CallTables) -> None:
    small.put("cdr", cdr(duration=None), cdr(uniqueid=LOST, linkedid=LOST, calldate="2026-03-14 99:30:05"))

    told = {one.call_id: one for one in looked(small, "cdr").told}

    assert set(told) == {CALL, LOST}
    with pytest.raises(InvalidInput):
        provider("sqlite:///x").read(told[LOST].body)


def test_table_that_is_not_there_and_one_of_something_else_are_said(small: CallTables) -> None:
    with small.engine.begin() as connection:
        connection.exec_driver_sql("CREATE TABLE queue_log (time datetime, uniqueid text)")

    with pytest.raises(InvalidInput, match="no table 'cdrs'"):
        looked(small, "cdrs")
    with pytest.raises(InvalidInput, match="no table of calls"):
        looked(small, "queue_log")


def test_database_that_is_away_is_asked_again(tmp_path: Path) -> None:
    with pytest.raises(Unavailable, match="unable to open"):
        list(provider(f"sqlite:///{tmp_path / 'none.db'}").look({}, SINCE, NOW))

    assert not (tmp_path / "none.db").exists()


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("mysql://skvoz:s3cr3t@192.0.2.5/asteriskcdrdb", "pip install PyMySQL"),
        ("oracle://x", "only mysql"),
        ("just text", "write it as"),
    ],
)
def test_address_that_cannot_be_used_says_what_to_do(
    address: str, sentence: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "pymysql", None)  # as if it were not installed
    with pytest.raises(InvalidInput, match=sentence) as caught:
        check_address(address)

    assert "s3cr3t" not in str(caught.value)


def test_events_come_in_the_stages_of_the_call() -> None:
    events = provider("sqlite:///x").read(json.dumps({"rows": cel_rows(ANSWERED)}).encode())

    assert [event.stage for event in events] == [CallStage.RINGING, CallStage.ANSWERED, CallStage.ENDED]
