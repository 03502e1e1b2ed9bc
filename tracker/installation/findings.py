"""What a look at a page can find: a code and what it is about; the admin has the sentence for each code."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Level(StrEnum):
    """How much it matters."""

    OK = "ok"  # as it should be
    WARNING = "warning"  # may be meant so
    ERROR = "error"  # visitors are not counted, or numbers not swapped


@dataclass(frozen=True)
class Finding:
    """One thing found, such as `Finding(Level.ERROR, "wrong-key", {"key": "exmaple", "wanted": "example"})`."""

    level: Level
    code: str
    about: Mapping[str, str] = field(default_factory=dict)


def error(code: str, **about: str) -> Finding:
    """Something that must be mended."""
    return Finding(Level.ERROR, code, about)


def warning(code: str, **about: str) -> Finding:
    """Something to look at."""
    return Finding(Level.WARNING, code, about)


def good(code: str, **about: str) -> Finding:
    """Something that is as it should be."""
    return Finding(Level.OK, code, about)
