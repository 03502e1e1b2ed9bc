"""What the events of a switchboard say about incoming calls. No wire, no clock: messages and times in, events out.

A channel is one phone's end of a call. The first one, of the trunk, is the caller's: it gives the call its id, and its
end is the end of the call. Whoever shares a bridge with it speaks with the caller; robots answer without a bridge.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from fnmatch import fnmatch

from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.telephony.asterisk.context import is_trunk
from tracker.providers.telephony.asterisk.frames import AmiMessage
from tracker.providers.telephony.message import ANONYMOUS
from tracker.providers.telephony.pushing import finished
from tracker.values import phone

DID_WAIT = timedelta(seconds=1)  # the dialled number may come a few events after the channel
DID_CONTEXTS = "ext-did*"  # inbound routes of FreePBX
DID_VARIABLES = ("FROM_DID", "DID")
HOLDING = ("holding_bridge", "holding")  # parked callers share one without hearing each other
NEVER_REACHED = {"CHANUNAVAIL", "CONGESTION"}


@dataclass
class Call:
    """One incoming call under way; `spoke_with` is empty until somebody is bridged with the caller."""

    id: str
    caller: str | None
    called: str | None
    started_at: datetime
    is_told: bool = False
    dialled: str = ""  # the phone whose dial was answered last
    spoke_with: str = ""
    answered_at: datetime | None = None
    outcomes: set[str] = field(default_factory=set)


class Calls:
    """The calls of one switchboard.

    Args:
        contexts: patterns of the dialplan contexts into which trunks deliver, for example `from-trunk*`.
        country: ISO 3166 code of the site; reads the numbers.
    """

    def __init__(self, contexts: Sequence[str], country: str) -> None:
        self._contexts = contexts
        self._country = country
        self._calls: dict[str, Call] = {}  # by Uniqueid of the caller's channel
        self._linked: dict[str, str] = {}  # Uniqueid -> present Linkedid
        self._names: dict[str, str] = {}  # Uniqueid -> name of the channel
        self._bridges: dict[str, list[str]] = {}  # BridgeUniqueid -> channels in the order they came

    def take(self, message: AmiMessage, at: datetime) -> list[CallEvent]:
        """Returns what one event says about calls; mostly nothing."""
        self._note_channel(message.get("Uniqueid"), message.get("Linkedid"), message.get("Channel"))
        self._note_channel(message.get("DestUniqueid"), message.get("DestLinkedid"), message.get("DestChannel"))
        handler = HANDLERS.get(message.event)
        return handler(self, message, at) if handler else []

    def tell_waiting(self, now: datetime) -> list[CallEvent]:
        """Tells calls whose dialled number has not come for a second; it may still follow."""
        late = [call for call in self._calls.values() if not call.is_told and now - call.started_at >= DID_WAIT]
        return [self._told(call) for call in late]

    def reconcile(self, channels: Iterable[AmiMessage], at: datetime) -> list[CallEvent]:
        """Compares with the channels there are after a time without events.

        Calls whose channel is gone have ended, nobody knows when; callers not known yet are taken up.
        """
        there = {channel.get("Uniqueid"): channel for channel in channels}
        gone = [call for call in self._calls.values() if call.id not in there]
        events = [self._lost(call) for call in gone]
        self._linked = {id_: channel.get("Linkedid") for id_, channel in there.items()}
        self._names = {id_: channel.get("Channel") for id_, channel in there.items()}
        self._bridges = {}
        for id_, channel in there.items():
            if channel.get("BridgeId"):
                self._bridges.setdefault(channel.get("BridgeId"), []).append(id_)
            if id_ not in self._calls:
                events += self._opened(channel, at - timedelta(seconds=_clock_seconds(channel.get("Duration"))))
        for call in self._calls.values():
            events += self._spoken(call, at)
        return events

    def _note_channel(self, id_: str, linked: str, name: str) -> None:
        if id_:
            self._linked[id_] = linked or id_
            self._names[id_] = name or self._names.get(id_, "")

    def _opened(self, message: AmiMessage, at: datetime) -> list[CallEvent]:
        id_ = message.get("Uniqueid")
        is_first = id_ and id_ == message.get("Linkedid")
        if not is_first or not is_trunk(message.get("Context"), self._contexts):
            return []
        called = phone.parse(message.get("Exten"), self._country)
        self._calls[id_] = call = Call(id_, self._caller(message.get("CallerIDNum")), called, at)
        return [self._told(call)] if called else []

    def _caller(self, written: str) -> str | None:
        if not written:
            return None
        return ANONYMOUS if phone.is_anonymous(written) else phone.parse(written, self._country) or written[:100]

    def _told(self, call: Call) -> CallEvent:
        call.is_told = True
        return CallEvent(call.id, CallStage.RINGING, call.caller, call.called, call.started_at)

    def _of(self, message: AmiMessage) -> Call | None:
        """The call an event belongs to: a transfer may have given its channels another Linkedid meanwhile."""
        linked = message.get("Linkedid") or message.get("DestLinkedid")
        own = self._calls.get(message.get("Uniqueid")) or self._calls.get(linked)
        return own or next((call for call in self._calls.values() if self._linked.get(call.id) == linked), None)

    def _found_did(self, call: Call | None, written: str) -> list[CallEvent]:
        called = phone.parse(written, self._country)
        if call is None or called is None or call.called is not None:
            return []
        call.called = called
        return [self._told(call)]

    def _on_variable(self, message: AmiMessage, _at: datetime) -> list[CallEvent]:
        if message.get("Variable").lstrip("_") in DID_VARIABLES:
            return self._found_did(self._calls.get(message.get("Uniqueid")), message.get("Value"))
        return []

    def _on_step(self, message: AmiMessage, _at: datetime) -> list[CallEvent]:
        if fnmatch(message.get("Context"), DID_CONTEXTS):
            return self._found_did(self._calls.get(message.get("Uniqueid")), message.get("Exten"))
        return []

    def _on_dial(self, message: AmiMessage, _at: datetime) -> list[CallEvent]:
        call = self._of(message)
        return [self._told(call)] if call and not call.is_told else []

    def _on_dial_end(self, message: AmiMessage, at: datetime) -> list[CallEvent]:
        call, name = self._of(message), message.get("DestChannel")
        if call is None or name.startswith("Local/"):
            return []
        call.outcomes.add(message.get("DialStatus"))
        if message.get("DialStatus") != "ANSWER":
            return []
        call.dialled = extension(name)
        return self._spoken(call, at)

    def _on_enter(self, message: AmiMessage, at: datetime) -> list[CallEvent]:
        if message.get("BridgeTechnology") in HOLDING:
            return []
        members = self._bridges.setdefault(message.get("BridgeUniqueid"), [])
        if message.get("SwapUniqueid") in members:
            members.remove(message.get("SwapUniqueid"))
        if message.get("Uniqueid") not in members:
            members.append(message.get("Uniqueid"))
        return [event for call in list(self._calls.values()) if call.id in members for event in self._spoken(call, at)]

    def _on_leave(self, message: AmiMessage, _at: datetime) -> list[CallEvent]:
        self._left(message.get("Uniqueid"), message.get("BridgeUniqueid"))
        return []

    def _left(self, id_: str, bridge: str | None = None) -> None:
        for key, members in list(self._bridges.items()):
            if id_ in members and bridge in (None, key):
                members.remove(id_)
                if not members:
                    del self._bridges[key]

    def _spoken(self, call: Call, at: datetime) -> list[CallEvent]:
        """Whoever came last into the caller's bridge; behind a Local channel it is the phone that was dialled."""
        members = next((ids for ids in self._bridges.values() if call.id in ids), [])
        others = [self._names.get(id_, "") for id_ in members if id_ != call.id]
        phones = [name for name in others if name and not name.startswith("Local/")]
        who = extension(phones[-1]) if phones else call.dialled if others else ""
        if not who or who == call.spoke_with:
            return []
        call.spoke_with, call.answered_at = who, call.answered_at or at
        return [CallEvent(call.id, CallStage.ANSWERED, call.caller, call.called, at, answered_by=who)]

    def _on_hangup(self, message: AmiMessage, at: datetime) -> list[CallEvent]:
        id_ = message.get("Uniqueid")
        self._left(id_)
        self._linked.pop(id_, None)
        self._names.pop(id_, None)
        call = self._calls.pop(id_, None)
        return [self._over(call, at, _status(call, message.get("Cause")))] if call else []

    def _over(self, call: Call, at: datetime, status: CallStatus) -> CallEvent:
        return finished(
            call.id,
            call.caller,
            call.called,
            started_at=call.started_at,
            answered_at=call.answered_at,
            ended_at=at,
            status=status,
            answered_by=call.spoke_with or None,
        )

    def _lost(self, call: Call) -> CallEvent:
        del self._calls[call.id]
        return CallEvent(
            call.id,
            CallStage.ENDED,
            call.caller,
            call.called,
            None,
            started_at=call.started_at,
            status=_status(call, ""),
            answered_by=call.spoke_with or None,
        )


Handler = Callable[[Calls, AmiMessage, datetime], list[CallEvent]]
HANDLERS: dict[str, Handler] = {
    "Newchannel": Calls._opened,
    "VarSet": Calls._on_variable,
    "Newexten": Calls._on_step,
    "DialBegin": Calls._on_dial,
    "DialEnd": Calls._on_dial_end,
    "BridgeEnter": Calls._on_enter,
    "BridgeLeave": Calls._on_leave,
    "Hangup": Calls._on_hangup,
}


def extension(channel: str) -> str:
    """Returns who a channel belongs to: `PJSIP/101-0000002b` gives `101`, `SIP/ivan-petrov-0001` `ivan-petrov`."""
    return channel.partition("/")[2].rpartition("-")[0].partition("@")[0] or channel


def _status(call: Call, cause: str) -> CallStatus:
    if call.spoke_with:
        return CallStatus.ANSWERED
    if call.outcomes == {"BUSY"} or cause == "17":
        return CallStatus.BUSY
    return CallStatus.FAILED if call.outcomes and call.outcomes <= NEVER_REACHED else CallStatus.MISSED


def _clock_seconds(written: str) -> int:
    parts = written.split(":")
    if not all(part.isascii() and part.isdigit() for part in parts):
        return 0
    return sum(int(part) * 60**place for place, part in enumerate(reversed(parts[-3:])))
