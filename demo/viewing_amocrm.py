"""Reads the pretend amoCRM account for the viewer."""

from __future__ import annotations

from datetime import UTC, datetime

from demo.sandbox.amocrm.account import Account, Card, Note
from demo.viewing import CardView, Happening


def cards(account: Account) -> list[CardView]:
    """Contacts and deals, the latest change first."""
    with account.lock:
        found = [_view(account, "contacts", card) for card in account.contacts.values()]
        found += [_view(account, "leads", card) for card in account.leads.values()]
    return sorted(found, key=lambda card: (card.changed_at, card.id), reverse=True)


def _view(account: Account, entity: str, card: Card) -> CardView:
    fields = []
    for field_id, values in card.values.items():
        texts = ", ".join(str(value["value"]) for value in values)
        fields.append((account.fields[field_id].name, texts))
    linked = [account.contacts[contact].name for contact in card.contacts if contact in account.contacts]
    return CardView(
        str(card.id),
        "contact" if entity == "contacts" else "deal",
        card.name,
        "Unsorted" if card.waits else _stage(account, card) if entity == "leads" else None,
        next((user.name for user in account.users if user.id == card.responsible_user_id), ""),
        _at(card.updated_at),
        tuple(fields),
        _happenings(account, entity, card),
        tuple(linked),
        tuple(card.tags),
    )


def _stage(account: Account, card: Card) -> str | None:
    pipeline = account.pipeline(card.pipeline_id)
    if pipeline is None:
        return None
    stage = next((status.name for status in pipeline.statuses if status.id == card.status_id), "")
    return f"{pipeline.name}: {stage}"


def _happenings(account: Account, entity: str, card: Card) -> tuple[Happening, ...]:
    found = [Happening(_at(note.created_at), _kind(note), _text(note)) for note in account.notes_on(entity, card.id)]
    found += [
        Happening(_at(task.complete_till), "task", task.text)
        for task in account.tasks.values()
        if (task.entity_type, task.entity_id) == (entity, card.id)
    ]
    return tuple(found)


def _kind(note: Note) -> str:
    return "call" if note.note_type in ("call_in", "call_out") else "note"


def _text(note: Note) -> str:
    if _kind(note) == "note":
        return str(note.params.get("text", ""))
    params = note.params
    shown = [f"{params.get('phone', '')}", f"{params.get('duration', 0)} s", params.get("call_result")]
    return ", ".join(str(part) for part in shown if part)


def _at(stamp: int) -> datetime:
    return datetime.fromtimestamp(stamp, UTC)
