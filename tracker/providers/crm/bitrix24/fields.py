"""Which field of the portal holds which value of ours, and how a value is written into it.

Standard fields (`UTM_SOURCE`) are taken as they are; others are user fields, found by code or label and made
when missing.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from tracker.deliveries.entities import EntityType
from tracker.errors import AccessLost, ProviderError
from tracker.providers.crm.bitrix24.client import MOST_COMMANDS, Client, Command, as_map

PREFIX = "UF_CRM_"
LONGEST_NAME = 50
BOOLEAN_VALUES = frozenset({"subscriber"})
TAGS_TITLE = "Skvoz tags"
TAGS_CODE = "UF_CRM_SKVOZ_TAGS"


@dataclass(frozen=True)
class Field:
    """A field of a card; `items` are the choices of a list field: lower-cased text to id."""

    code: str
    type: str = "string"
    is_multiple: bool = False
    items: Mapping[str, str] = field(default_factory=dict)

    def to_portal(self, text: str) -> object:
        """The value as the portal wants it; None for a choice that the list does not have."""
        if self.type == "enumeration" and text:
            return self.items.get(text.casefold())
        return [text] if self.is_multiple else text

    def from_portal(self, value: object) -> str:
        """The text that stands in the field; empty ones and a boolean's "no" give an empty text."""
        if isinstance(value, list):
            return ", ".join(filter(None, (self.from_portal(item) for item in value)))
        text = "" if value is None or isinstance(value, bool | dict) else str(value)
        if self.type == "enumeration":
            return next((name for name, id in self.items.items() if id == text), text)
        return "" if self.type == "boolean" and text == "0" else text


class Fields:
    """The fields of one portal, read once and completed where something is missing.

    Args:
        titles: our value names to titles, codes or ids of fields: `{"ga_id": "GA_id", "ip": "UF_CRM_IP"}`.
        learned: keeps what was read, see `CrmAccount`.
    """

    def __init__(self, client: Client, titles: Mapping[str, str], learned: dict[str, Any]) -> None:
        self._client = client
        self._titles = dict(titles)
        self._known: dict[EntityType, dict[str, Field]] = learned.setdefault("fields", {})
        self._tags: dict[EntityType, Field | None] = learned.setdefault("tags", {})
        self.refused: list[str] = learned.setdefault("refused", [])
        """Fields that could not be made, as `contact: GA_id`, because the employee may not."""

    def ensure(self, names: Iterable[str]) -> None:
        """Makes the fields of the named values exist on contacts, leads and deals.

        An employee without the right to create fields is no failure: the values stay out of the card (they
        are in the note) and `refused` names them.
        """
        missing = self._missing(names)
        if missing and not self.refused:
            self._create(missing)

    def names(self) -> list[str]:
        """Our names of all configured values."""
        return list(self._titles)

    def missing(self) -> list[str]:
        """The fields that the portal does not have yet, as `contact: GA_id`."""
        return [f"{type}: {self._titles[name]}" for type, name in self._missing(self._titles)]

    def of(self, type: EntityType) -> Mapping[str, Field]:
        """Our value names to the fields of this type of card."""
        if not self._known:
            self._read()
        return self._known[type]

    def codes(self, type: EntityType) -> list[str]:
        """The codes to name in a `select`."""
        return [field.code for field in self.of(type).values()]

    def write(self, type: EntityType, values: Mapping[str, str]) -> dict[str, object]:
        """Our values as fields of a request; values without a field are left out."""
        known = self.of(type)
        pairs = {known[n].code: known[n].to_portal(text) for n, text in values.items() if n in known}
        return {code: value for code, value in pairs.items() if value is not None}

    def read(self, type: EntityType, row: Mapping[str, Any]) -> dict[str, str]:
        """The values that a card holds, by our names; empty ones are absent."""
        texts = {name: own.from_portal(row.get(own.code)) for name, own in self.of(type).items()}
        return {name: text for name, text in texts.items() if text}

    def write_tags(self, type: EntityType, held: Sequence[str], tags: Sequence[str]) -> dict[str, object]:
        """Tags beside those the card holds, in a user field of several values: the portal has no tags."""
        own = self._tags_field(type)
        return {own.code: list(dict.fromkeys([*held, *tags]))} if own else {}

    def read_tags(self, type: EntityType, row: Mapping[str, Any]) -> list[str]:
        """The tags that a card holds."""
        value = row.get(TAGS_CODE)
        return [str(item) for item in value] if isinstance(value, list) else []

    def _tags_field(self, type: EntityType) -> Field | None:
        if type not in self._tags:
            name = {"filter": {"FIELD_NAME": TAGS_CODE}}
            there = self._client.call("read the fields", f"crm.{type}.userfield.list", name)
            self._tags[type] = Field(TAGS_CODE, is_multiple=True) if there else self._make_tags_field(type)
        return self._tags[type]

    def _make_tags_field(self, type: EntityType) -> Field | None:
        _, params = self._creation(type, "tags", TAGS_TITLE, MULTIPLE="Y")
        try:
            self._client.call("create the fields", f"crm.{type}.userfield.add", params)
        except AccessLost:
            self.refused.append(f"{type}: {TAGS_TITLE}")
            return None
        return Field(TAGS_CODE, is_multiple=True)

    def _missing(self, names: Iterable[str]) -> list[tuple[EntityType, str]]:
        wanted = [name for name in names if name in self._titles]
        return [(type, name) for type in EntityType for name in wanted if name not in self.of(type)]

    def _read(self) -> None:
        answer = self._client.batch("read the fields", {type: (f"crm.{type}.fields", {}) for type in EntityType})
        for type in EntityType:
            described = as_map(answer.get(type))
            self._resolve_numbers(type)
            found = {name: _find(name, title, described) for name, title in self._titles.items()}
            self._known[type] = {name: own for name, own in found.items() if own is not None}

    def _resolve_numbers(self, type: EntityType) -> None:
        """A field given by its number is known by its code from here on."""
        numbers = [title for title in self._titles.values() if title.isdigit()]
        if not numbers:
            return
        rows = self._client.rows("read the fields", f"crm.{type}.userfield.list", {"filter": {"ID": numbers}})
        codes = {str(row["ID"]): str(row["FIELD_NAME"]) for row in rows}
        self._titles = {name: codes.get(title, title) for name, title in self._titles.items()}

    def _create(self, missing: list[tuple[EntityType, str]]) -> None:
        for first in range(0, len(missing), MOST_COMMANDS):
            part = missing[first : first + MOST_COMMANDS]
            commands = {f"{type}_{name}": self._creation(type, name, self._titles[name]) for type, name in part}
            answer = self._client.batch("create the fields", commands)
            for type, name in part:
                self._note_made(type, name, answer.errors.get(f"{type}_{name}"))

    def _note_made(self, type: EntityType, name: str, error: ProviderError | None) -> None:
        if isinstance(error, AccessLost):
            self.refused.append(f"{type}: {self._titles[name]}")
        elif error is not None and "already" not in str(error):
            raise error
        else:
            self._known[type][name] = Field(code_for(name, self._titles[name]), _type_of(name))

    def _creation(self, type: EntityType, name: str, title: str, **more: str) -> Command:
        return f"crm.{type}.userfield.add", {
            "fields": {
                "FIELD_NAME": code_for(name, title).removeprefix(PREFIX),
                "USER_TYPE_ID": _type_of(name),
                "XML_ID": f"SKVOZ_{name.upper()}",
                "EDIT_FORM_LABEL": {"ru": title, "en": title},
                "LIST_COLUMN_LABEL": {"ru": title, "en": title},
                "LIST_FILTER_LABEL": {"ru": title, "en": title},
                "MULTIPLE": "N",
                "MANDATORY": "N",
                "SHOW_FILTER": "Y",
                **more,
            }
        }


def code_for(name: str, title: str) -> str:
    """The code of a user field: from the title if it is Latin, else from our name of the value.

    `GA_id` gives `UF_CRM_GA_ID`, `Канал` for `channel` gives `UF_CRM_CHANNEL`.
    """
    if title.startswith(PREFIX):
        return title
    stem = _stem(title) if title.isascii() and _stem(title) else _stem(name)
    return (PREFIX + stem)[:LONGEST_NAME]


def _stem(text: str) -> str:
    return re.sub(r"[^A-Z0-9]+", "_", text.upper()).strip("_")


def _type_of(name: str) -> str:
    return "boolean" if name in BOOLEAN_VALUES else "string"


def _find(name: str, title: str, described: Mapping[str, Any]) -> Field | None:
    """The portal's field for a title: a standard one, the exact code, a label, or the code we would give."""
    for code, facts in described.items():
        is_own = facts.get("isDynamic")
        if not is_own and code == _stem(title) and not facts.get("isReadOnly"):
            return _field(code, facts)
    wanted = title.strip().casefold()
    for code, facts in described.items():
        labels = {str(facts.get(key, "")).strip().casefold() for key in ("formLabel", "listLabel", "title")}
        if facts.get("isDynamic") and (wanted == code.casefold() or wanted in labels):
            return _field(code, facts)
    code = code_for(name, title)
    return _field(code, described[code]) if code in described else None


def _field(code: str, facts: Mapping[str, Any]) -> Field:
    items = facts.get("items") or []
    return Field(
        code,
        str(facts.get("type", "string")),
        bool(facts.get("isMultiple")),
        {str(item["VALUE"]).casefold(): str(item["ID"]) for item in items},
    )
