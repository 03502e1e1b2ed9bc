"""Taking back what we wrote: what else hangs on a card, when it was changed, and its deletion."""

from __future__ import annotations

from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime

from tracker.deliveries.entities import Entity
from tracker.deliveries.finding import holds_phone
from tracker.providers.crm.bitrix24 import notes
from tracker.providers.crm.bitrix24.calls import OWNER_TYPES
from tracker.providers.crm.bitrix24.cards import Cards
from tracker.providers.crm.bitrix24.client import Client
from tracker.providers.crm.bitrix24.refusals import Missing


class Removal:
    """The deleting side of one portal."""

    def __init__(self, client: Client, cards: Cards) -> None:
        self._client = client
        self._cards = cards

    def modified_at(self, entity: Entity) -> datetime | None:
        """When the card was last changed."""
        row = self._cards.get(entity.type, entity.id)
        return datetime.fromisoformat(str(row["DATE_MODIFY"])).astimezone(UTC) if row else None

    def holds_anything(self, entity: Entity) -> bool:
        """Says whether comments or activities hang on the card."""
        conditions = {"OWNER_TYPE_ID": OWNER_TYPES[entity.type], "OWNER_ID": entity.id}
        params = {"filter": conditions, "select": ["ID"]}
        rows = self._client.rows("list the activities", "crm.activity.list", params)
        return any(rows) or notes.are_on(self._client, entity)

    def take_back(self, entity: Entity, phones: Sequence[str], emails: Sequence[str]) -> None:
        """Deletes single values of the card by their ids."""
        row = self._cards.get(entity.type, entity.id) or {}
        changes = {
            name: [{"ID": item["ID"], "DELETE": "Y"} for item in row.get(name) or [] if _is_one(item["VALUE"], gone)]
            for name, gone in (("PHONE", phones), ("EMAIL", emails))
        }
        changes = {name: items for name, items in changes.items() if items}
        if changes:
            self._cards.change(entity, changes, row)

    def card(self, entity: Entity) -> None:
        """Deletes a card."""
        self._delete(f"delete the {entity.type}", f"crm.{entity.type}.delete", entity.id)

    def activity(self, record: str) -> None:
        """Deletes a to-do, or the activity of a call; what the portal's statistics hold of it stays there."""
        if (id := activity_of(record)) is not None:
            self._delete("delete the activity", "crm.activity.delete", id)

    def _delete(self, step: str, method: str, id: str) -> None:
        with suppress(Missing):
            self._client.call(step, method, {"id": id})


def activity_of(record: str) -> str | None:
    """Finds the activity in our id of a call or task, `999` or `<CALL_ID>|999|recorded`; None when there is none."""
    ids = [part for part in record.split("|") if part.isdigit() and part != "0"]
    return ids[-1] if ids else None


def _is_one(written: str, gone: Sequence[str]) -> bool:
    return any(written == value or (value.startswith("+") and holds_phone([written], value)) for value in gone)
