"""What happens on a card: notes, calls and tasks, each found again by our marker."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any

from tracker.deliveries.entities import CallRecord, Entity, EntityType, Note
from tracker.providers.crm.amocrm import mapping
from tracker.providers.crm.amocrm.client import AmoClient, Params
from tracker.providers.crm.amocrm.mapping import PATHS


class CardEvents:
    """The part of `Crm` that writes on cards which exist."""

    def __init__(self, client: AmoClient) -> None:
        self._client = client

    def add_note(self, entity: Entity, text: str, marker: str) -> str:
        """Adds an ordinary note; the marker is its last line."""
        return self.add_notes([Note(entity, text, marker)])[0]

    def add_notes(self, notes: Sequence[Note]) -> list[str]:
        """Adds ordinary notes to cards of one type; all or none."""
        return self._add(notes[0].entity.type, "note", [_common(note) for note in notes])

    def find_note(self, entity: Entity, marker: str) -> str | None:
        """Looks through the card's ordinary notes."""
        return self._find_note(entity, "common", lambda params: str(params.get("text", "")).endswith(marker))

    def edit_note(self, entity: Entity, note: str, text: str, marker: str) -> None:
        """Replaces the text of a note."""
        self._change_note("note", entity, note, {"text": f"{text}\n{marker}"})

    def put_call(self, entity: Entity, call: CallRecord, known: str | None) -> str:
        """Writes the call as a `call_in` note on the very card.

        `POST /calls` would choose the card by itself and refuses unknown numbers; a note does neither and is
        the same call in the account's history.
        """
        params = mapping.call_note(call)
        if known is not None:
            self._change_note("call", entity, known, params)
            return known
        owner = mapping.user_id(call.owner)
        # analytics count a call only when its author and its responsible are the same employee
        author = {"created_by": owner["responsible_user_id"]} if owner else {}
        at = {"created_at": int(call.facts.started_at.timestamp())}
        note = {"entity_id": int(entity.id), "note_type": "call_in", "params": params, **at, **owner, **author}
        return self._add(entity.type, "call", [note])[0]

    def find_call(self, entity: Entity, marker: str) -> str | None:
        """Looks through the card's calls."""
        return self._find_note(entity, "call_in", lambda params: params.get("uniq") == marker)

    def add_task(self, entity: Entity, text: str, due: datetime, marker: str, owner: str | None) -> str:
        """Adds a task to call; the marker ends its text, tasks have no other place for it."""
        task = {
            "text": f"{text}\n{marker}",
            "complete_till": int(due.timestamp()),
            "task_type_id": 1,
            "entity_id": int(entity.id),
            "entity_type": PATHS[entity.type],
            **mapping.user_id(owner),
        }
        return self._client.create("task", "tasks", task)

    def find_task(self, entity: Entity, marker: str) -> str | None:
        """Looks through the card's tasks."""
        card: Params = [("filter[entity_type]", PATHS[entity.type]), ("filter[entity_id]", entity.id)]
        for task in self._client.pages("look", "tasks", "tasks", card):
            if str(task.get("text", "")).endswith(marker) and str(task.get("entity_id")) == entity.id:
                return str(task["id"])
        return None

    def _add(self, type: EntityType, step: str, notes: Sequence[Mapping[str, Any]]) -> list[str]:
        made = self._client.send(step, "POST", f"{PATHS[type]}/notes", list(notes))["_embedded"]["notes"]
        ids = {str(one.get("request_id", number)): str(one["id"]) for number, one in enumerate(made)}
        return [ids[str(number)] for number in range(len(notes))]

    def _find_note(self, entity: Entity, kind: str, is_ours: Callable[[Mapping[str, Any]], bool]) -> str | None:
        path = f"{PATHS[entity.type]}/{entity.id}/notes"
        for note in self._client.pages("look", path, "notes", [("filter[note_type][]", kind)]):
            if note["note_type"] == kind and is_ours(note.get("params") or {}):
                return str(note["id"])
        return None

    def _change_note(self, step: str, entity: Entity, note: str, params: Mapping[str, Any]) -> None:
        path = f"{PATHS[entity.type]}/{entity.id}/notes/{note}"
        before = self._client.get(step, path)
        self._client.send(step, "PATCH", path, {"params": params}, before=before)


def _common(note: Note) -> dict[str, Any]:
    params = {"text": f"{note.text}\n{note.marker}"}
    return {"entity_id": int(note.entity.id), "note_type": "common", "params": params}
