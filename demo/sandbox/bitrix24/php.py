"""Request parameters the way PHP reads them: `fields[PHONE][0][VALUE]=+7` becomes nested values.

PHP has one array type. Here a JSON or form array with keys 0..n-1 is a list, any other a dict, and
`each` walks both.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from typing import Any
from urllib.parse import parse_qsl

KEY_PARTS = re.compile(r"\[([^\]]*)\]")


def parse_query(text: str) -> dict[str, Any]:
    """Reads a query string, decoding it once: `a[b]=1&a[c][]=2` gives `{"a": {"b": "1", "c": ["2"]}}`."""
    return nest(parse_qsl(text, keep_blank_values=True))


def nest(pairs: Iterable[tuple[str, str]]) -> dict[str, Any]:
    """Builds nested values out of flat pairs with bracketed keys."""
    tree: dict[str, Any] = {}
    for key, value in pairs:
        name, _, rest = key.partition("[")
        _put(tree, [name, *KEY_PARTS.findall("[" + rest if rest else "")], value)
    return {key: _tidy(value) for key, value in tree.items()}


def each(value: Any) -> list[Any]:
    """The members of a PHP array whichever way it was sent; nothing gives none, a scalar gives itself."""
    if value is None or value == "":
        return []
    if isinstance(value, Mapping):
        return list(value.values())
    return list(value) if isinstance(value, list | tuple) else [value]


def table(value: Any) -> dict[str, Any]:
    """A PHP array as a dict; a list is keyed by position."""
    if isinstance(value, Mapping):
        return dict(value)
    return {str(index): item for index, item in enumerate(value)} if isinstance(value, list) else {}


def truth(value: Any) -> bool:
    """PHP's idea of a flag in a request: 1, true and Y say yes."""
    return str(value).lower() in ("1", "true", "y")


def number(value: Any) -> int | None:
    """A whole number sent as number or text, None for anything else."""
    text = str(value).strip()
    return int(text) if text.isascii() and text.isdigit() else None


def _put(tree: dict[str, Any], path: list[str], value: str) -> None:
    for part in path[:-1]:
        tree = tree.setdefault(part or str(len(tree)), {})
        if not isinstance(tree, dict):
            return
    tree[path[-1] or str(len(tree))] = value


def _tidy(value: Any) -> Any:
    if not isinstance(value, dict):
        return value
    tidy = {key: _tidy(item) for key, item in value.items()}
    if list(tidy) == [str(index) for index in range(len(tidy))]:
        return list(tidy.values())
    return tidy
