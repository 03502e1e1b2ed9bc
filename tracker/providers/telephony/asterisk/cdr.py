"""A call out of its rows in the table of call detail records (CDR): one row per attempt to reach somebody.

A row is written when its part is over, with the time it began. `disposition` speaks of the caller's side: a voice menu
answers as well, so only a row with a phone on the other end is a talk.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta

from tracker.inquiries.events import CallEvent, CallStatus
from tracker.providers.telephony.asterisk.calls import extension
from tracker.providers.telephony.asterisk.context import is_trunk
from tracker.providers.telephony.message import Message
from tracker.providers.telephony.pushing import finished

KEYS = ("linkedid", "uniqueid")
TIMES = ("calldate", "start")
COLUMNS = (
    *KEYS, *TIMES, "sequence", "clid", "src", "cnum", "src_num", "src_name", "dst", "dst_num", "did", "dcontext",
    "channel", "dstchannel", "dst_chan", "lastapp", "duration", "billsec", "disposition", "is_app",
)  # fmt: skip
NEVER_REACHED = {"FAILED", "CONGESTION"}
NUMBER = re.compile(r"<([^<>]*)>\s*$")  # "Anna" <79160000017>


def events(rows: Sequence[Message], contexts: Sequence[str]) -> list[CallEvent]:
    """Returns the end of an incoming call; none for another call."""
    first = min(rows, key=_began)
    dialled = next((row for row in rows if row.text("did")), None)
    is_trunks = is_trunk(first.text("dcontext") or "", contexts)
    if dialled is None and not is_trunks:
        return []
    called = dialled.number("did") if dialled else None
    if called is None and is_trunks:
        called = first.number("dst", "dst_num")
    talks = [row for row in rows if _is_talk(row)]
    return [
        finished(
            first.needed(*KEYS),
            _caller(rows),
            called,
            started_at=_began(first),
            answered_at=min((_answered(row) for row in talks), default=None),
            ended_at=max(_ended(row) for row in rows),
            status=_status(rows, bool(talks)),
            answered_by=extension(max(talks, key=_answered).text("dstchannel", "dst_chan") or "") if talks else None,
        )
    ]


def _began(row: Message) -> datetime:
    return row.moment(*TIMES)


def _ended(row: Message) -> datetime:
    return _began(row) + timedelta(seconds=row.seconds("duration") or 0)


def _answered(row: Message) -> datetime:
    return _ended(row) - timedelta(seconds=row.seconds("billsec") or 0)


def _is_talk(row: Message) -> bool:
    channel = row.text("dstchannel", "dst_chan") or ""
    is_phone = "/" in channel and not channel.startswith("Local/") and row.text("is_app") != "1"
    return is_phone and (row.text("disposition") or "").upper() == "ANSWERED"


def _status(rows: Sequence[Message], is_answered: bool) -> CallStatus:
    if is_answered:
        return CallStatus.ANSWERED
    said = {(row.text("disposition") or "").upper() for row in rows}
    if said == {"BUSY"}:
        return CallStatus.BUSY
    return CallStatus.FAILED if said and said <= NEVER_REACHED else CallStatus.MISSED


def _caller(rows: Sequence[Message]) -> str | None:
    said = next((caller for row in rows if (caller := row.caller("cnum", "src", "src_num"))), None)
    if said:
        return said
    shown = next((found[1] for row in rows if (found := NUMBER.search(row.text("clid") or ""))), "")
    return rows[0].of({"clid": shown}).caller("clid")
