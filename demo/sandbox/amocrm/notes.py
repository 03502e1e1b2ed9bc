"""Notes and calls on cards."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request

from demo.sandbox.amocrm.account import Account, Note
from demo.sandbox.amocrm.cards import existing
from demo.sandbox.amocrm.wire import Checks, Problem, batch, checked, filtered, hal, link, listing, nothing, request_id

PARAMS: dict[str, dict[str, type]] = {
    "common": {"text": str},
    "call_in": {"uniq": str, "duration": int, "source": str, "phone": str},
    "call_out": {"uniq": str, "duration": int, "source": str, "phone": str},
    "service_message": {"service": str, "text": str},
    "extended_service_message": {"service": str, "text": str},
    "sms_in": {"text": str, "phone": str},
    "sms_out": {"text": str, "phone": str},
}
"""Parameters that each type of note must have."""

LAST_DIGITS = 10
CALL_NEEDS = {"direction": str, "duration": int, "source": str, "phone": str}
ENTITIES = "<any(contacts, leads):entity>"


def add_routes(blueprint: Blueprint, account: Account) -> None:
    """Serves reading, adding and changing notes, and the call log."""

    @blueprint.get(f"/api/v4/{ENTITIES}/notes")
    def all_notes(entity: str) -> Response:
        return _listed(account, entity, [note for note in account.notes.values() if note.entity == entity])

    @blueprint.get(f"/api/v4/{ENTITIES}/<int:id>/notes")
    def notes(entity: str, id: int) -> Response:
        existing(account, entity, id)
        return _listed(account, entity, account.notes_on(entity, id))

    @blueprint.get(f"/api/v4/{ENTITIES}/<int:id>/notes/<int:note_id>")
    def note(entity: str, id: int, note_id: int) -> Response:
        found = account.notes.get(note_id)
        return hal(show(account, found)) if found and found.entity_id == id else nothing()

    @blueprint.post(f"/api/v4/{ENTITIES}/notes")
    def add_notes(entity: str) -> Response:
        return _add(account, entity, batch())

    @blueprint.post(f"/api/v4/{ENTITIES}/<int:id>/notes")
    def add_notes_to(entity: str, id: int) -> Response:
        existing(account, entity, id)
        return _add(account, entity, [{**item, "entity_id": id} for item in batch()])

    @blueprint.patch(f"/api/v4/{ENTITIES}/notes")
    def change_notes(entity: str) -> Response:
        return _change(account, entity, batch())

    @blueprint.patch(f"/api/v4/{ENTITIES}/<int:id>/notes/<int:note_id>")
    def change_note(entity: str, id: int, note_id: int) -> Response:
        item = request.get_json(silent=True)
        if not isinstance(item, dict):
            raise Problem(400, "Request validation failed", [("0", "InvalidType", "", "An object is expected.")])
        return _change(account, entity, [{**item, "id": note_id}])

    @blueprint.post("/api/v4/calls")
    def add_calls() -> Response:
        items = batch()
        checked(items, _check_call)
        return _log_calls(account, items)


def show(account: Account, note: Note) -> dict[str, Any]:
    """Returns a note as read."""
    return {
        "id": note.id,
        "entity_id": note.entity_id,
        "created_by": note.created_by,
        "updated_by": note.created_by,
        "created_at": note.created_at,
        "updated_at": note.created_at,
        "responsible_user_id": note.responsible_user_id,
        "group_id": 0,
        "note_type": note.note_type,
        "params": note.params,
        "account_id": account.id,
        "_links": link(account, f"{note.entity}/{note.entity_id}/notes/{note.id}"),
    }


def _listed(account: Account, entity: str, notes: list[Note]) -> Response:
    types, ids = filtered("note_type"), filtered("entity_id")
    rows = [
        show(account, note)
        for note in notes
        if (not types or note.note_type in types) and (not ids or str(note.entity_id) in ids)
    ]
    if request.args.get("order[id]") == "desc":
        rows.reverse()
    return listing(account, f"{entity}/notes", "notes", rows)


def _add(account: Account, entity: str, items: list[dict[str, Any]]) -> Response:
    checked(items, lambda item, checks: _check(account, entity, item, checks))
    rows = []
    for index, item in enumerate(items):
        note = Note(
            id=account.new_id(),
            entity=entity,
            entity_id=item["entity_id"],
            note_type=item["note_type"],
            params=dict(item["params"]),
            created_at=item.get("created_at", account.stamp()),
            created_by=item.get("created_by", account.current_user_id),
            responsible_user_id=item.get("responsible_user_id", account.current_user_id),
        )
        account.notes[note.id] = note
        shown = {"id": note.id, "entity_id": note.entity_id, "request_id": request_id(item, index)}
        rows.append({**shown, "_links": link(account, f"{entity}/{note.entity_id}/notes/{note.id}")})
    return hal({"_links": link(account, f"{entity}/notes"), "_embedded": {"notes": rows}})


def _check(account: Account, entity: str, item: dict[str, Any], checks: Checks) -> None:
    id = checks.typed(item, "entity_id", int, required=True)
    if id is not None and account.visible(entity, id) is None:
        checks.add("NotSupportedChoice", "entity_id", "Entity not found")
    kind = checks.typed(item, "note_type", str, required=True)
    if kind is not None and kind not in PARAMS:
        checks.add("NotSupportedChoice", "note_type", "The value you selected is not a valid choice.")
        return
    _check_params(kind, item, checks)


def _check_params(kind: str | None, item: dict[str, Any], checks: Checks) -> None:
    params = checks.typed(item, "params", dict, required=True)
    if params is None or kind is None:
        return
    for key, type in PARAMS[kind].items():
        checks.typed(params, key, type, required=True)
    if "link" in params and not str(params["link"]).startswith(("http://", "https://")):
        checks.add("NotSupportedChoice", "params.link", "This value is not a valid URL.")


def _change(account: Account, entity: str, items: list[dict[str, Any]]) -> Response:
    """`params` replaces the whole object: whether the real account merges them is not known."""

    def check(item: dict[str, Any], checks: Checks) -> None:
        id = checks.typed(item, "id", int, required=True)
        note = account.notes.get(id) if id is not None else None
        if note is None or note.entity != entity:
            checks.add("NotSupportedChoice", "id", "Note not found")
        else:
            _check_params(note.note_type, item, checks)

    checked(items, check)
    for item in items:
        account.notes[item["id"]].params = dict(item["params"])
    rows = [show(account, account.notes[item["id"]]) for item in items]
    return hal({"_links": link(account, f"{entity}/notes"), "_embedded": {"notes": rows}})


def _check_call(item: dict[str, Any], checks: Checks) -> None:
    for key, kind in CALL_NEEDS.items():
        checks.typed(item, key, kind, required=True)
    if item.get("direction") not in ("inbound", "outbound"):
        checks.add("NotSupportedChoice", "direction", "The value you selected is not a valid choice.")


def _log_calls(account: Account, items: list[dict[str, Any]]) -> Response:
    """A call lands on the only open lead of the contact with this number, else on the contact."""
    calls, errors = [], []
    for index, item in enumerate(items):
        contact = _contact_with(account, item["phone"])
        if contact is None:
            entry = {"title": "Entity not found", "status": 263, "detail": "Entity not found"}
            errors.append({"request_id": request_id(item, index), **entry})
            continue
        open_leads = [lead for lead in account.leads_of(contact) if lead.is_open]
        entity, id = ("leads", open_leads[0].id) if len(open_leads) == 1 else ("contacts", contact)
        kept = ("uniq", "duration", "source", "link", "phone", "call_result", "call_status", "call_responsible")
        params = {key: item[key] for key in kept if key in item}
        kind = "call_in" if item["direction"] == "inbound" else "call_out"
        note = Note(account.new_id(), entity, id, kind, params, item.get("created_at", account.stamp()))
        account.notes[note.id] = note
        shown = {"id": note.id, "entity_id": id, "entity_type": entity[:-1], "account_id": account.id}
        calls.append({**shown, "request_id": request_id(item, index)})
    body = {"_total_items": len(calls), "errors": errors, "_embedded": {"calls": calls}}
    return hal(body, 200 if calls else 400)


def _contact_with(account: Account, phone: str) -> int | None:
    wanted = _digits(phone)[-LAST_DIGITS:]
    for card in account.contacts.values():
        held = account.text_of(card, "PHONE")
        if not card.waits and any(_digits(text)[-LAST_DIGITS:] == wanted for text in held):
            return card.id
    return None


def _digits(text: str) -> str:
    return "".join(filter(str.isdigit, text))
