"""Comments on the timeline of a card; our marker stands on their last line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from contextlib import suppress

from tracker.deliveries.entities import Entity, Note
from tracker.errors import ProviderError
from tracker.providers.crm.bitrix24.client import Client, Command
from tracker.providers.crm.bitrix24.refusals import Missing

CODE_OPENING = re.compile(r"\[(?=/?[A-Za-z*])")


def add(client: Client, entity: Entity, text: str, marker: str) -> str:
    """Writes a comment and returns its id."""
    return str(client.call("write the note", "crm.timeline.comment.add", {"fields": _fields(entity, text, marker)}))


def add_all(client: Client, notes: Sequence[Note]) -> list[str]:
    """Writes comments in one request and returns their ids; each is made or refused by itself.

    Raises:
        ProviderError: at least one was not written; the others may be.
    """
    commands: dict[str, Command] = {
        f"note{number}": ("crm.timeline.comment.add", {"fields": _fields(note.entity, note.text, note.marker)})
        for number, note in enumerate(notes)
    }
    try:
        answer = client.batch("write the notes", commands)
        return [str(answer.get(key)) for key in commands]
    except ProviderError as error:
        error.maybe_done = True
        raise


def edit(client: Client, note: str, text: str, marker: str) -> None:
    """Replaces a comment; one that a person deleted stays deleted."""
    read = ("crm.timeline.comment.get", {"id": note})
    write = ("crm.timeline.comment.update", {"id": note, "fields": {"COMMENT": signed(text, marker)}})
    with suppress(Missing):
        client.replace("correct the note", read, write)


def text_of(client: Client, note: str) -> str | None:
    """The comment as it stands, without the marker; None when it is gone."""
    try:
        row = client.call("read the note", "crm.timeline.comment.get", {"id": note})
    except Missing:
        return None
    return str(row["COMMENT"]).rpartition("\n")[0]


def remove(client: Client, note: str) -> None:
    """Deletes a comment."""
    with suppress(Missing):
        client.call("delete the note", "crm.timeline.comment.delete", {"id": note})


def are_on(client: Client, entity: Entity) -> bool:
    """Says whether there are comments on the card."""
    params = {"filter": {"ENTITY_TYPE": entity.type.value, "ENTITY_ID": entity.id}, "select": ["ID"]}
    return any(client.rows("list the notes", "crm.timeline.comment.list", params))


def find(client: Client, entity: Entity, marker: str) -> str | None:
    """The comment with our marker. The portal filters comments by their card only, so the rest is read here."""
    params = {
        "filter": {"ENTITY_TYPE": entity.type.value, "ENTITY_ID": entity.id},
        "select": ["ID", "COMMENT"],
        "order": {"ID": "DESC"},
    }
    rows = client.rows("look for the note", "crm.timeline.comment.list", params)
    return next((str(row["ID"]) for row in rows if marker in str(row.get("COMMENT"))), None)


def _fields(entity: Entity, text: str, marker: str) -> dict[str, str]:
    return {"ENTITY_TYPE": entity.type.value, "ENTITY_ID": entity.id, "COMMENT": signed(text, marker)}


def signed(text: str, marker: str) -> str:
    """The text with its marker; brackets that the portal would take for markup (`[URL=…]`) are defused,
    because visitors write parts of the text."""
    return f"{CODE_OPENING.sub('[ ', text)}\n{marker}"
