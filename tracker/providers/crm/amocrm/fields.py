"""Custom fields of contacts and leads: found by id, code or title, created when missing, types respected."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from tracker.errors import AccessLost
from tracker.providers.crm.amocrm.client import AmoClient

ENTITIES = ("contacts", "leads")
MARKER = "marker"
MARKER_TITLE = "Skvoz"
LONGEST_TEXT = 256  # what amoCRM keeps in a text field
UNLIMITED = frozenset({"textarea"})
TEXTS = frozenset({"text", "url", "streetaddress", "tracking_data", "textarea"})
NUMBERS = frozenset({"numeric", "price", "monetary"})
CHOICES = frozenset({"select", "radiobutton", "multiselect", "category"})
DATES = frozenset({"date", "date_time", "birthday"})
TRUE_WORDS = frozenset({"1", "true", "yes", "да"})

NEW_TYPES: Mapping[str, str] = {
    "subscriber": "checkbox",
    "probability": "numeric",
    "referrer": "textarea",
    "landing_page": "textarea",
    "page": "textarea",
    "explanation": "textarea",
}
"""Types of the fields we create; all others are `text`."""


@dataclass(frozen=True)
class CustomField:
    """A field of the account; `enums` maps a casefolded option to its id."""

    id: int
    name: str
    type: str
    code: str | None
    enums: Mapping[str, int] = field(default_factory=dict)


class Fields:
    """The account's fields, read once and again after `forget`.

    Args:
        names: our value names to titles, codes or ids.
        known: what has been read already, by entity; shared by the deliveries of one ownership.
    """

    def __init__(self, client: AmoClient, names: Mapping[str, str], known: dict[str, list[CustomField]]) -> None:
        self._client = client
        self._names = {**names, MARKER: MARKER_TITLE}
        self._known = known

    def forget(self) -> None:
        """Reads the fields afresh next time: somebody has changed them."""
        self._known.clear()

    def ensure(self, ours: Sequence[str]) -> None:
        """Creates the missing ones of our values; without the right to, those values are left out."""
        for entity in ENTITIES:
            missing = [name for name in (*ours, MARKER) if self.field(entity, name) is None]
            if missing:
                self._create(entity, missing)

    def missing(self, entity: str) -> list[str]:
        """Returns titles of mapped fields that the account lacks."""
        return [theirs for ours, theirs in self._names.items() if self.field(entity, ours) is None]

    def field(self, entity: str, ours: str) -> CustomField | None:
        """Returns the field mapped to our value.

        It is named by id, code or title; a field we made is also known by its code, so it may be renamed.
        """
        theirs = self._names.get(ours, "")
        known = self._all(entity)
        for test in (
            lambda one: str(one.id) == theirs,
            lambda one: one.code == theirs,
            lambda one: one.name.casefold() == theirs.casefold(),
            lambda one: one.code == _code(ours),
        ):
            if found := next(filter(test, known), None):
                return found
        return None

    def written(self, entity: str, values: Mapping[str, str]) -> list[dict[str, Any]]:
        """Returns `custom_fields_values` for our values; what a field's type cannot hold is left out."""
        elements = []
        for ours, value in values.items():
            one = self.field(entity, ours)
            if one is not None and (element := _element(one, value)) is not None:
                elements.append({"field_id": one.id, "values": element})
        return elements

    def read(self, entity: str, card: Mapping[str, Any]) -> dict[str, str]:
        """Returns our values that a card of the account holds."""
        held = {item["field_id"]: item for item in card.get("custom_fields_values") or []}
        fields = {ours: self.field(entity, ours) for ours in self._names if ours != MARKER}
        found = {ours: _text(held[one.id]) for ours, one in fields.items() if one and one.id in held}
        return {ours: text for ours, text in found.items() if text}

    def marker_of(self, entity: str, card: Mapping[str, Any]) -> str | None:
        """Returns the marker on a card, None when it is not ours."""
        one = self.field(entity, MARKER)
        held = {item["field_id"]: item for item in card.get("custom_fields_values") or []}
        return _text(held[one.id]) if one and one.id in held else None

    def _all(self, entity: str) -> list[CustomField]:
        if entity not in self._known:
            rows = self._client.pages("fields", f"{entity}/custom_fields", "custom_fields")
            self._known[entity] = [_custom_field(row) for row in rows]
        return self._known[entity]

    def _create(self, entity: str, missing: Sequence[str]) -> None:
        body = [
            {"name": self._names[ours], "type": NEW_TYPES.get(ours, "text"), "code": _code(ours)}
            for ours in missing
            if not self._names[ours].isdigit()
        ]
        if not body:
            return
        try:
            made = self._client.send("fields", "POST", f"{entity}/custom_fields", body)
        except AccessLost as error:
            if error.status != 403:
                raise
            return  # only administrators may; the self-test says so
        self._known[entity] = self._all(entity) + [_custom_field(row) for row in made["_embedded"]["custom_fields"]]


def _code(ours: str) -> str:
    return "SKVOZ_" + re.sub(r"\W", "_", ours).upper()


def _custom_field(row: Mapping[str, Any]) -> CustomField:
    enums = {str(enum["value"]).casefold(): int(enum["id"]) for enum in row.get("enums") or []}
    return CustomField(int(row["id"]), str(row["name"]), str(row["type"]), row.get("code"), enums)


def _element(one: CustomField, value: str) -> list[dict[str, Any]] | tuple[()] | None:
    """The `values` of a field; an empty value clears it, None when the type cannot hold the value."""
    if one.type == "checkbox":
        return [{"value": value.casefold() in TRUE_WORDS}]
    if not value:
        return ()
    if one.type in TEXTS:
        return [{"value": value if one.type in UNLIMITED else value[:LONGEST_TEXT]}]
    if one.type in CHOICES:
        chosen = one.enums.get(value.casefold())
        return [{"enum_id": chosen}] if chosen is not None else None
    return _number(value) if one.type in NUMBERS else _date(value) if one.type in DATES else None


def _number(value: str) -> list[dict[str, Any]] | None:
    try:
        float(value)
    except ValueError:
        return None
    return [{"value": value}]


def _date(value: str) -> list[dict[str, Any]] | None:
    try:
        at = datetime.fromisoformat(value)
    except ValueError:
        return None
    return [{"value": int(at.timestamp())}] if at.tzinfo else None


def _text(held: Mapping[str, Any]) -> str:
    values = [item.get("value") for item in held.get("values") or []]
    if held.get("field_type") == "checkbox":
        return "1" if values and values[0] else ""
    return ", ".join(str(value) for value in values if value not in (None, ""))
