"""Custom field values: checked as strictly as the account does, replaced as whole lists."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from demo.sandbox.amocrm.account import Account, Card, CustomField
from demo.sandbox.amocrm.wire import Checks

LONGEST_TEXT = 256
TEXT_TYPES = {"text", "streetaddress", "tracking_data", "url"}
LONG_TYPES = {"textarea"}
NUMBER_TYPES = {"numeric", "price", "monetary"}
DATE_TYPES = {"date", "date_time", "birthday"}
CHOICE_TYPES = {"select", "radiobutton", "multiselect", "category"}


def find_field(account: Account, entity: str, item: dict[str, Any]) -> CustomField | None:
    """Returns the field an element names by `field_id` or `field_code`."""
    for one in account.fields_of(entity):
        if item.get("field_id") == one.id or (one.code and item.get("field_code") == one.code):
            return one
    return None


def check_values(account: Account, entity: str, item: dict[str, Any], checks: Checks) -> None:
    """Notes every mistake in `custom_fields_values`."""
    given = item.get("custom_fields_values")
    if given is None:
        return
    if not isinstance(given, list):
        checks.add("InvalidType", "custom_fields_values", "This value should be of type array.")
        return
    for index, element in enumerate(given):
        path = f"custom_fields_values.{index}"
        one = find_field(account, entity, element) if isinstance(element, dict) else None
        if one is None:
            checks.add("NotSupportedChoice", f"{path}.field_id", "The value you selected is not a valid choice.")
        elif element.get("values") is not None:
            _check_list(one, element["values"], f"{path}.values", checks)


def _check_list(one: CustomField, values: Any, path: str, checks: Checks) -> None:
    if not isinstance(values, list) or not values:
        checks.add("NotBlank", path, "This value should not be blank.")
        return
    if len(values) > 1 and one.type not in ("multitext", "multiselect"):
        checks.add("TooMany", path, "This collection should contain 1 element or less.")
    for index, value in enumerate(values):
        if not isinstance(value, dict):
            checks.add("InvalidType", f"{path}.{index}", "This value should be of type array.")
        elif (wrong := _wrong(one, value)) is not None:
            checks.add(*wrong[:1], f"{path}.{index}.value", wrong[1])


def _wrong(one: CustomField, given: dict[str, Any]) -> tuple[str, str] | None:
    value = given.get("value")
    if one.type in CHOICE_TYPES:
        return None if _enum_id(one, given) else ("NotSupportedChoice", "The value you selected is not a valid choice.")
    if one.type == "multitext" and given.get("enum_code") not in (None, *(code for code, _ in one.enums.values())):
        return "NotSupportedChoice", "The value you selected is not a valid choice."
    if one.type == "checkbox":
        return None if isinstance(value, bool) else ("InvalidType", "This value should be of type bool.")
    if one.type in DATE_TYPES:
        return None if _is_date(value) else ("InvalidType", "This value should be a date.")
    if one.type in NUMBER_TYPES:
        return None if _is_number(value) else ("InvalidType", "This value should be of type numeric.")
    if not isinstance(value, str):
        return "InvalidType", "This value should be of type string."
    if not value.strip():
        return "NotBlank", "This value should not be blank."
    if one.type not in LONG_TYPES and len(value) > LONGEST_TEXT:
        return "TooLong", f"This value is too long. It should have {LONGEST_TEXT} characters or less."
    return None


def write_values(account: Account, entity: str, card: Card, item: dict[str, Any]) -> None:
    """Replaces the whole list of every field that is named; `values: null` clears it."""
    for element in item.get("custom_fields_values") or []:
        one = find_field(account, entity, element)
        assert one is not None
        if element.get("values") is None:
            card.values.pop(one.id, None)
        else:
            card.values[one.id] = [_stored(one, value) for value in element["values"]]


def show_values(account: Account, card: Card) -> list[dict[str, Any]] | None:
    """Returns `custom_fields_values` as read; None when no field is filled."""
    shown = [
        {
            "field_id": one.id,
            "field_name": one.name,
            "field_code": one.code,
            "field_type": one.type,
            "values": values,
        }
        for one, values in ((account.fields[id], values) for id, values in card.values.items())
    ]
    return shown or None


def _stored(one: CustomField, given: dict[str, Any]) -> dict[str, Any]:
    if one.type in CHOICE_TYPES:
        chosen = _enum_id(one, given)
        assert chosen is not None
        return {"value": one.enums[chosen][1], "enum_id": chosen, "enum_code": one.enums[chosen][0]}
    if one.type == "multitext":
        wanted = given.get("enum_code") or "WORK"
        chosen = given.get("enum_id") or next(id for id, (code, _) in one.enums.items() if code == wanted)
        return {"value": given["value"], "enum_id": chosen, "enum_code": one.enums[chosen][0]}
    if one.type in NUMBER_TYPES:
        return {"value": str(given["value"])}
    return {"value": given["value"]}


def _enum_id(one: CustomField, given: dict[str, Any]) -> int | None:
    for id, (code, value) in one.enums.items():
        if given.get("enum_id") == id or (code and given.get("enum_code") == code) or given.get("value") == value:
            return id
    return None


def _is_number(value: Any) -> bool:
    try:
        return not isinstance(value, bool) and float(value) is not None
    except (TypeError, ValueError):
        return False


def _is_date(value: Any) -> bool:
    if isinstance(value, int) and not isinstance(value, bool):
        return True
    try:
        return datetime.fromisoformat(value).tzinfo is not None
    except (TypeError, ValueError):
        return False
