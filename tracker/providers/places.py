"""Finds values in foreign messages by places that people write down in a mapping."""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import unquote

from tracker.errors import InvalidInput

Places = str | list[str] | None


def found(data: Mapping[str, Any], places: Places) -> str | None:
    """Returns the first single value that stands at one of the places, as a text; None when there is none.

    A place is a name, a dotted path (`call.legs.0.from`), `*.name` for that name anywhere, or `=text` for the text.
    """
    for place in [places] if isinstance(places, str) else places or []:
        for value in _standing_at(data, place):
            if value not in (None, "") and not isinstance(value, dict | list | bool):
                return f"{value:.6f}" if isinstance(value, float) else str(value)
    return None


def decoded(value: Any) -> Any:
    """Returns the same with every text percent-decoded."""
    if isinstance(value, Mapping):
        return {name: decoded(item) for name, item in value.items()}
    if isinstance(value, list):
        return [decoded(item) for item in value]
    return unquote(value) if isinstance(value, str) else value


def unwrapped(text: str, name: str) -> dict[str, Any]:
    """Returns the JSON object that stands in one field, plain or as base64.

    Raises:
        InvalidInput: it is neither; `field` is `name`.
    """
    try:
        plain = text if text.lstrip()[:1] == "{" else base64.b64decode(text, validate=True).decode()
        value = json.loads(plain)
    except (binascii.Error, ValueError, RecursionError):
        raise InvalidInput(f"{name} is neither JSON nor base64 of it", name)
    if not isinstance(value, dict):
        raise InvalidInput(f"{name} is not a JSON object", name)
    return value


def _standing_at(data: Mapping[str, Any], place: str) -> Iterator[Any]:
    if place.startswith("="):
        yield place[1:]
    elif place.startswith("*."):
        yield from _anywhere(data, place[2:].lower())
    elif place in data:
        yield data[place]
    else:
        value: Any = data
        for key in place.split("."):
            value = _member(value, key)
        yield value


def _member(value: Any, key: str) -> Any:
    if isinstance(value, list):
        return value[int(key)] if key.isascii() and key.isdigit() and int(key) < len(value) else None
    return value.get(key) if isinstance(value, Mapping) else None


def _anywhere(value: Any, name: str) -> Iterator[Any]:
    if isinstance(value, list):
        for item in value:
            yield from _anywhere(item, name)
    if isinstance(value, Mapping):
        for key, item in value.items():
            if key.lower() == name:
                yield item
            yield from _anywhere(item, name)
