"""External telephony, for applications: calls in the portal's statistics, our numbers as its lines.

The portal takes a call in three steps: register shows it, finish makes the activity, attachRecord adds the
recording. Our id of the record remembers how far it got: `<CALL_ID>`, `<CALL_ID>|<activity>`,
`<CALL_ID>|<activity>|recorded`.

Source: https://apidocs.bitrix24.com/api-reference/telephony/, read 2026-11-20.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace
from typing import Any

from tracker.deliveries.entities import CallRecord, Entity, EntityType
from tracker.errors import ProviderError, Refused
from tracker.inquiries.events import CallStatus
from tracker.providers.crm.bitrix24.calls import OWNER_TYPES, CallActivities
from tracker.providers.crm.bitrix24.cards import Cards, Row
from tracker.providers.crm.bitrix24.client import Client
from tracker.values import phone

INCOMING = 2
NO_ACTIVITY = "0"
ADMINISTRATOR = "1"  # the first employee of every portal
RECORDED = "recorded"
STATUS_CODES = {
    CallStatus.ANSWERED: "200",
    CallStatus.MISSED: "304",
    CallStatus.BUSY: "486",
    CallStatus.FAILED: "480",
    CallStatus.UNKNOWN_END: "OTHER",
}
SHORTEST_NUMBER = "000"  # for a withheld caller: the portal wants a number of three digits or more


@dataclass(frozen=True)
class _Record:
    """How far a call got; `activity` is None until it is finished."""

    call_id: str
    activity: str | None = None
    is_recorded: bool = False

    @classmethod
    def read(cls, text: str) -> _Record:
        call_id, *rest = text.split("|")
        return cls(call_id, rest[0] if rest else None, RECORDED in rest)

    def __str__(self) -> str:
        marks = [self.activity, RECORDED if self.is_recorded else None]
        return "|".join([self.call_id, *(mark for mark in marks if mark)])


class ExternalCalls:
    """Calls through `telephony.externalCall.*`."""

    def __init__(self, client: Client, cards: Cards, activities: CallActivities) -> None:
        self._client = client
        self._cards = cards
        self._activities = activities

    def put(self, entity: Entity, call: CallRecord, known: str | None) -> str:
        """Takes the call as far as its facts allow, from where the known record stands."""
        if known and known.isdigit():
            return self._activities.put(entity, call, known)
        row = {} if known and call.owner else self._cards.seen(entity)
        owner = _owner(entity, row)
        if known is None and owner is None:
            return self._activities.put(entity, call, None)
        user = call.owner or str(row.get("ASSIGNED_BY_ID") or ADMINISTRATOR)
        record = _Record.read(known) if known else self._register(owner or entity, call, user)
        try:
            return str(self._advance(entity, call, user, record))
        except ProviderError as error:
            error.maybe_done = True  # the call is registered: look for it before registering it again
            raise

    def _advance(self, entity: Entity, call: CallRecord, user: str, record: _Record) -> _Record:
        if record.activity is None and call.facts.status is not CallStatus.RINGING:
            record = replace(record, activity=self._finish(entity, call, user, record.call_id))
        if record.activity and not record.is_recorded and call.facts.recording_url:
            record = replace(record, is_recorded=self._attach(call.facts.recording_url, record.call_id))
        return record

    def find(self, entity: Entity, marker: str) -> str | None:
        """The finished call with our marker. A call that is only registered need not be found: registered
        again under the same marker it keeps its CALL_ID for half an hour, and is then forgotten anyway."""
        return str(found) if (found := self._finished(marker)) else self._activities.find(entity, marker)

    def register_lines(self, numbers: Iterable[str], name: str) -> list[str]:
        """Makes our numbers lines of the portal's telephony, so that its reports know them.

        Args:
            numbers: E.164.
            name: what the portal shows beside each number.

        Returns:
            The numbers that were new.
        """
        rows = self._client.call("list the lines", "telephony.externalLine.get", {})
        known = {str(row["NUMBER"]) for row in rows}
        new = [number for number in numbers if number not in known]
        for number in new:
            title = f"{name} {phone.display(number)}"
            params = {"NUMBER": number, "NAME": title, "CRM_AUTO_CREATE": "N"}
            self._client.call("add a line", "telephony.externalLine.add", params)
        return new

    def _finished(self, marker: str) -> _Record | None:
        params = {"FILTER": {"EXTERNAL_CALL_ID": marker}}
        rows = self._client.rows("look for the call", "voximplant.statistic.get", params)
        return next((_record(row) for row in rows if row.get("EXTERNAL_CALL_ID") == marker), None)

    def _register(self, owner: Entity, call: CallRecord, user: str) -> _Record:
        facts = call.facts
        answer = self._client.call(
            "register the call",
            "telephony.externalCall.register",
            {
                "USER_ID": user,
                "PHONE_NUMBER": call.caller or SHORTEST_NUMBER,
                "TYPE": INCOMING,
                "CALL_START_DATE": facts.started_at.isoformat(timespec="seconds"),
                "CRM_CREATE": 0,
                "CRM_ENTITY_TYPE": owner.type.upper(),
                "CRM_ENTITY_ID": owner.id,
                "SHOW": int(facts.status is CallStatus.RINGING),
                "ADD_TO_CHAT": 0,
                "LINE_NUMBER": facts.called,
                "EXTERNAL_CALL_ID": call.marker,
            },
        )
        return _Record(str(answer["CALL_ID"]))

    def _finish(self, entity: Entity, call: CallRecord, user: str, call_id: str) -> str:
        params = {
            "CALL_ID": call_id,
            "USER_ID": user,
            "DURATION": call.facts.talk_seconds or 0,
            "STATUS_CODE": STATUS_CODES[call.facts.status],
            "ADD_TO_CHAT": 0,
        }
        try:
            answer = self._client.call("finish the call", "telephony.externalCall.finish", params)
        except Refused as error:
            if "should be registered" not in str(error):
                raise
            answer = self._finished_before(call.marker, error)
        activity = str(answer.get("CRM_ACTIVITY_ID") or NO_ACTIVITY)
        if entity.type is EntityType.DEAL and activity != NO_ACTIVITY:
            self._bind(activity, entity)
        return activity

    def _finished_before(self, marker: str, error: Refused) -> dict[str, Any]:
        """An earlier request finished the call and its answer got lost."""
        found = self._finished(marker)
        if found is None:
            raise error
        return {"CRM_ACTIVITY_ID": found.activity}

    def _bind(self, activity: str, entity: Entity) -> None:
        link = {"activityId": activity, "entityTypeId": OWNER_TYPES[entity.type], "entityId": entity.id}
        try:
            self._client.call("show the call in the deal", "crm.activity.binding.add", link)
        except Refused as error:
            if "already" not in str(error).lower():
                raise

    def _attach(self, url: str, call_id: str) -> bool:
        """Lets the portal fetch the recording. An address it cannot read stays in the note only."""
        params = {"CALL_ID": call_id, "FILENAME": "call.mp3", "RECORD_URL": url}
        try:
            self._client.call("attach the recording", "telephony.externalCall.attachRecord", params)
        except Refused as error:
            if "Server returns HTTP error" not in str(error):
                raise
        return True


def _owner(entity: Entity, row: Row) -> Entity | None:
    """Calls belong to contacts and leads; a deal's call goes to its contact, None if it has none."""
    if entity.type is not EntityType.DEAL:
        return entity
    return Entity(EntityType.CONTACT, str(row["CONTACT_ID"])) if row.get("CONTACT_ID") else None


def _record(row: Row) -> _Record:
    activity = str(row.get("CRM_ACTIVITY_ID") or NO_ACTIVITY)
    return _Record(str(row["CALL_ID"]), activity, bool(row.get("CALL_RECORD_URL")))
