"""Filters, order and pages of the list methods, with the prefixes of the old `crm.*` interface."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any

from demo.sandbox.bitrix24.php import each, table

PREFIXES = re.compile(r"^(!=%|!%|=%|%=|!@|!=|>=|<=|[=!><@%])?(.+)$")

Values = Callable[[Any, str], list[str] | None]


def select_rows(rows: list[Any], conditions: Any, values: Values) -> list[Any]:
    """Keeps the rows that satisfy every condition.

    Args:
        conditions: for example `{">ID": 7, "@STAGE_ID": ["NEW", "WON"]}`.
        values: gives a row's texts under a field name, None when there is no such field: the condition is
            then silently ignored, as the portal does.
    """
    kept = rows
    for key, wanted in table(conditions).items():
        found = PREFIXES.match(key)
        if found is None:
            continue
        prefix, name = found.group(1) or "=", found.group(2)
        kept = [row for row in kept if (own := values(row, name)) is None or _holds(prefix, own, wanted)]
    return kept


def sort_rows(rows: list[Any], order: Any, values: Values) -> list[Any]:
    """Sorts by the first field of `order`, by ID ascending without one."""
    name, direction = next(iter(table(order).items()), ("ID", "ASC"))
    return sorted(
        rows,
        key=lambda row: _comparable((values(row, name) or [""])[0]),
        reverse=str(direction).upper() == "DESC",
    )


def row_values(row: Mapping[str, Any], name: str) -> list[str] | None:
    """`Values` of a plain map."""
    if name not in row:
        return None
    return [str(item) for item in each(row[name])] or [""]


def _holds(prefix: str, own: list[str], wanted: Any) -> bool:
    if prefix.startswith("!"):
        return not _holds(prefix[1:] or "=", own, wanted)
    choices = [str(item) for item in each(wanted)] or [""]
    if prefix in ("=", "@"):
        return any(value == choice for value in own for choice in choices)
    if prefix in ("%", "=%", "%="):
        return any(choice.strip("%").lower() in value.lower() for value in own for choice in choices)
    return any(_compares(prefix, _comparable(value), _comparable(choices[0])) for value in own)


def _compares(prefix: str, left: tuple[float, str], right: tuple[float, str]) -> bool:
    if prefix == ">":
        return left > right
    if prefix == ">=":
        return left >= right
    return left < right if prefix == "<" else left <= right


def _comparable(text: str) -> tuple[float, str]:
    try:
        return (float(text), "")
    except ValueError:
        return (float("inf"), text)
