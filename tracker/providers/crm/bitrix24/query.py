"""Parameters as PHP expects them in the commands of a `batch`."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from urllib.parse import quote_plus


def encode(params: Mapping[str, object]) -> str:
    """Writes nested parameters as one query: `{"fields": {"NAME": "Ann"}}` gives `fields[NAME]=Ann`.

    Keys keep their brackets, None becomes an empty value, an empty list disappears.
    """
    return "&".join(f"{key}={quote_plus(text)}" for key, text in _pairs("", params))


def _pairs(prefix: str, value: object) -> Iterator[tuple[str, str]]:
    if isinstance(value, Mapping):
        for key, item in value.items():
            name = quote_plus(str(key))
            yield from _pairs(f"{prefix}[{name}]" if prefix else name, item)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            yield from _pairs(f"{prefix}[{index}]", item)
    else:
        yield prefix, "" if value is None else str(value)
