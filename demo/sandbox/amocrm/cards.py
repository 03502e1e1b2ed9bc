"""Contacts and leads: what they share when they are checked, written, shown and searched."""

from __future__ import annotations

from typing import Any

from flask import request

from demo.sandbox.amocrm.account import Account, Card
from demo.sandbox.amocrm.values import check_values, show_values, write_values
from demo.sandbox.amocrm.wire import Checks, Problem, filtered, link

LONGEST_NAME = 255


def check_card(account: Account, entity: str, item: dict[str, Any], checks: Checks) -> None:
    """Notes what is wrong with a contact or lead model."""
    name = checks.typed(item, "name", str)
    if name and len(name) > LONGEST_NAME:
        checks.add("TooLong", "name", "This value is too long.")
    user = checks.typed(item, "responsible_user_id", int)
    if user and user not in {one.id for one in account.users if one.is_active}:
        checks.add("NotSupportedChoice", "responsible_user_id", "The value you selected is not a valid choice.")
    check_values(account, entity, item, checks)


def write_card(account: Account, entity: str, card: Card, item: dict[str, Any]) -> None:
    """Applies what the model names and leaves the rest."""
    card.name = item.get("name", card.name)
    card.responsible_user_id = item.get("responsible_user_id", card.responsible_user_id)
    card.updated_at = account.stamp()
    write_values(account, entity, card, item)
    _write_tags(account, entity, card, item)


def new_card(account: Account, item: dict[str, Any]) -> Card:
    """Returns an empty card with the next id."""
    at = account.stamp()
    owner = account.current_user_id
    return Card(account.new_id(), item.get("name", ""), owner, at, at, item.get("created_by", owner))


def show_card(account: Account, entity: str, card: Card) -> dict[str, Any]:
    """Returns what contacts and leads have in common when read."""
    return {
        "id": card.id,
        "name": card.name,
        "responsible_user_id": card.responsible_user_id,
        "group_id": 0,
        "created_by": card.created_by,
        "updated_by": card.created_by,
        "created_at": card.created_at,
        "updated_at": card.updated_at,
        "closest_task_at": None,
        "is_deleted": False,
        "account_id": account.id,
        "custom_fields_values": show_values(account, card),
        "_links": link(account, f"{entity}/{card.id}"),
        "_embedded": {
            "tags": [{"id": tag_id(account, entity, tag), "name": tag, "color": None} for tag in card.tags],
            "companies": [],
        },
    }


def matching(account: Account, entity: str) -> list[Card]:
    """Returns the visible cards that the request's query and filters leave.

    `query` is a substring of any filled field. Filters are ignored unless they were bought.
    """
    cards = [card for card in account.cards(entity).values() if not card.waits]
    query = request.args.get("query", "").casefold()
    if query:
        cards = [card for card in cards if any(query in text.casefold() for text in _texts(card))]
    if account.is_api_filter_enabled:
        cards = [card for card in cards if _passes(card)]
    newest_first = request.args.get("order[updated_at]") == "desc"
    return sorted(cards, key=lambda card: (card.updated_at, card.id), reverse=True) if newest_first else cards


def existing(account: Account, entity: str, id: int) -> Card:
    """Returns a visible card.

    Raises:
        Problem: 404.
    """
    card = account.visible(entity, id)
    if card is None:
        raise Problem(404, f"{entity[:-1].title()} not found")
    return card


def tag_id(account: Account, entity: str, name: str) -> int:
    """Returns the id of a tag; contacts and leads have different dictionaries."""
    key = (entity, name)
    if key not in account.tag_ids:
        account.tag_ids[key] = account.new_id()
    return account.tag_ids[key]


def wanted_with() -> set[str]:
    """Returns the words of the `with` parameter."""
    return set(request.args.get("with", "").split(","))


def _texts(card: Card) -> list[str]:
    return [card.name, *(str(item["value"]) for values in card.values.values() for item in values)]


def _passes(card: Card) -> bool:
    ids = filtered("id")
    if ids and str(card.id) not in ids:
        return False
    prefix = "filter[custom_fields_values]["
    for key in request.args:
        if key.startswith(prefix) and key.endswith("][]"):
            field_id = int(key.removeprefix(prefix).removesuffix("][]"))
            held = {str(item.get("enum_id") or item["value"]) for item in card.values.get(field_id, [])}
            if held.isdisjoint(request.args.getlist(key)):
                return False
    return True


def _write_tags(account: Account, entity: str, card: Card, item: dict[str, Any]) -> None:
    embedded = item.get("_embedded") or {}
    if "tags" in embedded:
        card.tags = [_tag_name(account, entity, tag) for tag in embedded["tags"] or []]
    for tag in item.get("tags_to_add") or []:
        name = _tag_name(account, entity, tag)
        if name not in card.tags:
            card.tags.append(name)
    gone = {_tag_name(account, entity, tag) for tag in item.get("tags_to_delete") or []}
    card.tags = [name for name in card.tags if name not in gone]
    for name in card.tags:
        tag_id(account, entity, name)


def _tag_name(account: Account, entity: str, tag: dict[str, Any]) -> str:
    if "name" in tag:
        return str(tag["name"])
    return next(name for (of, name), id in account.tag_ids.items() if of == entity and id == tag["id"])
