"""Reports as tables: columns and lines alike for the page and the file, each line with its way to the journal."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from babel.dates import get_day_names
from flask_babel import get_locale, lazy_gettext
from flask_babel import gettext as _

from tracker.reports.breakdown import MERGED
from tracker.reports.calls import PoolLine
from tracker.reports.dimensions import BOUND, NONE
from tracker.reports.lines import Line
from tracker.visits.channel import NO_SOURCE
from tracker.web.admin.exporting import Cell
from tracker.web.admin.words import CHANNEL, word

Figures = Line | PoolLine


@dataclass(frozen=True)
class Column:
    """One figure of a line. `form` is count, share or change; `narrows` are filters of the journal behind it, which
    `is_before` turns to the days of the period before."""

    title: Any
    read: Callable[[Any], float | None]
    form: str = "count"
    narrows: Mapping[str, str] | None = None
    is_before: bool = False


@dataclass(frozen=True)
class Row:
    """One line: its names, its figures, and the filters of the journal that show what is behind it."""

    names: tuple[str, ...]
    channel: str | None
    figures: tuple[float | None, ...]
    filters: Mapping[str, str]


CALL, LETTER = {"kind": "call"}, {"kind": "email"}
MISSED = Column(lazy_gettext("Missed"), lambda line: line.missed, narrows={"status": "lost"})
UNIQUE = Column(lazy_gettext("Unique"), lambda line: line.unique, narrows={"unique": "yes"})
TARGET = Column(lazy_gettext("Target"), lambda line: line.target, narrows={"target": "yes"})

SOURCES = (
    Column(lazy_gettext("Inquiries"), lambda line: line.inquiries, narrows={}),
    Column(lazy_gettext("Before"), lambda line: line.before, narrows={}, is_before=True),
    UNIQUE,
    TARGET,
    Column(lazy_gettext("Calls"), lambda line: line.calls, narrows=CALL),
    MISSED,
    Column(lazy_gettext("Letters"), lambda line: line.letters, narrows=LETTER),
    Column(lazy_gettext("Forms etc."), lambda line: line.others, narrows={"kind": "others"}),
    Column(lazy_gettext("Visits"), lambda line: line.visits),
    Column(lazy_gettext("Visitors"), lambda line: line.visitors),
    Column(lazy_gettext("Inquiries a visit"), lambda line: line.conversion, "share"),
)
CALLS = (
    Column(lazy_gettext("Calls"), lambda line: line.calls, narrows=CALL),
    Column(lazy_gettext("Before"), lambda line: line.before, narrows=CALL, is_before=True),
    MISSED,
    Column(lazy_gettext("Share missed"), lambda line: line.missed / line.calls if line.calls else None, "share"),
    Column(UNIQUE.title, UNIQUE.read, narrows=CALL | {"unique": "yes"}),
    Column(TARGET.title, TARGET.read, narrows=CALL | {"target": "yes"}),
)
POOLS = (
    Column(lazy_gettext("Calls"), lambda line: line.calls, narrows=CALL),
    Column(lazy_gettext("Before"), lambda line: line.before, narrows=CALL, is_before=True),
    *CALLS[2:],
    Column(lazy_gettext("Source found"), lambda line: line.found / line.calls if line.calls else None, "share"),
    Column(lazy_gettext("Numbers"), lambda line: line.numbers),
    Column(lazy_gettext("Leases wanted"), lambda line: line.wanted),
    Column(lazy_gettext("Coverage"), lambda line: line.coverage, "share"),
    Column(lazy_gettext("Shared leases"), lambda line: line.shared),
)

NAMES = {
    "source": lazy_gettext("Source"),
    "medium": lazy_gettext("Medium"),
    "channel": lazy_gettext("Channel"),
    "campaign": lazy_gettext("Campaign"),
    "landing": lazy_gettext("Landing page"),
    "content": lazy_gettext("Content"),
    "term": lazy_gettext("Keyword"),
    "city": lazy_gettext("City"),
    "hour": lazy_gettext("Hour"),
    "weekday": lazy_gettext("Weekday"),
    "manager": lazy_gettext("Answered by"),
    "pool": lazy_gettext("Pool"),
}


DIRECT = {"source": CHANNEL["direct"], "medium": "—"}  # who came directly has no medium to be known

WITHOUT = {
    "campaign": lazy_gettext("Without a campaign"),
    "content": lazy_gettext("Without content"),
    "term": lazy_gettext("Without a keyword"),
    "landing": lazy_gettext("No visit found"),
    "manager": lazy_gettext("Nobody, or not told"),
}


def row(by: Sequence[str], keys: Sequence[str], line: Figures, columns: Sequence[Column]) -> Row:
    """A line with its names in words."""
    said = dict(zip(by, keys, strict=True))
    first = by[0] if by else None
    filters = {first: NONE} if first in MERGED and said[first] == NONE else dict(said)
    if isinstance(line, PoolLine):
        filters = {"pool": f"{line.site_key}/{line.key}"}
    names = tuple(named(name, value, said) for name, value in said.items())
    return Row(names, said.get("channel"), tuple(column.read(line) for column in columns), filters)


def named(name: str, value: str, beside: Mapping[str, str] | None = None) -> str:
    """What the interface calls a value of a dimension; `beside`: the values of others that stand with it."""
    if dict(beside or {name: value}).get("source") == NO_SOURCE and name in DIRECT:
        return str(DIRECT[name])
    if name == "hour":
        return f"{value:0>2}:00"
    if name == "weekday":
        return str(get_day_names("wide", context="stand-alone", locale=get_locale())[int(value)])
    if value == BOUND:
        return str(_("Bound number or address"))
    if value == NONE:
        return str(WITHOUT.get(name, _("Not known")))
    return word(value, "channel") if name == "channel" else value


def head(by: Sequence[str], columns: Sequence[Column]) -> list[str]:
    """The titles of a file."""
    return [str(NAMES[name]) for name in by] + [str(column.title) for column in columns]


def cells(found: Row) -> list[Cell]:
    """A line of a file; shares to four digits."""
    return [*found.names, *(None if figure is None else round(figure, 4) for figure in found.figures)]
