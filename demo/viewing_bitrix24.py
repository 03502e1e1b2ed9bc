"""Reads the pretend Bitrix24 portal for the viewer."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from demo.sandbox.bitrix24.portal import Card, Portal
from demo.viewing import CardView, Happening

TYPE_IDS = {"LEAD": 1, "DEAL": 2, "CONTACT": 3}
UNINTERESTING = frozenset({
    "ID", "TITLE", "NAME", "LAST_NAME", "DATE_CREATE", "DATE_MODIFY", "CREATED_BY_ID", "MODIFY_BY_ID",
    "ASSIGNED_BY_ID", "OPENED", "HAS_PHONE", "HAS_EMAIL", "TYPE_ID", "CURRENCY_ID", "CLOSED", "IS_NEW", "STAGE_ID",
    "STATUS_ID", "STAGE_SEMANTIC_ID", "STATUS_SEMANTIC_ID", "CATEGORY_ID", "IS_RETURN_CUSTOMER",
    "IS_REPEATED_APPROACH", "MOVED_TIME", "MOVED_BY_ID", "BEGINDATE", "CLOSEDATE", "CONTACT_ID",
})  # fmt: skip


def cards(portal: Portal) -> list[CardView]:
    """Contacts, leads and deals, the latest change first."""
    with portal.lock:
        found = [
            _view(portal, entity, number, card) for entity in TYPE_IDS for number, card in portal.cards[entity].items()
        ]
    return sorted(found, key=lambda card: (card.changed_at, int(card.id)), reverse=True)


def _view(portal: Portal, entity: str, number: int, card: Card) -> CardView:
    return CardView(
        str(number),
        entity.lower(),
        _title(card.fields) or f"{entity.title()} {number}",
        _stage(portal, card.fields),
        _owner(portal, card.fields),
        datetime.fromisoformat(str(card.fields["DATE_MODIFY"])),
        tuple(_fields(portal, entity, card)),
        _happenings(portal, entity, number),
        tuple(_title(portal.contact(contact).fields) for contact in card.contacts),
    )


def _title(fields: dict[str, Any]) -> str:
    return str(fields.get("TITLE") or " ".join(str(fields[name]) for name in ("NAME", "LAST_NAME") if fields.get(name)))


def _stage(portal: Portal, fields: dict[str, Any]) -> str | None:
    stage = fields.get("STAGE_ID") or fields.get("STATUS_ID")
    names = {row.get("STATUS_ID"): row.get("NAME") for row in portal.statuses}
    return str(names.get(stage, stage)) if stage else None


def _owner(portal: Portal, fields: dict[str, Any]) -> str:
    user = portal.users.get(int(fields.get("ASSIGNED_BY_ID") or 0))
    return f"{user.name} {user.last_name}" if user else ""


def _fields(portal: Portal, entity: str, card: Card) -> list[tuple[str, str]]:
    shown = [(name, ", ".join(item["VALUE"] for item in items)) for name, items in card.multi.items() if items]
    own = portal.user_fields[entity]
    for name, value in card.fields.items():
        if value not in (None, "", []) and name not in UNINTERESTING:
            shown.append((_label(own.get(name), name), str(value)))
    return shown


def _label(user_field: dict[str, Any] | None, name: str) -> str:
    labels = user_field.get("labels") if user_field else None
    if isinstance(labels, dict):
        return str(labels.get("en") or next(iter(labels.values()), name))
    return str(labels or name)


def _happenings(portal: Portal, entity: str, number: int) -> tuple[Happening, ...]:
    found = [
        Happening(datetime.fromisoformat(comment["CREATED"]), "note", comment["COMMENT"])
        for comment in portal.comments.values()
        if (comment["ENTITY_TYPE"].upper(), comment["ENTITY_ID"]) == (entity, str(number))
    ]
    for id, activity in portal.activities.items():
        if (TYPE_IDS[entity], number) in portal.bindings.get(id, []):
            found.append(_activity(activity))
    return tuple(sorted(found, key=lambda happening: happening.at))


def _activity(activity: dict[str, Any]) -> Happening:
    kinds = {"2": "call", "4": "letter", "6": "task", "3": "task"}
    text = "\n".join(str(activity[name]) for name in ("SUBJECT", "DESCRIPTION") if activity.get(name))
    return Happening(datetime.fromisoformat(activity["CREATED"]), kinds.get(str(activity["TYPE_ID"]), "note"), text)
