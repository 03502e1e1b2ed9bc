"""`/api/v4/contacts`."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from demo.sandbox.amocrm.account import Account, Card
from demo.sandbox.amocrm.cards import check_card, matching, new_card, show_card, wanted_with, write_card
from demo.sandbox.amocrm.wire import Checks, Problem, batch, checked, hal, link, listing, nothing, request_id


def add_routes(blueprint: Blueprint, account: Account) -> None:
    """Serves reading, creating and changing contacts; creation never looks for duplicates."""

    @blueprint.get("/api/v4/contacts")
    def contacts() -> Response:
        rows = [show_contact(account, card) for card in matching(account, "contacts")]
        return listing(account, "contacts", "contacts", rows)

    @blueprint.get("/api/v4/contacts/<int:id>")
    def contact(id: int) -> Response:
        card = account.visible("contacts", id)
        return hal(show_contact(account, card)) if card else nothing()

    @blueprint.post("/api/v4/contacts")
    def create_contacts() -> Response:
        items = batch()
        checked(items, lambda item, checks: check_card(account, "contacts", item, checks))
        made = [create_contact(account, item) for item in items]
        rows = [
            _made(account, card, request_id(item, i)) for i, (card, item) in enumerate(zip(made, items, strict=True))
        ]
        return hal({"_links": link(account, "contacts"), "_embedded": {"contacts": rows}})

    @blueprint.patch("/api/v4/contacts")
    def change_contacts() -> Response:
        items = batch()
        checked(items, lambda item, checks: _check_change(account, item, checks))
        rows = [_change(account, item) for item in items]
        return hal({"_links": link(account, "contacts"), "_embedded": {"contacts": rows}})

    @blueprint.patch("/api/v4/contacts/<int:id>")
    def change_contact(id: int) -> Response:
        item = request.get_json(silent=True)
        if not isinstance(item, dict):
            raise Problem(400, "Request validation failed", [("0", "InvalidType", "", "An object is expected.")])
        checked([{**item, "id": id}], lambda item, checks: _check_change(account, item, checks))
        return hal(_change(account, {**item, "id": id}))


def create_contact(account: Account, item: dict[str, Any], *, waits: bool = False) -> Card:
    """Stores a checked contact model."""
    card = new_card(account, item)
    card.waits = waits
    write_card(account, "contacts", card, item)
    account.contacts[card.id] = card
    return card


def show_contact(account: Account, card: Card) -> dict[str, Any]:
    """Returns a contact as read; its leads only `with=leads`."""
    shown = show_card(account, "contacts", card)
    if "leads" in wanted_with():
        shown["_embedded"]["leads"] = [
            {"id": lead.id, "_links": link(account, f"leads/{lead.id}")} for lead in account.leads_of(card.id)
        ]
    return shown


def _check_change(account: Account, item: dict[str, Any], checks: Checks) -> None:
    id = checks.typed(item, "id", int, required=True)
    if id is not None and account.visible("contacts", id) is None:
        checks.add("NotSupportedChoice", "id", "Contact not found")
    check_card(account, "contacts", item, checks)


def _change(account: Account, item: dict[str, Any]) -> dict[str, Any]:
    card = account.contacts[item["id"]]
    write_card(account, "contacts", card, item)
    links = link(account, f"contacts/{card.id}")
    return {"id": card.id, "name": card.name, "updated_at": card.updated_at, "_links": links}


def _made(account: Account, card: Card, request_id: str) -> dict[str, Any]:
    return {"id": card.id, "request_id": request_id, "_links": link(account, f"contacts/{card.id}")}
