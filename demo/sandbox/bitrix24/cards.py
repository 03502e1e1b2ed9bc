"""`crm.contact.*`, `crm.lead.*` and `crm.deal.*`: add, get, list, update, delete, fields."""

from __future__ import annotations

from functools import partial
from typing import Any

from demo.sandbox.bitrix24 import events, multifields, stages, tracking, user_fields
from demo.sandbox.bitrix24.entities import ENTITIES, Entity
from demo.sandbox.bitrix24.listing import select_rows, sort_rows
from demo.sandbox.bitrix24.php import each, number
from demo.sandbox.bitrix24.portal import Card
from demo.sandbox.bitrix24.wire import Call, Method, Page, Rejected, page

MONEY = ("OPPORTUNITY",)


def add(entity: Entity, call: Call) -> int:
    """Creates a card; unknown field names are silently ignored."""
    fields = call.fields()
    if entity.name == "LEAD" and call.portal.mode == 2:
        raise Rejected(400, "", "Leads are disabled in the CRM settings.")
    card = Card(dict.fromkeys([*entity.fields, *call.portal.user_fields[entity.name]]))
    user_fields.check_mandatory(call.portal, entity, fields)
    multifields.change(call.portal, card, fields if entity.has_multi else {})
    card.fields.update(entity.defaults, ASSIGNED_BY_ID=str(call.caller.user.id))
    _write(call, entity, card, fields)
    id = call.portal.next_id()
    card.fields.update(ID=str(id), DATE_CREATE=call.portal.timestamp(), CREATED_BY_ID=str(call.caller.user.id))
    _touch(call, card)
    _link_contacts(call, entity, card, fields)
    stages.settle(call, entity, card, fields)
    if entity.name != "CONTACT" and not card.fields["TITLE"]:
        card.fields["TITLE"] = f"{entity.name.capitalize()} #{id}"
    call.portal.cards[entity.name][id] = card
    tracking.keep_from_card(call.portal, entity.name, id, fields.get("TRACE"))
    events.fire(call.portal, f"ONCRM{entity.name}ADD", {"FIELDS": {"ID": id}})
    return id


def get(entity: Entity, call: Call) -> dict[str, Any]:
    """Returns the whole card; absent multifields are left out, empty scalars are null."""
    return _shown(entity, _existing(entity, call, "Not found"), None)


def update(entity: Entity, call: Call) -> bool:
    """Overwrites what is named; multifields are changed element by element."""
    card = _existing(entity, call, f"{entity.name.capitalize()} is not found")
    fields = call.fields()
    multifields.change(call.portal, card, fields if entity.has_multi else {})
    _write(call, entity, card, fields)
    _touch(call, card)
    if "CONTACT_IDS" in fields:
        _link_contacts(call, entity, card, fields)
    stages.settle(call, entity, card, fields)
    events.fire(call.portal, f"ONCRM{entity.name}UPDATE", {"FIELDS": {"ID": int(card.fields["ID"])}})
    return True


def delete(entity: Entity, call: Call) -> bool:
    """Removes a card; its id is never found again."""
    card = _existing(entity, call, "Not found")
    del call.portal.cards[entity.name][int(card.fields["ID"])]
    events.fire(call.portal, f"ONCRM{entity.name}DELETE", {"FIELDS": {"ID": int(card.fields["ID"])}})
    return True


def list_cards(entity: Entity, call: Call) -> Page:
    """Lists cards; multifields and user fields come only when they are selected by name (or `UF_*`)."""
    values = partial(_values, entity)
    rows = select_rows(list(call.portal.cards[entity.name].values()), call.params.get("filter"), values)
    rows = sort_rows(rows, call.params.get("order"), values)
    cut = page(rows, call.params.get("start"))
    select = [str(name) for name in each(call.params.get("select"))] or ["*"]
    return Page([_shown(entity, card, ["ID", *select]) for card in cut.rows], cut.total, cut.next)


def describe(entity: Entity, call: Call) -> dict[str, Any]:
    """Describes the fields: `{"NAME": {"type": "string", "isReadOnly": false, …}}`."""
    standard = {
        name: {
            "type": "string",
            "isRequired": False,
            "isReadOnly": name not in entity.writable,
            "isImmutable": False,
            "isMultiple": False,
            "isDynamic": False,
            "title": name,
        }
        for name in entity.fields
    }
    return {**standard, **user_fields.described(call.portal, entity)}


def _existing(entity: Entity, call: Call, absent: str) -> Card:
    id = number(call.params.get("id", call.params.get("ID", "")))
    if not id:
        raise Rejected(400, "", "ID is not defined or invalid.")
    card = call.portal.cards[entity.name].get(id)
    if card is None:
        raise Rejected(400, "", absent)
    return card


def _write(call: Call, entity: Entity, card: Card, fields: dict[str, Any]) -> None:
    for name, value in fields.items():
        if name in entity.writable:
            card.fields[name] = _money(value) if name in MONEY else _text(value)
    card.fields.update(user_fields.readable(call.portal, entity, fields))
    for name in ("PHONE", "EMAIL"):
        if entity.has_multi:
            card.fields[f"HAS_{name}"] = "Y" if card.multi.get(name) else "N"


def _touch(call: Call, card: Card) -> None:
    card.fields.update(DATE_MODIFY=call.portal.timestamp(), MODIFY_BY_ID=str(call.caller.user.id))


def _link_contacts(call: Call, entity: Entity, card: Card, fields: dict[str, Any]) -> None:
    wanted = [number(id) for id in [*each(fields.get("CONTACT_IDS")), *each(fields.get("CONTACT_ID"))]]
    known = call.portal.cards["CONTACT"]
    card.contacts = list(dict.fromkeys(id for id in wanted if id in known and id is not None))
    if entity.name != "CONTACT":
        card.fields["CONTACT_ID"] = str(card.contacts[0]) if card.contacts else None
    if entity.name == "LEAD" and (card.contacts or card.fields.get("COMPANY_ID")):
        card.fields["IS_RETURN_CUSTOMER"] = "Y"


def _shown(entity: Entity, card: Card, select: list[str] | None) -> dict[str, Any]:
    whole = {**card.fields, **card.multi}
    if select is None:
        return whole
    names = set(select)
    names |= set(entity.fields) if "*" in names else set()
    names |= {name for name in card.fields if name.startswith("UF_")} if "UF_*" in names else set()
    return {name: value for name, value in whole.items() if name in names}


def _values(entity: Entity, card: Card, name: str) -> list[str] | None:
    if name in multifields.NAMES and entity.has_multi:
        return [item["VALUE"] for item in card.multi.get(name, [])]
    if name == "CONTACT_ID" and entity.name != "CONTACT":
        return [str(id) for id in card.contacts] or [""]
    if name not in card.fields:
        return None
    return [str(item) for item in each(card.fields[name])] or [""]


def _text(value: Any) -> str | None:
    return None if value is None or isinstance(value, dict | list) else str(value)


def _money(value: Any) -> str:
    try:
        return f"{float(value or 0):.2f}"
    except (TypeError, ValueError):
        return "0.00"


def methods() -> dict[str, Method]:
    """All methods of the three types."""
    verbs = {
        "add": add,
        "get": get,
        "update": update,
        "delete": delete,
        "list": list_cards,
        "fields": describe,
    }
    return {
        f"crm.{name.lower()}.{verb}": partial(function, entity)
        for name, entity in ENTITIES.items()
        for verb, function in verbs.items()
    }
