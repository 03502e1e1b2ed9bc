"""Our words and amoCRM's: cards read, drafts written. No requests here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from typing import Any

from tracker.deliveries.card import CallFacts, InquiryCard
from tracker.deliveries.entities import CallRecord, Contact, Deal, Draft, EntityType, Lead
from tracker.inquiries.events import CallStatus
from tracker.providers.crm.amocrm.fields import MARKER, Fields
from tracker.values import phone

PATHS = {EntityType.CONTACT: "contacts", EntityType.DEAL: "leads", EntityType.LEAD: "leads"}
CLOSED = frozenset({142, 143})  # won and lost, the same in every pipeline
SOURCE = "Skvoz"
CALL_STATUS = {
    CallStatus.ANSWERED: 4,  # talked
    CallStatus.MISSED: 6,  # no answer
    CallStatus.FAILED: 6,
    CallStatus.BUSY: 7,
}


def contact(card: Mapping[str, Any], fields: Fields) -> Contact:
    """Reads a contact."""
    return Contact(
        id=str(card["id"]),
        name=card.get("name") or "",
        phones=tuple(texts(card, "PHONE")),
        emails=tuple(texts(card, "EMAIL")),
        values=fields.read("contacts", card),
        created_at=_at(card),
        owner=_owner(card),
        url=None,
    )


def deal(card: Mapping[str, Any], fields: Fields) -> Deal:
    """Reads a deal."""
    is_open = card["status_id"] not in CLOSED
    return Deal(str(card["id"]), is_open, fields.read("leads", card), _at(card), _owner(card))


def lead(card: Mapping[str, Any], fields: Fields, *, waits: bool) -> Lead:
    """Reads a request: the same card as a deal, before or after it was accepted."""
    id = str(card["id"])
    linked = (card.get("_embedded") or {}).get("contacts") or []
    main = next((one for one in linked if one.get("is_main")), linked[0] if linked else None)
    return Lead(
        id=id,
        is_open=waits,
        values=fields.read("leads", card),
        contact=str(main["id"]) if main and not waits else None,
        deal=None if waits else id,
        created_at=_at(card),
        owner=_owner(card),
    )


def texts(card: Mapping[str, Any], code: str) -> list[str]:
    """Returns the values of a predefined field such as `PHONE`, in the card's order."""
    for item in card.get("custom_fields_values") or []:
        if item.get("field_code") == code:
            return [str(value["value"]) for value in item["values"]]
    return []


def linked_leads(card: Mapping[str, Any]) -> list[int]:
    """Returns the ids of a contact's leads, where it was read with them."""
    return [int(one["id"]) for one in (card.get("_embedded") or {}).get("leads") or []]


def multitext(card: Mapping[str, Any], code: str) -> list[dict[str, Any]]:
    """Returns a phone or email list as it must be sent back: amoCRM replaces whole lists."""
    for item in card.get("custom_fields_values") or []:
        if item.get("field_code") == code:
            return [_sent_back(value) for value in item["values"]]
    return []


def phone_value(number: str) -> dict[str, str]:
    """Returns a phone as an element of its list."""
    return {"value": number, "enum_code": "MOB" if phone.is_mobile(number) else "WORK"}


def email_value(email: str) -> dict[str, str]:
    """Returns an email as an element of its list."""
    return {"value": email, "enum_code": "WORK"}


def contact_model(draft: Draft, fields: Fields, *, with_values: bool = True) -> dict[str, Any]:
    """Returns a new contact as it is sent."""
    lists = (
        ("PHONE", [phone_value(number) for number in draft.phones]),
        ("EMAIL", [email_value(email) for email in draft.emails]),
    )
    values = {**draft.values, MARKER: draft.marker} if with_values else {MARKER: draft.marker}
    model = _model(draft)
    model["custom_fields_values"] = [
        *({"field_code": code, "values": values} for code, values in lists if values),
        *fields.written("contacts", values),
    ]
    return model


def lead_model(draft: Draft, fields: Fields) -> dict[str, Any]:
    """Returns a new deal as it is sent, without its contact."""
    model = _model(draft)
    model["custom_fields_values"] = fields.written("leads", {**draft.values, MARKER: draft.marker})
    for key, id in (("pipeline_id", draft.pipeline), ("status_id", draft.stage)):
        if id is not None:
            model[key] = int(id)
    return model


def request_metadata(draft: Draft, card: InquiryCard) -> tuple[str, dict[str, Any]]:
    """Returns the category and metadata of a request for "unsorted"; the marker is its own id there."""
    if card.call is not None:
        return "sip", _sip(draft, card, card.call)
    return "forms", {
        "form_id": draft.marker,
        "form_name": draft.name,
        "form_page": card.page or card.site,
        "form_sent_at": int(card.at.timestamp()),
        "ip": card.source.ip or "",
        "referer": card.source.referrer or "",
    }


def marker_of_request(request: Mapping[str, Any]) -> str | None:
    """Returns our marker on a request in "unsorted"."""
    metadata = request.get("metadata") or {}
    marker: str | None = metadata.get("uniq") or metadata.get("form_id")
    return marker


def call_note(record: CallRecord) -> dict[str, Any]:
    """Returns the parameters of a call note; all of them each time, since a change replaces them."""
    facts = record.facts
    params: dict[str, Any] = {
        "uniq": record.marker,
        "duration": facts.talk_seconds or 0,
        "source": SOURCE,
        "phone": record.caller,
        "call_status": CALL_STATUS.get(facts.status, 8),
        "call_result": facts.status.value,
    }
    if facts.recording_url:
        params["link"] = facts.recording_url
    if responsible := _whole(record.owner) or facts.answered_by:
        params["call_responsible"] = responsible
    return params


def user_id(owner: str | None) -> dict[str, int]:
    """Returns `{"responsible_user_id": 501}`, empty when nobody is named."""
    id = _whole(owner)
    return {"responsible_user_id": id} if id else {}


def _sip(draft: Draft, card: InquiryCard, call: CallFacts) -> dict[str, Any]:
    return {
        "uniq": draft.marker,
        "phone": draft.phones[0] if draft.phones else "",
        "called_at": int(call.started_at.timestamp()),
        "duration": call.talk_seconds or 0,
        "link": call.recording_url or "",
        "service_code": "skvoz",
        "from": card.site_name,
        "is_call_event_needed": False,  # the call note is a step of its own
    }


def _model(draft: Draft) -> dict[str, Any]:
    model: dict[str, Any] = {"name": draft.name, **user_id(draft.owner)}
    if draft.tags:
        model["_embedded"] = {"tags": tag_list(draft.tags)}
    return model


def tag_list(tags: Sequence[str]) -> list[dict[str, str]]:
    """Returns tags by name."""
    return [{"name": tag} for tag in tags]


def _sent_back(value: Mapping[str, Any]) -> dict[str, Any]:
    """Answers name the kind by `enum_code`, some samples of the documentation by `enum`; keep whichever is there."""
    kept = {key: value[key] for key in ("value", "enum_id") if value.get(key) is not None}
    code = value.get("enum_code") or value.get("enum")
    return kept if "enum_id" in kept or not code else {**kept, "enum_code": code}


def _whole(owner: str | None) -> int | None:
    return int(owner) if owner and owner.isdigit() else None


def _at(card: Mapping[str, Any]) -> datetime | None:
    stamp = card.get("created_at")
    return datetime.fromtimestamp(stamp, UTC) if stamp else None


def _owner(card: Mapping[str, Any]) -> str | None:
    owner = card.get("responsible_user_id")
    return str(owner) if owner else None
