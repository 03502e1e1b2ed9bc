"""Stages of deals and leads: what a stage means, the history of moves, links of deals to contacts."""

from __future__ import annotations

from typing import Any

from demo.sandbox.bitrix24.entities import DEAL, Entity
from demo.sandbox.bitrix24.listing import row_values, select_rows, sort_rows
from demo.sandbox.bitrix24.php import number
from demo.sandbox.bitrix24.portal import Card, Portal
from demo.sandbox.bitrix24.wire import Call, Method, Page, Rejected, page


def settle(call: Call, entity: Entity, card: Card, fields: dict[str, Any]) -> None:
    """Completes stage, meaning and history after a write; a pipeline is taken at creation only."""
    if entity.stage is None:
        return
    portal = call.portal
    if entity is DEAL and card.fields["CATEGORY_ID"] is None:
        category = number(fields.get("CATEGORY_ID", 0))
        card.fields["CATEGORY_ID"] = str(category if category in portal.categories else 0)
    rows = _dictionary(portal, entity, card)
    stage = card.fields[entity.stage]
    row = next((row for row in rows if row["STATUS_ID"] == stage), rows[0])
    semantic = row["SEMANTICS"] or "P"
    meaning = entity.stage.removesuffix("_ID") + "_SEMANTIC_ID"
    card.fields.update({entity.stage: row["STATUS_ID"], meaning: semantic})
    if entity is DEAL:
        card.fields["CLOSED"] = "N" if semantic == "P" else "Y"
    _note_move(call, entity, card, semantic)


def history(call: Call) -> Page:
    """`crm.stagehistory.list`: moves of deals (entityTypeId 2) or leads (1), inside `items`."""
    rows = [row for row in call.portal.stage_history if row["entityTypeId"] == call.params.get("entityTypeId")]
    rows = select_rows(rows, call.params.get("filter"), row_values)
    rows = sort_rows(rows, call.params.get("order"), row_values)
    return page([{k: v for k, v in row.items() if k != "entityTypeId"} for row in rows], call.params.get("start"))


def link_contact(call: Call) -> bool:
    """`crm.deal.contact.add`: links one more contact, False when it was linked already."""
    deal = _deal(call)
    contact = number(call.fields().get("CONTACT_ID", ""))
    if contact is None:
        raise Rejected(400, "", "The parameter 'fields' is not valid.")
    if contact in deal.contacts:
        return False
    deal.contacts.append(contact)
    deal.fields["CONTACT_ID"] = str(deal.contacts[0])
    return True


def linked_contacts(call: Call) -> list[dict[str, Any]]:
    """`crm.deal.contact.items.get`: the contacts of a deal, the primary one first."""
    return [
        {"CONTACT_ID": id, "SORT": 10 * (n + 1), "ROLE_ID": 0, "IS_PRIMARY": "N" if n else "Y"}
        for n, id in enumerate(_deal(call).contacts)
    ]


def _deal(call: Call) -> Card:
    id = number(call.params.get("id", ""))
    if not id:
        raise Rejected(400, "", "The parameter 'ownerEntityID' is invalid or not defined.")
    deal = call.portal.cards["DEAL"].get(id)
    if deal is None:
        raise Rejected(400, "", "Not found.")
    return deal


def _dictionary(portal: Portal, entity: Entity, card: Card) -> list[dict[str, Any]]:
    category = card.fields.get("CATEGORY_ID") or "0"
    name = "STATUS" if entity is not DEAL else "DEAL_STAGE" + ("" if category == "0" else f"_{category}")
    return [row for row in portal.statuses if row["ENTITY_ID"] == name]


def _note_move(call: Call, entity: Entity, card: Card, semantic: str) -> None:
    assert entity.stage is not None
    short = entity.stage.removesuffix("_ID")
    mine = [
        row
        for row in call.portal.stage_history
        if row["OWNER_ID"] == int(card.fields["ID"]) and row["entityTypeId"] == entity.type_id
    ]
    if mine and mine[-1][entity.stage] == card.fields[entity.stage]:
        return
    card.fields.update(MOVED_TIME=call.portal.timestamp(), MOVED_BY_ID=str(call.caller.user.id))
    call.portal.stage_history.append(
        {
            "entityTypeId": entity.type_id,
            "ID": call.portal.next_id(),
            "TYPE_ID": 1 if not mine else 2 if semantic == "P" else 3,
            "OWNER_ID": int(card.fields["ID"]),
            "CREATED_TIME": call.portal.timestamp(),
            "CATEGORY_ID": int(card.fields.get("CATEGORY_ID") or 0),
            f"{short}_SEMANTIC_ID": semantic,
            entity.stage: card.fields[entity.stage],
        }
    )


METHODS: dict[str, Method] = {
    "crm.stagehistory.list": history,
    "crm.deal.contact.add": link_contact,
    "crm.deal.contact.items.get": linked_contacts,
}
