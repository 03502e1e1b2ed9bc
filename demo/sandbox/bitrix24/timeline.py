"""`crm.timeline.comment.*`: comments on a card."""

from __future__ import annotations

from typing import Any

from demo.sandbox.bitrix24.entities import ENTITIES
from demo.sandbox.bitrix24.listing import row_values, sort_rows
from demo.sandbox.bitrix24.php import number, table
from demo.sandbox.bitrix24.wire import Call, Method, Page, Rejected, page


def add(call: Call) -> int:
    """Adds a comment; the parameter must be called `fields`, in lower case."""
    if "fields" not in call.params:
        raise Rejected(400, "100", "Could not find value for parameter {fields}")
    fields = call.fields()
    type, owner = _owner(call, fields)
    if not fields.get("COMMENT"):
        raise Rejected(400, "INVALID_ARG_VALUE", "Comment message cannot be empty")
    id = call.portal.next_id()
    call.portal.comments[id] = {
        "ID": str(id),
        "ENTITY_ID": str(owner),
        "ENTITY_TYPE": type,
        "CREATED": call.portal.timestamp(),
        "COMMENT": str(fields["COMMENT"]),
        "AUTHOR_ID": str(call.caller.user.id),
    }
    return id


def get(call: Call) -> dict[str, Any]:
    """Returns one comment."""
    comment = call.portal.comments.get(number(call.params.get("id", "")) or 0)
    if comment is None:
        raise Rejected(400, "NOT_FOUND", "Not found")
    return comment


def update(call: Call) -> bool:
    """Replaces the text of a comment."""
    comment, fields = get(call), call.fields()
    if not fields.get("COMMENT"):
        raise Rejected(400, "INVALID_ARG_VALUE", "Comment message cannot be empty")
    comment["COMMENT"] = str(fields["COMMENT"])
    return True


def delete(call: Call) -> bool:
    """Removes one comment."""
    del call.portal.comments[int(get(call)["ID"])]
    return True


def list_comments(call: Call) -> Page:
    """Lists the comments of one card; only ENTITY_ID and ENTITY_TYPE filter, other conditions do nothing."""
    conditions = {key.lstrip("="): value for key, value in table(call.params.get("filter")).items()}
    type, owner = _owner(call, conditions)
    rows = [
        row for row in call.portal.comments.values() if row["ENTITY_TYPE"] == type and row["ENTITY_ID"] == str(owner)
    ]
    return page(sort_rows(rows, call.params.get("order"), row_values), call.params.get("start"))


def _owner(call: Call, fields: dict[str, Any]) -> tuple[str, int]:
    type, id = str(fields.get("ENTITY_TYPE", "")).lower(), number(fields.get("ENTITY_ID", ""))
    if type.upper() not in ENTITIES or id is None:
        raise Rejected(400, "100", "Could not find value for parameter {ENTITY_TYPE} or {ENTITY_ID}")
    if id not in call.portal.cards[type.upper()]:
        raise Rejected(400, "OWNER_NOT_FOUND", "Owner was not found")
    return type, id


METHODS: dict[str, Method] = {
    "crm.timeline.comment.add": add,
    "crm.timeline.comment.get": get,
    "crm.timeline.comment.update": update,
    "crm.timeline.comment.delete": delete,
    "crm.timeline.comment.list": list_comments,
}
