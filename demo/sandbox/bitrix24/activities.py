"""`crm.activity.*`: calls, to-dos, and their bindings to more than one card."""

from __future__ import annotations

from typing import Any

from demo.sandbox.bitrix24 import events
from demo.sandbox.bitrix24.entities import BY_TYPE_ID
from demo.sandbox.bitrix24.listing import row_values, select_rows, sort_rows
from demo.sandbox.bitrix24.php import each, number
from demo.sandbox.bitrix24.portal import Portal
from demo.sandbox.bitrix24.wire import Call, Method, Page, Rejected, page

CALL_TYPE = 2
TYPES = (1, 2, 3, 4, 6)
WRITABLE = ("SUBJECT", "COMPLETED", "RESPONSIBLE_ID", "START_TIME", "END_TIME", "DEADLINE", "PRIORITY",
            "DESCRIPTION", "DESCRIPTION_TYPE", "DIRECTION", "ORIGINATOR_ID", "ORIGIN_ID", "RESULT_STATUS")  # fmt: skip
BLANK: dict[str, Any] = {**dict.fromkeys(WRITABLE), "COMPLETED": "N", "PROVIDER_ID": None}


def add(call: Call) -> int:
    """Creates an activity; calls need exactly one communication."""
    fields = call.fields()
    owner_type, owner = number(fields.get("OWNER_TYPE_ID", "")), number(fields.get("OWNER_ID", ""))
    if owner_type not in BY_TYPE_ID or owner not in call.portal.cards[BY_TYPE_ID[owner_type].name]:
        raise Rejected(400, "", "Could not build binding. Please ensure that owner info and communications"
                       " are defined correctly.")  # fmt: skip
    type_id = number(fields.get("TYPE_ID", ""))
    if type_id not in TYPES:
        raise Rejected(400, "", "The field TYPE_ID is not defined or invalid.")
    _check(call, fields, type_id)
    activity: dict[str, Any] = {**BLANK, "PRIORITY": "2"}
    activity |= {"TYPE_ID": str(type_id), "FILES": each(fields.get("FILES"))}
    activity["COMMUNICATIONS"] = each(fields.get("COMMUNICATIONS"))
    return keep(call.portal, activity | _texts(fields), owner_type, owner, call.caller.user.id)


def keep(portal: Portal, activity: dict[str, Any], owner_type: int, owner: int, author: int) -> int:
    """Stores a new activity on its owner and tells the subscribers."""
    id = portal.next_id()
    portal.activities[id] = {
        **activity,
        "ID": str(id),
        "OWNER_TYPE_ID": str(owner_type),
        "OWNER_ID": str(owner),
        "CREATED": portal.timestamp(),
        "LAST_UPDATED": portal.timestamp(),
        "AUTHOR_ID": str(author),
    }
    portal.bindings[id] = [(owner_type, owner)]
    events.fire(portal, "ONCRMACTIVITYADD", {"FIELDS": {"ID": id}})
    return id


def update(call: Call) -> bool:
    """Changes the named fields."""
    activity = _existing(call, call.params.get("id"))
    fields = call.fields()
    if "SUBJECT" in fields and not fields["SUBJECT"]:
        raise Rejected(400, "", "The field SUBJECT is not defined or empty.")
    if "RESPONSIBLE_ID" in fields:
        _check_responsible(call, fields)
    activity.update(_texts(fields), LAST_UPDATED=call.portal.timestamp())
    if fields.get("FILES"):
        activity["FILES"] = each(fields["FILES"])
    events.fire(call.portal, "ONCRMACTIVITYUPDATE", {"FIELDS": {"ID": int(activity["ID"])}})
    return True


def get(call: Call) -> dict[str, Any]:
    """Returns one activity."""
    return _existing(call, call.params.get("id"))


def delete(call: Call) -> bool:
    """Removes one activity."""
    id = int(_existing(call, call.params.get("id"))["ID"])
    del call.portal.activities[id], call.portal.bindings[id]
    return True


def list_activities(call: Call) -> Page:
    """Lists activities; a call comes without its communications unless they are selected."""
    rows = select_rows(list(call.portal.activities.values()), call.params.get("filter"), row_values)
    rows = sort_rows(rows, call.params.get("order"), row_values)
    wanted = {str(name) for name in each(call.params.get("select"))} or {"*"}
    cut = page(rows, call.params.get("start"))
    return Page([_selected(row, wanted) for row in cut.rows], cut.total, cut.next)


def add_todo(call: Call) -> dict[str, int]:
    """`crm.activity.todo.add`: parameters in camelCase, `deadline` is required."""
    owner_type = number(call.params.get("ownerTypeId", ""))
    owner = number(call.params.get("ownerId", ""))
    if owner_type not in BY_TYPE_ID or owner is None:
        raise Rejected(400, "100", "Could not find value for parameter {ownerTypeId} or {ownerId}")
    if not call.params.get("deadline"):
        raise Rejected(400, "100", "Could not find value for parameter {deadline}")
    if owner not in call.portal.cards[BY_TYPE_ID[owner_type].name]:
        raise Rejected(400, "OWNER_NOT_FOUND", "Owner was not found")
    responsible = number(call.params.get("responsibleId", "")) or call.caller.user.id
    activity = {
        **BLANK,
        "TYPE_ID": "6",
        "PROVIDER_ID": "CRM_TODO",
        "COMPLETED": "N",
        "SUBJECT": str(call.params.get("title") or "To-do"),
        "DESCRIPTION": str(call.params.get("description") or ""),
        "DEADLINE": str(call.params["deadline"]),
        "RESPONSIBLE_ID": str(responsible),
    }
    return {"id": keep(call.portal, activity, owner_type, owner, call.caller.user.id)}


def bind(call: Call) -> bool:
    """`crm.activity.binding.add`: shows an activity on a second card too."""
    links = call.portal.bindings[int(_existing(call, call.params.get("activityId"))["ID"])]
    link = (number(call.params.get("entityTypeId", "")) or 0, number(call.params.get("entityId", "")) or 0)
    if link[0] not in BY_TYPE_ID or link[1] not in call.portal.cards[BY_TYPE_ID[link[0]].name]:
        raise Rejected(400, "OWNER_NOT_FOUND", "Owner was not found")
    if link in links:
        raise Rejected(400, "ACTIVITY_IS_ALREADY_BOUND", "Activity is already bound")
    links.append(link)
    return True


def bindings(call: Call) -> list[dict[str, int]]:
    """`crm.activity.binding.list`."""
    id = int(_existing(call, call.params.get("activityId"))["ID"])
    return [{"entityTypeId": type, "entityId": card} for type, card in call.portal.bindings[id]]


def _check(call: Call, fields: dict[str, Any], type_id: int) -> None:
    if not fields.get("SUBJECT"):
        raise Rejected(400, "", "The field SUBJECT is not defined or empty.")
    _check_responsible(call, fields)
    communications = each(fields.get("COMMUNICATIONS"))
    if not communications or not all(isinstance(c, dict) and c.get("VALUE") for c in communications):
        raise Rejected(400, "", "The field COMMUNICATIONS is not defined or invalid.")
    if type_id == CALL_TYPE and len(communications) > 1:
        raise Rejected(400, "", "The only one communication is allowed for activity of specified type.")


def _check_responsible(call: Call, fields: dict[str, Any]) -> None:
    if number(fields.get("RESPONSIBLE_ID", "")) not in call.portal.users:
        raise Rejected(400, "", "The field RESPONSIBLE_ID is not defined or invalid.")


def _existing(call: Call, id: Any) -> dict[str, Any]:
    activity = call.portal.activities.get(number(id or "") or 0)
    if activity is None:
        raise Rejected(400, "", "Activity is not found.")
    return activity


def _texts(fields: dict[str, Any]) -> dict[str, str | None]:
    return {name: None if fields[name] is None else str(fields[name]) for name in WRITABLE if name in fields}


def _selected(row: dict[str, Any], wanted: set[str]) -> dict[str, Any]:
    if "*" in wanted:
        return {name: row[name] for name in row if name != "COMMUNICATIONS" or name in wanted}
    return {name: row[name] for name in row if name in wanted or name == "ID"}


METHODS: dict[str, Method] = {
    "crm.activity.add": add,
    "crm.activity.get": get,
    "crm.activity.update": update,
    "crm.activity.delete": delete,
    "crm.activity.list": list_activities,
    "crm.activity.todo.add": add_todo,
    "crm.activity.binding.add": bind,
    "crm.activity.binding.list": bindings,
}
