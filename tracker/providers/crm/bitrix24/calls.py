"""Calls in the card: as an activity through a webhook, through external telephony as an application."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from tracker.deliveries.entities import CallRecord, Entity, EntityType
from tracker.deliveries.words import words_for
from tracker.inquiries.events import CallStatus, InquiryKind
from tracker.providers.crm.bitrix24.cards import Cards, Row
from tracker.providers.crm.bitrix24.client import Client
from tracker.providers.crm.bitrix24.drafting import ORIGINATOR
from tracker.values import phone

OWNER_TYPES = {EntityType.LEAD: 1, EntityType.DEAL: 2, EntityType.CONTACT: 3}
CALL_TYPE = 2
INCOMING = 1
NORMAL_PRIORITY = 2
BB_CODE = 2
WITHHELD = "anonymous"  # a communication needs a value


class CallActivities:
    """Calls as CRM activities: the only way for an incoming webhook. They are made at the ring and completed
    by `crm.activity.update`."""

    def __init__(self, client: Client, cards: Cards) -> None:
        self._client = client
        self._cards = cards

    def put(self, entity: Entity, call: CallRecord, known: str | None) -> str:
        """Makes the activity, or completes the known one, and returns its id."""
        if known is None:
            return self._add(entity, call)
        fields = {**activity_fields(call), **({"RESPONSIBLE_ID": call.owner} if call.owner else {})}
        read = ("crm.activity.get", {"id": known})
        self._client.replace("complete the call", read, ("crm.activity.update", {"id": known, "fields": fields}))
        return known

    def find(self, entity: Entity, marker: str) -> str | None:
        """The activity that carries our marker as its foreign id."""
        conditions = {
            "OWNER_TYPE_ID": OWNER_TYPES[entity.type],
            "OWNER_ID": entity.id,
            "TYPE_ID": CALL_TYPE,
            "ORIGIN_ID": marker,
        }
        params = {"filter": conditions, "select": ["ID", "ORIGIN_ID"]}
        rows = self._client.rows("look for the call", "crm.activity.list", params)
        return next((str(row["ID"]) for row in rows if row.get("ORIGIN_ID") == marker), None)

    def _add(self, entity: Entity, call: CallRecord) -> str:
        row = self._cards.seen(entity)
        fields = {
            "OWNER_TYPE_ID": OWNER_TYPES[entity.type],
            "OWNER_ID": entity.id,
            "TYPE_ID": CALL_TYPE,
            "DIRECTION": INCOMING,
            "PRIORITY": NORMAL_PRIORITY,
            "RESPONSIBLE_ID": call.owner or row.get("ASSIGNED_BY_ID"),
            "COMMUNICATIONS": [_communication(entity, row, call)],
            "ORIGINATOR_ID": ORIGINATOR,
            "ORIGIN_ID": call.marker,
            **activity_fields(call),
        }
        return str(self._client.call("write the call", "crm.activity.add", {"fields": fields}))


def activity_fields(call: CallRecord) -> dict[str, object]:
    """What changes while the call goes on: subject, times, outcome, recording. Only an answered call is done."""
    facts = call.facts
    talked = timedelta(seconds=(facts.ring_seconds or 0) + (facts.talk_seconds or 0))
    return {
        "SUBJECT": subject_of(call),
        "START_TIME": facts.started_at.isoformat(timespec="seconds"),
        "END_TIME": (facts.started_at + talked).isoformat(timespec="seconds"),
        "COMPLETED": "Y" if facts.status is CallStatus.ANSWERED else "N",
        "DESCRIPTION": _description(call),
        "DESCRIPTION_TYPE": BB_CODE,
    }


def subject_of(call: CallRecord) -> str:
    """One line: `Call from +7 916 123-45-67 to +7 495 777-00-01: answered, 1:35`."""
    words = words_for(call.language)
    who = phone.display(call.caller) if call.caller else words.nobody
    between = words.from_to.format(who=who, called=phone.display(call.facts.called))
    seconds = call.facts.talk_seconds
    length = f", {seconds // 60}:{seconds % 60:02}" if seconds else ""
    return f"{words.kinds[InquiryKind.CALL]} {between}: {words.call_results[call.facts.status]}{length}"


def _description(call: CallRecord) -> str:
    url = call.facts.recording_url
    return f"[URL={url}]{url}[/URL]\n{call.marker}" if url and "]" not in url else call.marker


def _communication(entity: Entity, row: Row, call: CallRecord) -> Mapping[str, Any]:
    """A deal has no phones of its own: the call then belongs to its contact."""
    contact = row.get("CONTACT_ID") if entity.type is EntityType.DEAL else None
    owner_type, owner = (EntityType.CONTACT, contact) if contact else (entity.type, entity.id)
    return {
        "VALUE": call.caller or WITHHELD,
        "TYPE": "PHONE",
        "ENTITY_ID": owner,
        "ENTITY_TYPE_ID": OWNER_TYPES[owner_type],
    }
