"""Calls of any system that can send its own fields: which field means what is a setting, with presets."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, ClassVar, TypeVar

from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers import reading
from tracker.providers.parameters import parameters
from tracker.providers.places import decoded, found, unwrapped
from tracker.providers.settings import SettingField
from tracker.providers.shared_secret import ADDRESS_SECRET, require_address_secret, same
from tracker.providers.telephony.mapping import FieldMapping, check_preset, check_text, presets, read_mapping
from tracker.providers.telephony.message import Message
from tracker.providers.telephony.pushing import Pushing, between
from tracker.providers.telephony.zone import TIMEZONE
from tracker.providers.webhook import WebhookRequest
from tracker.providers.xml import xml_object
from tracker.values import phone

FACTS = ("call_id", "leg", "stage", "caller", "called", "at", "started_at", "answered_at", "ended_at", "answered_by",
         "status", "spoke", "ring_seconds", "talk_seconds", "total_seconds", "recording_url", "secret")  # fmt: skip
Meaning = TypeVar("Meaning", CallStage, CallStatus)

PER_SECOND = {"microseconds": 1_000_000, "milliseconds": 1000}
UNANSWERED = (CallStatus.MISSED, CallStatus.BUSY, CallStatus.FAILED)
MOMENTS = {CallStage.RINGING: "started_at", CallStage.ANSWERED: "answered_at", CallStage.ENDED: "ended_at"}


class Mapped(Pushing):
    """Reads one event per request by a `FieldMapping`."""

    NAME: ClassVar[str] = "telephony/mapped"
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField(
            "preset",
            "Preset",
            required=False,
            help=f"A mapping that comes along: {', '.join(presets())}.",
            check=check_preset,
        ),
        SettingField(
            "mapping",
            "Mapping of fields",
            kind="lines",
            required=False,
            help="YAML: what differs from the preset, or everything, for example `caller: from_number`.",
            check=check_text,
        ),
        ADDRESS_SECRET,
        TIMEZONE,
    )

    @property
    def _mapping(self) -> FieldMapping:
        return read_mapping(self.settings["preset"], self.settings["mapping"])

    def verify(self, request: WebhookRequest) -> None:
        """Checks the secret in the address, or in the field that the mapping names."""
        mapping = self._mapping
        if mapping.secret is not None:
            given = found(_data(request, mapping), mapping.secret)
            if given and same(given, self.settings["secret"]):
                return
        require_address_secret(request, self.settings["secret"])

    def parse(self, request: WebhookRequest) -> list[CallEvent]:
        """Returns the one event; none for a step that the mapping does not know, and for outgoing calls."""
        mapping = self._mapping
        data = _data(request, mapping)
        if any((found(data, place) or "").lower() not in _lower(words) for place, words in mapping.only.items()):
            return []
        facts = self.reading({name: found(data, getattr(mapping, name)) for name in FACTS})
        stage = _word(mapping.stages, facts.text("stage"))
        if stage is None:
            return []
        return [_event(mapping, facts, stage, request.received_at)]


def _event(mapping: FieldMapping, facts: Message, stage: CallStage, received_at: datetime) -> CallEvent:
    started_at, answered_at, ended_at = _moments(facts)
    at = facts.at("at", MOMENTS.get(stage, "ended_at")) or ended_at or _received(stage, received_at)
    if stage is CallStage.ENDED:
        ended_at = ended_at or at
    talk = _length(mapping, facts, "talk_seconds")
    if mapping.spoke is not None and facts.text("spoke") is None:
        talk, answered_at = 0, None
    status = _status(mapping, facts, stage, talk, answered_at)
    if stage is CallStage.ENDED:
        talk = between(answered_at, ended_at) if talk is None else talk
    ring = _length(mapping, facts, "ring_seconds")
    if status in UNANSWERED:
        talk, answered_at = talk or 0, None
    if ring is None and (answered_at or status in UNANSWERED):
        ring = between(started_at, answered_at or ended_at)
    speaks = stage is CallStage.ANSWERED or status is CallStatus.ANSWERED
    return CallEvent(
        call_id=facts.needed("call_id"),
        stage=stage,
        caller=facts.caller("caller"),
        called=_called(mapping, facts),
        at=at,
        started_at=started_at,
        status=status,
        answered_by=facts.text("answered_by", limit=100) if speaks else None,
        ring_seconds=ring,
        talk_seconds=talk,
        recording_url=facts.link("recording_url"),
        leg=facts.text("leg", limit=200),
    )


def _moments(facts: Message) -> tuple[datetime | None, datetime | None, datetime | None]:
    started_at, ended_at = facts.at("started_at"), facts.at("ended_at")
    total = facts.seconds("total_seconds")
    if ended_at is None and started_at is not None and total is not None:
        ended_at = started_at + timedelta(seconds=total)
    return started_at, facts.at("answered_at"), ended_at


def _status(
    mapping: FieldMapping, facts: Message, stage: CallStage, talk: int | None, answered_at: datetime | None
) -> CallStatus | None:
    if stage is not CallStage.ENDED:
        return None
    said = _word(mapping.statuses, facts.text("status"))
    if said is not None:
        return said
    if talk or answered_at:
        return CallStatus.ANSWERED
    return CallStatus.MISSED if talk == 0 else None


def _called(mapping: FieldMapping, facts: Message) -> str | None:
    written = facts.text("called", limit=200)
    return phone.parse(mapping.numbers.get(written, written), facts.country) if written else None


def _length(mapping: FieldMapping, facts: Message, name: str) -> int | None:
    written = facts.text(name)
    per_second = PER_SECOND.get(mapping.units.get(name, ""))
    if per_second is None or written is None or not written.isascii() or not written.isdigit():
        return facts.seconds(name)
    return min(int(written[:20]) // per_second, reading.MAX_INTEGER)


def _received(stage: CallStage, received_at: datetime) -> datetime | None:
    return None if stage is CallStage.RECORDED else received_at


def _word(words: Mapping[str, Meaning], written: str | None) -> Meaning | None:
    """Looks a word up; a namespace before it does not count."""
    plain = (written or "").lower()
    known = {word.lower(): meaning for word, meaning in words.items()}
    return known.get(plain, known.get(plain.rpartition(":")[2]))


def _lower(words: list[str]) -> list[str]:
    return [word.lower() for word in words]


def _data(request: WebhookRequest, mapping: FieldMapping) -> dict[str, Any]:
    data = xml_object(request.body) if request.body.lstrip()[:1] == b"<" else parameters(request)
    if mapping.unwrap and isinstance(data.get(mapping.unwrap), str):
        data = unwrapped(data[mapping.unwrap], mapping.unwrap)
    return decoded(data) if mapping.percent_encoded else data
