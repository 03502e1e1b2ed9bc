"""Dictionaries and facts of the portal: statuses, pipelines, the CRM's mode, employees, who am I."""

from __future__ import annotations

from typing import Any

from demo.sandbox.bitrix24.events import require_application
from demo.sandbox.bitrix24.listing import row_values, select_rows, sort_rows
from demo.sandbox.bitrix24.php import number, table
from demo.sandbox.bitrix24.portal import User
from demo.sandbox.bitrix24.wire import Call, Method, Page, Rejected, page

SOURCES = ("CALL", "EMAIL", "WEB", "ADVERTISING", "PARTNER", "RECOMMENDATION", "TRADE_SHOW", "WEBFORM",
           "CALLBACK", "RC_GENERATOR", "STORE", "OTHER")  # fmt: skip
LEAD_STAGES = (("NEW", None), ("IN_PROCESS", None), ("PROCESSED", None), ("CONVERTED", "S"), ("JUNK", "F"))
DEAL_STAGES = (("NEW", None), ("PREPARATION", None), ("EXECUTING", None), ("WON", "S"), ("LOSE", "F"))
MEANINGS = {None: "process", "S": "success", "F": "failure"}


def standard_statuses(categories: dict[int, str]) -> list[dict[str, Any]]:
    """The dictionaries of a fresh portal; stages outside pipeline 0 carry its number: `C3:NEW`."""
    rows = [_row("SOURCE", name, None, n) for n, name in enumerate(SOURCES)]
    rows += [_row("STATUS", name, meaning, n) for n, (name, meaning) in enumerate(LEAD_STAGES)]
    for category in categories:
        entity, prefix = ("DEAL_STAGE", "") if category == 0 else (f"DEAL_STAGE_{category}", f"C{category}:")
        rows += [_row(entity, prefix + name, meaning, n) for n, (name, meaning) in enumerate(DEAL_STAGES)]
    return rows


def statuses(call: Call) -> Page:
    """`crm.status.list`."""
    rows = select_rows(call.portal.statuses, call.params.get("filter"), row_values)
    rows = sort_rows(rows, call.params.get("order"), row_values)
    return Page(rows, len(rows), None)


def add_status(call: Call) -> int:
    """`crm.status.add`, for administrators."""
    call.require_administrator()
    fields = call.fields()
    if not fields.get("ENTITY_ID") or not fields.get("STATUS_ID") or not fields.get("NAME"):
        raise Rejected(400, "", "Required fields: ENTITY_ID, STATUS_ID, NAME.")
    row = _row(str(fields["ENTITY_ID"]), str(fields["STATUS_ID"]), None, len(call.portal.statuses))
    call.portal.statuses.append(row | {"NAME": str(fields["NAME"]), "ID": str(call.portal.next_id())})
    return int(call.portal.statuses[-1]["ID"])


def categories(call: Call) -> dict[str, Any]:
    """`crm.category.list` for deals; a type without pipelines is refused."""
    if number(call.params.get("entityTypeId", "")) != 2:
        raise Rejected(400, "ENTITY_TYPE_NOT_SUPPORTED", "Entity type is not supported")
    rows = [
        {"id": id, "name": name, "sort": 100 * (n + 1), "entityTypeId": 2, "isDefault": "N" if n else "Y"}
        for n, (id, name) in enumerate(call.portal.categories.items())
    ]
    return {"categories": rows}


def mode(call: Call) -> int:
    """`crm.settings.mode.get`: 1 with leads, 2 without."""
    return call.portal.mode


def users(call: Call) -> Page:
    """`user.get` with exact filters."""
    conditions = table(call.params.get("FILTER", call.params.get("filter")))
    wanted = {key: "1" if value is True else value for key, value in conditions.items()}
    rows = [{**_user(user), "ACTIVE": "1" if user.active else "0"} for user in call.portal.users.values()]
    rows = select_rows(rows, wanted, row_values)
    return page([{**row, "ACTIVE": row["ACTIVE"] == "1"} for row in rows], call.params.get("start"))


def profile(call: Call) -> dict[str, Any]:
    """`profile`: the employee behind the call; needs no scope."""
    user = call.caller.user
    return {"ID": str(user.id), "ADMIN": user.is_admin, "NAME": user.name, "LAST_NAME": user.last_name}


def scope(call: Call) -> list[str]:
    """`scope`: what was granted."""
    return sorted(call.portal.scopes)


def app_info(call: Call) -> dict[str, Any]:
    """`app.info`, for applications."""
    require_application(call)
    return {"ID": 1, "CODE": call.portal.application.client_id, "STATUS": "L", "INSTALLED": True}


def _user(user: User) -> dict[str, Any]:
    return {
        "ID": str(user.id),
        "NAME": user.name,
        "LAST_NAME": user.last_name,
        "EMAIL": user.email,
        "UF_PHONE_INNER": user.inner_phone,
        "WORK_PHONE": "",
    }


def _row(entity: str, status: str, semantics: str | None, position: int) -> dict[str, Any]:
    return {
        "ID": str(position + 1),
        "ENTITY_ID": entity,
        "STATUS_ID": status,
        "NAME": status.rpartition(":")[2].replace("_", " ").capitalize(),
        "SORT": str(10 * (position + 1)),
        "SEMANTICS": semantics,
        "EXTRA": {"SEMANTICS": MEANINGS[semantics]},
    }


METHODS: dict[str, Method] = {
    "crm.status.list": statuses,
    "crm.status.add": add_status,
    "crm.category.list": categories,
    "crm.settings.mode.get": mode,
    "user.get": users,
    "profile": profile,
    "scope": scope,
    "app.info": app_info,
}
