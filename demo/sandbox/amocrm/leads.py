"""`/api/v4/leads` with `/complex` and links; a lead here is what everybody else calls a deal."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, jsonify, request

from demo.sandbox.amocrm.account import LOST, WON, Account, Card
from demo.sandbox.amocrm.cards import check_card, existing, matching, new_card, show_card, wanted_with, write_card
from demo.sandbox.amocrm.contacts import create_contact
from demo.sandbox.amocrm.unsorted import stand_in_unsorted
from demo.sandbox.amocrm.wire import Checks, Problem, batch, checked, hal, link, listing, nothing, request_id

LARGEST_COMPLEX = 50
MOST_VALUES = 40


def add_routes(blueprint: Blueprint, account: Account) -> None:
    """Serves reading, creating, changing and linking leads."""
    _serve_reading(blueprint, account)
    _serve_creating(blueprint, account)
    _serve_changing(blueprint, account)
    _serve_links(blueprint, account)


def _serve_reading(blueprint: Blueprint, account: Account) -> None:
    @blueprint.get("/api/v4/leads")
    def leads() -> Response:
        rows = [show_lead(account, card) for card in matching(account, "leads")]
        return listing(account, "leads", "leads", rows)

    @blueprint.get("/api/v4/leads/<int:id>")
    def lead(id: int) -> Response:
        card = account.visible("leads", id)
        return hal(show_lead(account, card)) if card else nothing()


def _serve_creating(blueprint: Blueprint, account: Account) -> None:
    @blueprint.post("/api/v4/leads")
    def create_leads() -> Response:
        items = batch()
        checked(items, lambda item, checks: check_lead(account, item, checks))
        made = [create_lead(account, item) for item in items]
        rows = [
            {"id": card.id, "request_id": request_id(item, i), "_links": link(account, f"leads/{card.id}")}
            for i, (card, item) in enumerate(zip(made, items, strict=True))
        ]
        return hal({"_links": link(account, "leads"), "_embedded": {"leads": rows}})

    @blueprint.post("/api/v4/leads/complex")
    def create_complex() -> Response:
        items = batch()
        if len(items) > LARGEST_COMPLEX:
            raise Problem(400, "Request validation failed", [("0", "TooMany", "", "Too many elements.")])
        checked(items, lambda item, checks: _check_complex(account, item, checks))
        return jsonify([_complex(account, item, request_id(item, i)) for i, item in enumerate(items)])


def _serve_changing(blueprint: Blueprint, account: Account) -> None:
    @blueprint.patch("/api/v4/leads")
    def change_leads() -> Response:
        items = batch()
        checked(items, lambda item, checks: _check_change(account, item, checks))
        rows = [_change(account, item) for item in items]
        return hal({"_links": link(account, "leads"), "_embedded": {"leads": rows}})

    @blueprint.patch("/api/v4/leads/<int:id>")
    def change_lead(id: int) -> Response:
        item = request.get_json(silent=True)
        if not isinstance(item, dict):
            raise Problem(400, "Request validation failed", [("0", "InvalidType", "", "An object is expected.")])
        checked([{**item, "id": id}], lambda item, checks: _check_change(account, item, checks))
        return hal(_change(account, {**item, "id": id}))


def _serve_links(blueprint: Blueprint, account: Account) -> None:
    @blueprint.get("/api/v4/leads/<int:id>/links")
    def links(id: int) -> Response:
        rows = _links(existing(account, "leads", id))
        return hal({"_total_items": len(rows), "_embedded": {"links": rows}}) if rows else nothing()

    @blueprint.post("/api/v4/leads/<int:id>/link")
    def add_link(id: int) -> Response:
        card, items = existing(account, "leads", id), batch()
        checked(items, lambda item, checks: _check_link(account, item, checks))
        for item in items:
            _link(card, item)
        rows = _links(card)
        return hal({"_total_items": len(rows), "_embedded": {"links": rows}})

    @blueprint.post("/api/v4/leads/<int:id>/unlink")
    def remove_link(id: int) -> Response:
        card = existing(account, "leads", id)
        gone = {item.get("to_entity_id") for item in batch()}
        card.contacts = [contact for contact in card.contacts if contact not in gone]
        return nothing()


def check_lead(account: Account, item: dict[str, Any], checks: Checks) -> None:
    """Notes what is wrong with a lead model: stage of another pipeline, unknown contact and so on."""
    check_card(account, "leads", item, checks)
    checks.typed(item, "price", int)
    _check_stage(account, item, checks)
    for index, contact in enumerate((item.get("_embedded") or {}).get("contacts") or []):
        if account.visible("contacts", contact.get("id")) is None:
            checks.add("NotSupportedChoice", f"_embedded.contacts.{index}.id", "Contact not found")


def create_lead(account: Account, item: dict[str, Any], *, waits: bool = False) -> Card:
    """Stores a checked lead model; without a stage it lands in the first working one of its pipeline."""
    card = new_card(account, item)
    card.waits = waits
    pipeline = account.pipeline(item["pipeline_id"]) if item.get("pipeline_id") else account.main_pipeline()
    assert pipeline is not None
    card.pipeline_id = pipeline.id
    card.status_id = item.get("status_id") or next(one.id for one in pipeline.statuses if one.type == 0)
    card.price = item.get("price", 0)
    linked = (item.get("_embedded") or {}).get("contacts") or []
    card.contacts = [one["id"] for one in sorted(linked, key=lambda one: not one.get("is_main"))]
    write_card(account, "leads", card, item)
    account.leads[card.id] = card
    return card


def show_lead(account: Account, card: Card) -> dict[str, Any]:
    """Returns a lead as read; its contacts only `with=contacts`."""
    shown = show_card(account, "leads", card)
    shown |= {
        "price": card.price,
        "status_id": card.status_id,
        "pipeline_id": card.pipeline_id,
        "loss_reason_id": None,
        "closed_at": card.closed_at,
    }
    if "contacts" in wanted_with():
        seen = [id for id in card.contacts if account.visible("contacts", id)]
        shown["_embedded"]["contacts"] = [{"id": id, "is_main": id == card.contacts[0]} for id in seen]
    return shown


def _check_stage(account: Account, item: dict[str, Any], checks: Checks) -> None:
    pipeline_id, status_id = checks.typed(item, "pipeline_id", int), checks.typed(item, "status_id", int)
    pipeline = account.pipeline(pipeline_id) if pipeline_id else account.main_pipeline()
    if pipeline is None:
        checks.add("NotSupportedChoice", "pipeline_id", "The value you selected is not a valid choice.")
    elif status_id and status_id not in {one.id for one in pipeline.statuses}:
        checks.add("NotSupportedChoice", "status_id", "The value you selected is not a valid choice.")


def _check_change(account: Account, item: dict[str, Any], checks: Checks) -> None:
    id = checks.typed(item, "id", int, required=True)
    card = account.visible("leads", id) if id is not None else None
    if card is None:
        checks.add("NotSupportedChoice", "id", "Lead not found")
        return
    check_card(account, "leads", item, checks)
    if "status_id" in item:
        _check_stage(account, {"pipeline_id": card.pipeline_id, **item}, checks)


def _change(account: Account, item: dict[str, Any]) -> dict[str, Any]:
    card = account.leads[item["id"]]
    card.price = item.get("price", card.price)
    card.pipeline_id = item.get("pipeline_id", card.pipeline_id)
    if "status_id" in item:
        card.status_id = item["status_id"]
        card.closed_at = account.stamp() if card.status_id in (WON, LOST) else None
    write_card(account, "leads", card, item)
    return {"id": card.id, "updated_at": card.updated_at, "_links": link(account, f"leads/{card.id}")}


def _check_complex(account: Account, item: dict[str, Any], checks: Checks) -> None:
    embedded = item.get("_embedded") or {}
    contacts = embedded.get("contacts") or []
    if len(contacts) > 1:
        checks.add("TooMany", "_embedded.contacts", "This collection should contain 1 element or less.")
    for model in (item, *contacts):
        if len(model.get("custom_fields_values") or []) > MOST_VALUES:
            checks.add("TooMany", "custom_fields_values", "Too many values.")
    known = [one for one in contacts if "id" in one]
    check_lead(account, {**item, "_embedded": {"contacts": known}}, checks)
    for contact in contacts:
        check_card(account, "contacts", contact, checks)


def _complex(account: Account, item: dict[str, Any], request_id: str) -> dict[str, Any]:
    embedded = item.get("_embedded") or {}
    metadata = embedded.get("metadata")
    contact = next(iter(embedded.get("contacts") or []), None)
    id = None
    if contact:
        id = contact.get("id") or create_contact(account, contact, waits=metadata is not None).id
    linked = [{"id": id}] if id else []
    card = create_lead(account, {**item, "_embedded": {**embedded, "contacts": linked}})
    if metadata:
        stand_in_unsorted(account, card, metadata, str(metadata.get("source_uid", "")), id)
    return {"id": card.id, "contact_id": id, "company_id": None, "request_id": [request_id], "merged": False}


def _check_link(account: Account, item: dict[str, Any], checks: Checks) -> None:
    if item.get("to_entity_type") != "contacts" or account.visible("contacts", item.get("to_entity_id", 0)) is None:
        checks.add("NotSupportedChoice", "to_entity_id", "Entity not found")


def _link(card: Card, item: dict[str, Any]) -> None:
    contact = item["to_entity_id"]
    is_main = (item.get("metadata") or {}).get("is_main", False)
    rest = [one for one in card.contacts if one != contact]
    card.contacts = [contact, *rest] if is_main else [*rest, contact]


def _links(card: Card) -> list[dict[str, Any]]:
    return [
        {
            "entity_id": card.id,
            "entity_type": "leads",
            "to_entity_id": contact,
            "to_entity_type": "contacts",
            "metadata": {"main_contact": index == 0},
        }
        for index, contact in enumerate(card.contacts)
    ]
