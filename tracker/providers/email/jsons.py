"""Small readers of JSON letters; what has another shape than expected is left out, for the raw message keeps it."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Mapping
from typing import Any


def objects(data: Mapping[str, Any], name: str) -> list[Mapping[str, Any]]:
    """Returns the objects in a list, none when there is no such list."""
    values = data.get(name)
    return [value for value in values if isinstance(value, dict)] if isinstance(values, list) else []


def texts(data: Mapping[str, Any], name: str) -> list[str]:
    """Returns the texts in a list, or the one text that stands in its place."""
    values = data.get(name)
    listed = values if isinstance(values, list) else [values]
    return [value for value in listed if isinstance(value, str) and value]


def pairs_of_objects(data: Mapping[str, Any], listed: str, name: str, value: str) -> list[tuple[str, str]]:
    """Returns headers told as `[{"Name": "To", "Value": "…"}]`; the keys are given."""
    return [(str(one.get(name, "")), str(one.get(value, ""))) for one in objects(data, listed)]


def pairs_of_mapping(headers: object) -> list[tuple[str, str]]:
    """Returns headers told as `{"to": "…", "received": ["…", "…"]}`; names may have underscores for hyphens."""
    if not isinstance(headers, dict):
        return []
    return [(str(name).replace("_", "-"), value) for name in headers for value in texts(headers, name)]


def decoded_base64(value: object) -> bytes:
    """Returns the bytes of a base64 text, none when it is broken."""
    try:
        return base64.b64decode(value) if isinstance(value, str) else b""
    except (binascii.Error, ValueError):
        return b""
