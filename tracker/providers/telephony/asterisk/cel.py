"""A call out of its rows in the table of channel events (CEL).

The first channel (`uniqueid` = `linkedid`) is the caller's; the `exten` with which it began is the number that was
dialled. Method of the Itgrix connector; fields as the CEL documentation of Asterisk 20 describes them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from fnmatch import fnmatch

from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.telephony.asterisk.calls import DID_CONTEXTS, HOLDING, NEVER_REACHED, extension
from tracker.providers.telephony.asterisk.context import is_trunk
from tracker.providers.telephony.message import Message
from tracker.providers.telephony.pushing import finished
from tracker.values import json_body

COLUMNS = (
    "id", "eventtype", "eventtime", "cid_num", "cid_ani", "cid_dnid", "exten", "context", "channame", "uniqueid",
    "linkedid", "peer", "extra", "eventextra",
)  # fmt: skip
# Backends with a numeric column write these. Source: include/asterisk/cel.h, since Asterisk 12.
NUMBERED = {"1": "CHAN_START", "2": "CHAN_END", "3": "HANGUP", "4": "ANSWER", "7": "BRIDGE_ENTER", "14": "LINKEDID_END"}
ENTERS = ("BRIDGE_ENTER", "BRIDGE_START")  # the second one until Asterisk 11
BUSY_CAUSE = "17"


@dataclass
class Talk:
    """When somebody first shared a bridge with the caller, and who did so last."""

    began_at: datetime | None = None
    who: str | None = None
    phones: list[str] = field(default_factory=list)  # that picked up, in their order


def events(rows: Sequence[Message], contexts: Sequence[str]) -> list[CallEvent]:
    """Returns what is known of an incoming call by now; none for another call.

    Args:
        rows: of one `linkedid`, in the order of the table.
    """
    first = next((row for row in rows if _kind(row) == "CHAN_START" and _is_first(row)), None)
    if first is None or not is_trunk(first.text("context") or "", contexts):
        return []
    own = [row for row in rows if row.text("uniqueid") == first.text("uniqueid")]
    call_id, started_at = first.needed("uniqueid"), first.moment("eventtime")
    who = _caller(own), _called(first, own)
    talk, end = _talk(rows, first.text("channame") or ""), _end(rows, own)
    told = [CallEvent(call_id, CallStage.RINGING, *who, started_at)]
    if talk.began_at:
        told.append(CallEvent(call_id, CallStage.ANSWERED, *who, talk.began_at, answered_by=talk.who))
    if end is not None:
        told.append(
            finished(
                call_id,
                *who,
                started_at=started_at,
                answered_at=talk.began_at,
                ended_at=end.moment("eventtime"),
                status=CallStatus.ANSWERED if talk.began_at else _unanswered(rows),
                answered_by=talk.who,
            )
        )
    return told


def _kind(row: Message) -> str:
    said = (row.text("eventtype") or "").upper()
    return NUMBERED.get(said, said)


def _is_first(row: Message) -> bool:
    return row.text("uniqueid") == row.text("linkedid")


def _caller(own: Sequence[Message]) -> str | None:
    """Some versions know the number only after the channel has begun."""
    return next((caller for row in own if (caller := row.caller("cid_num", "cid_ani"))), None)


def _called(first: Message, own: Sequence[Message]) -> str | None:
    routed = [row for row in own if fnmatch(row.text("context") or "", DID_CONTEXTS)]
    said = [first.number("exten"), first.number("cid_dnid"), *(row.number("exten") for row in routed)]
    return next((number for number in said if number), None)


def _talk(rows: Sequence[Message], caller: str) -> Talk:
    """Whoever enters a bridge with the caller, or finds him there; behind a Local channel it is who picked up last."""
    talk = Talk()
    for row in rows:
        name = row.text("channame") or ""
        if _kind(row) == "ANSWER" and name != caller and not name.startswith("Local/"):
            talk.phones.append(extension(name))
        if _kind(row) not in ENTERS or _technology(row) in HOLDING:
            continue
        there = [name, *(part.strip() for part in (row.text("peer") or "").split(","))]
        others = [one for one in there if one and one != caller]
        phones = [extension(one) for one in others if not one.startswith("Local/")] or (talk.phones if others else [])
        if caller in there and phones:
            talk.began_at, talk.who = talk.began_at or row.moment("eventtime"), phones[-1]
    return talk


def _end(rows: Sequence[Message], own: Sequence[Message]) -> Message | None:
    """The caller's channel decides; the end of all channels is told when its own rows are missing."""
    for kind, where in (("HANGUP", own), ("CHAN_END", own), ("LINKEDID_END", rows)):
        found = next((row for row in where if _kind(row) == kind), None)
        if found is not None:
            return found
    return None


def _unanswered(rows: Sequence[Message]) -> CallStatus:
    said = [_extra(row) for row in rows if _kind(row) == "HANGUP"]
    outcomes = {str(one.get("dialstatus") or "").upper() for one in said} - {""}
    if outcomes == {"BUSY"} or BUSY_CAUSE in {str(one.get("hangupcause")) for one in said}:
        return CallStatus.BUSY
    return CallStatus.FAILED if outcomes and outcomes <= NEVER_REACHED else CallStatus.MISSED


def _technology(row: Message) -> str:
    return str(_extra(row).get("bridge_technology") or "")


def _extra(row: Message) -> dict[str, object]:
    try:
        extra = json_body.parse(row.text("extra", "eventextra", limit=5000) or "{}")
    except ValueError:
        return {}
    return extra if isinstance(extra, dict) else {}
