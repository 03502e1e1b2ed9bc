"""To-dos in the timeline of a card."""

from __future__ import annotations

from datetime import datetime

from tracker.deliveries.entities import Entity
from tracker.providers.crm.bitrix24.calls import OWNER_TYPES
from tracker.providers.crm.bitrix24.client import Client

TODO = "CRM_TODO"


def add(client: Client, entity: Entity, text: str, due: datetime, marker: str, owner: str | None) -> str:
    """Makes a to-do and returns the id of its activity; without an owner the portal takes ours."""
    params: dict[str, object] = {
        "ownerTypeId": OWNER_TYPES[entity.type],
        "ownerId": entity.id,
        "deadline": due.isoformat(timespec="seconds"),
        "title": text,
        "description": marker,
    }
    if owner:
        params["responsibleId"] = owner
    return str(client.call("make a task", "crm.activity.todo.add", params)["id"])


def find(client: Client, entity: Entity, marker: str) -> str | None:
    """The to-do with our marker in its description."""
    conditions = {
        "OWNER_TYPE_ID": OWNER_TYPES[entity.type],
        "OWNER_ID": entity.id,
        "PROVIDER_ID": TODO,
    }
    params = {"filter": conditions, "select": ["ID", "DESCRIPTION"], "order": {"ID": "DESC"}}
    rows = client.rows("look for the task", "crm.activity.list", params)
    return next((str(row["ID"]) for row in rows if marker in str(row.get("DESCRIPTION"))), None)
