"""Tables of calls as an Asterisk keeps them, with the calls of `one_call.py` and others in them; Moscow time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from sqlalchemy import NullPool, create_engine, text

CALL, LOST = "1773480605.42", "1773480605.50"
TRUNK, PHONE = "PJSIP/trunk-msk-0000002a", "PJSIP/101-0000002b"

CDR = """CREATE TABLE cdr (calldate {time}, clid varchar(80), src varchar(80), dst varchar(80), dcontext varchar(80),
channel varchar(80), dstchannel varchar(80), lastapp varchar(80), duration int, billsec int, disposition varchar(45),
uniqueid varchar(32), did varchar(50), recordingfile varchar(255), cnum varchar(80), linkedid varchar(32),
sequence int)"""
CEL = """CREATE TABLE cel (id int PRIMARY KEY, eventtype varchar(30), eventtime {time}, cid_num varchar(80),
cid_ani varchar(80), cid_dnid varchar(80), exten varchar(80), context varchar(80), channame varchar(80),
uniqueid varchar(32), linkedid varchar(32), peer varchar(80), extra varchar(512))"""
MIKO = """CREATE TABLE cdr_general ("start" varchar(30), src_chan varchar(80), src_num varchar(80),
dst_chan varchar(80), dst_num varchar(80), "UNIQUEID" varchar(64), linkedid varchar(64), did varchar(64),
disposition varchar(30), is_app varchar(1), duration int, billsec int)"""


class CallTables:
    """The PBX's own database at `url`; rows are put in as dictionaries of columns."""

    def __init__(self, url: str) -> None:
        self.engine = create_engine(url, poolclass=NullPool)
        time = "timestamp" if self.engine.dialect.name == "postgresql" else "datetime"
        with self.engine.begin() as connection:
            for statement in (CDR, CEL, MIKO):
                connection.execute(text(statement.format(time=time)))

    @property
    def address(self) -> str:
        return self.engine.url.render_as_string(hide_password=False)

    def put(self, table: str, *rows: Mapping[str, Any]) -> None:
        with self.engine.begin() as connection:
            for row in rows:
                columns = ", ".join(f'"{name}"' for name in row)
                values = ", ".join(f":{name}" for name in row)
                connection.execute(text(f"INSERT INTO {table} ({columns}) VALUES ({values})"), row)


def cdr(**changes: Any) -> dict[str, Any]:
    """The row of the answered call."""
    return {
        "calldate": "2026-03-14 12:30:05",
        "clid": '"79160000017" <79160000017>',
        "src": "79160000017",
        "dst": "101",
        "dcontext": "from-did-direct",
        "channel": TRUNK,
        "dstchannel": PHONE,
        "lastapp": "Dial",
        "duration": 85,
        "billsec": 73,
        "disposition": "ANSWERED",
        "uniqueid": CALL,
        "linkedid": CALL,
        "did": "74950000101",
        "cnum": "79160000017",
    } | changes


def missed_cdr(**changes: Any) -> dict[str, Any]:
    return cdr(
        **{"uniqueid": LOST, "linkedid": LOST, "duration": 25, "billsec": 0, "disposition": "NO ANSWER"} | changes
    )


def cel_rows(events: Sequence[tuple[str, str, str, Mapping[str, Any]]], call: str = CALL) -> list[dict[str, Any]]:
    """Rows from (time of day, type, suffix of the channel's id, other columns); the first channel is `call`."""
    base, _, number = call.partition(".")
    rows = []
    for place, (at, kind, channel, more) in enumerate(events):
        rows.append(
            {
                "id": int(number) * 1000 + place,
                "eventtype": kind,
                "eventtime": f"2026-03-14 {at}",
                "uniqueid": call if channel == "trunk" else f"{base}.{number}{channel}",
                "linkedid": call,
                "channame": TRUNK if channel == "trunk" else f"PJSIP/{channel}-0000002b",
                "context": "from-internal",
            }
            | more
        )
    return rows


START = ("12:30:05", "CHAN_START", "trunk", {"cid_num": "79160000017", "exten": "74950000101", "context": "from-trunk"})
END = ("12:31:30", "HANGUP", "trunk", {"extra": '{"hangupcause":16,"hangupsource":"","dialstatus":"ANSWER"}'})
ANSWERED = [
    START,
    ("12:30:09", "CHAN_START", "101", {}),
    ("12:30:17", "ANSWER", "101", {}),
    ("12:30:17", "ANSWER", "trunk", {"exten": "s"}),
    ("12:30:17", "BRIDGE_ENTER", "101", {"extra": '{"bridge_technology":"simple_bridge"}'}),
    ("12:30:17", "BRIDGE_ENTER", "trunk", {"peer": PHONE}),
    ("12:31:30", "BRIDGE_EXIT", "101", {}),
    ("12:31:30", "HANGUP", "101", {}),
    END,
    ("12:31:30", "CHAN_END", "trunk", {}),
    ("12:31:30", "LINKEDID_END", "trunk", {}),
]
