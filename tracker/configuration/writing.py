"""From records of the schema back to plain values, as they stand in a file."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import MISSING, fields
from typing import Any

from tracker.configuration.kinds import Kind
from tracker.configuration.schema import Many, Nested, Record, keys_of


def default_of(record: type[Record], name: str) -> object:
    """Returns the default of a key; None for one that must be given."""
    default = next(item.default for item in fields(record) if item.name == name)  # type: ignore[arg-type]
    return None if default is MISSING else default


def plain_record(record: Record) -> dict[str, Any]:
    """Returns a record as a mapping for YAML: keys in the order of the schema, defaults left out."""
    keys = keys_of(type(record))
    return {
        name: plain_value(keys[name].kind, value)
        for name in keys
        if (value := getattr(record, name)) != default_of(type(record), name)
    }


def plain_value(kind: object, value: Any) -> Any:
    """Returns one value as it stands in the file: `15m`, `[example.com]`, `"+74957770001"`."""
    if value is None:
        return None
    if isinstance(kind, Kind):
        return kind.write(value)
    if isinstance(kind, Many):
        return [plain_value(kind.of, item) for item in value]
    if isinstance(kind, Nested):
        written = plain_record(value)
        return written[kind.short] if kind.short and list(written) == [kind.short] else written
    assert isinstance(value, Mapping)
    return dict(value)
