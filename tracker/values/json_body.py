"""JSON as strangers send it: read in one go, and once more with patience when a text in it is broken.

JavaScript cuts texts in the middle of a character, and `JSON.stringify` then writes half a surrogate pair.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from typing import Any, TypeVar

import msgspec

T = TypeVar("T")

NOT_STORABLE = re.compile("[\x00\ud800-\udfff]")  # PostgreSQL refuses NUL, UTF-8 refuses lone surrogates


def read(body: bytes, kind: type[T]) -> T:
    """Returns the body as `kind`; NUL may remain in it, lone surrogates are removed.

    Raises:
        msgspec.ValidationError: JSON, but not of this shape.
        ValueError: no JSON in UTF-8. The former is one too, so catch it first.
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError:
        raise
    except (msgspec.DecodeError, UnicodeDecodeError):
        return msgspec.convert(clean(parse(body)), kind)


def parse(body: bytes | str) -> Any:
    """Returns what the body holds, broken texts included.

    Raises:
        ValueError: no JSON in UTF-8.
    """
    try:
        return json.loads(body.decode() if isinstance(body, bytes) else body, parse_constant=_refuse)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error


def clean(value: Any) -> Any:
    """Returns the value without NUL and lone surrogates, in every text of it."""
    match value:
        case str():
            return NOT_STORABLE.sub("", value)
        case list():
            return [clean(item) for item in value]
        case Mapping():
            return {clean(key): clean(item) for key, item in value.items()}
    return value


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
