"""`crm.<type>.userfield.*`: fields of the customer's own, `UF_CRM_…`."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

from demo.sandbox.bitrix24.entities import ENTITIES, Entity
from demo.sandbox.bitrix24.listing import row_values, select_rows, sort_rows
from demo.sandbox.bitrix24.php import each
from demo.sandbox.bitrix24.portal import Portal
from demo.sandbox.bitrix24.wire import Call, Method, Page, Rejected, page

PREFIX = "UF_CRM_"
TYPES = ("string", "integer", "double", "boolean", "datetime", "date", "money", "url", "address",
         "enumeration", "file", "employee", "crm", "crm_status")  # fmt: skip
NAME = re.compile(r"^UF_CRM_[A-Z0-9_]+$")
SHOWN = ("ID", "ENTITY_ID", "FIELD_NAME", "USER_TYPE_ID", "XML_ID", "SORT", "MULTIPLE", "MANDATORY",
         "SHOW_FILTER")  # fmt: skip


def add(entity: Entity, call: Call) -> int:
    """Creates a field; the prefix is added when it is missing. Administrators of the CRM only."""
    call.require_administrator()
    fields = call.fields()
    name = _full_name(str(fields.get("FIELD_NAME", "")))
    known = call.portal.user_fields[entity.name]
    if name in known:
        raise Rejected(400, "ERROR_CORE", f"The field {name} is already in use.")
    if fields.get("USER_TYPE_ID") not in TYPES:
        raise Rejected(400, "ERROR_CORE", "The field USER_TYPE_ID is invalid.")
    id = call.portal.next_id()
    known[name] = {
        "MULTIPLE": "N",
        "MANDATORY": "N",
        "SHOW_FILTER": "N",
        "SORT": "100",
        "XML_ID": None,
        **{key: value for key, value in fields.items() if not isinstance(value, dict | list)},
        "ID": str(id),
        "ENTITY_ID": f"CRM_{entity.name}",
        "FIELD_NAME": name,
        "labels": fields.get("EDIT_FORM_LABEL"),
    }
    for card in call.portal.cards[entity.name].values():
        card.fields.setdefault(name, None)
    return id


def list_fields(entity: Entity, call: Call) -> Page:
    """Lists the fields; exact filters only; labels only when the filter names a `LANG`."""
    rows = sort_rows(list(call.portal.user_fields[entity.name].values()), None, row_values)
    conditions = dict(call.params.get("filter") or {})
    language = conditions.pop("LANG", None)
    rows = select_rows(rows, conditions, row_values)
    shown = [{key: row.get(key) for key in SHOWN} | _labels(row, language) for row in rows]
    return page(shown, call.params.get("start"))


def check_mandatory(portal: Portal, entity: Entity, fields: dict[str, Any]) -> None:
    """Refuses a card that leaves a mandatory field empty."""
    for name, field in portal.user_fields[entity.name].items():
        if field["MANDATORY"] == "Y" and not fields.get(name):
            raise Rejected(400, "", f"The field '{name}' is required.")


def readable(portal: Portal, entity: Entity, fields: dict[str, Any]) -> dict[str, Any]:
    """The values of known user fields as the card keeps them; unknown names are dropped."""
    known = portal.user_fields[entity.name]
    return {name: _value(known[name], value) for name, value in fields.items() if name in known}


def described(portal: Portal, entity: Entity) -> dict[str, Any]:
    """The user fields as `crm.<type>.fields` shows them."""
    return {
        name: {
            "type": field["USER_TYPE_ID"],
            "isRequired": field["MANDATORY"] == "Y",
            "isReadOnly": False,
            "isImmutable": False,
            "isMultiple": field["MULTIPLE"] == "Y",
            "isDynamic": True,
            "title": name,
            "formLabel": next(iter((field["labels"] or {}).values()), name),
            **({"items": field.get("items", [])} if field["USER_TYPE_ID"] == "enumeration" else {}),
        }
        for name, field in portal.user_fields[entity.name].items()
    }


def _full_name(name: str) -> str:
    full = name if name.startswith(PREFIX) else PREFIX + name
    if len(full) > 50 or not NAME.match(full):
        raise Rejected(400, "ERROR_CORE", f"The field name {full} is invalid.")
    return full


def _value(field: dict[str, Any], value: Any) -> Any:
    if field["MULTIPLE"] == "Y":
        return [str(item) for item in each(value)]
    if value is None or isinstance(value, dict | list):
        return None
    if field["USER_TYPE_ID"] in ("integer", "double") and value != "":
        return _number(field, value)
    return str(value)


def _number(field: dict[str, Any], value: Any) -> str:
    try:
        number = float(value)
    except (TypeError, ValueError):
        raise Rejected(400, "ERROR_CORE", f"The field {field['FIELD_NAME']} must be a number.")
    return str(int(number)) if field["USER_TYPE_ID"] == "integer" else f"{number:g}"


def _labels(row: dict[str, Any], language: Any) -> dict[str, Any]:
    labels = row["labels"]
    return {"EDIT_FORM_LABEL": labels.get(language)} if language and isinstance(labels, dict) else {}


def methods() -> dict[str, Method]:
    """All methods of the three types."""
    return {
        f"crm.{name.lower()}.userfield.{verb}": partial(function, entity)
        for name, entity in ENTITIES.items()
        for verb, function in (("add", add), ("list", list_fields))
    }
