"""What applying a file changes, in words."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import Any

from tracker.configuration.schema import Record, keys_of
from tracker.configuration.writing import plain_value


@dataclass(frozen=True)
class Change:
    """One change: `pool ads: hold 10m → 15m`.

    Args:
        site: key of the site.
        subject: kind and key of what changes, such as `pool ads`.
        text: what changes, without secrets.
    """

    site: str
    subject: str
    text: str

    def __str__(self) -> str:
        return f"{self.subject}: {self.text}"


def differences(old: Record, new: Record) -> list[str]:
    """Returns a phrase per key that differs, such as `hold 10m → 15m`; both records are of one type."""
    phrases = []
    for name, key in keys_of(type(new)).items():
        before, after = getattr(old, name), getattr(new, name)
        if before == after:
            continue
        if name == "enabled":
            phrases.append("switched on" if after else "switched off")
        else:
            phrases.append(
                f"{name} {in_words(plain_value(key.kind, before))} → {in_words(plain_value(key.kind, after))}"
            )
    return phrases


def in_words(value: Any) -> str:
    """Writes a plain value on one line; nothing and emptiness as `none`."""
    if value in (None, {}, [], ""):
        return "none"
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
