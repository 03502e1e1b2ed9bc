"""Numbers pasted into a pool: which can be added, and why each other line cannot."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from flask_babel import gettext as _
from flask_babel import lazy_gettext
from sqlalchemy.orm import Session

from tracker.pools import editing
from tracker.pools.numbers import Line, Problem, read_numbers
from tracker.web.admin.scope import lifted

SENTENCES: Mapping[Problem, Any] = {
    Problem.NOTHING: lazy_gettext("There is no number here."),
    Problem.NO_NUMBER: lazy_gettext("This is no phone number: write it like +7 495 123-45-67."),
    Problem.ROUNDED: lazy_gettext(
        "A spreadsheet has rounded this number: make its column a text column and copy it again."
    ),
    Problem.AMBIGUOUS: lazy_gettext("Several numbers and a word on one line: give each number its own line."),
    Problem.REPEATED: lazy_gettext("The number stands in line %(first)s already."),
    Problem.TWICE: lazy_gettext("The number stands twice in this line."),
}


@dataclass(frozen=True)
class GoodLine:
    """A number that can be added, with the words beside it."""

    number: str
    label: str | None


@dataclass(frozen=True)
class RefusedLine:
    """A line that cannot be used, and why."""

    line_no: int
    raw: str
    problem: str


@dataclass(frozen=True)
class Pasted:
    """What became of a pasted text."""

    good: tuple[GoodLine, ...]
    refused: tuple[RefusedLine, ...]


def read_pasted(session: Session, text: str, country: str) -> Pasted:
    """Reads numbers in any writing; those of any pool already are refused with the pool's name."""
    lines = read_numbers(text, country)
    numbers = [line.number for line in lines if line.number]
    owners = editing.taken(session, numbers)
    with lifted():
        taken = editing.taken(session, numbers).keys()
    good: list[GoodLine] = []
    refused: list[RefusedLine] = []
    for line in lines:
        if line.problem is not None or line.number is None:
            refused.append(RefusedLine(line.line_no, line.raw, _why(line)))
        elif line.number in owners:
            problem = _("The number is in the pool %(pool)s already.", pool=owners[line.number])
            refused.append(RefusedLine(line.line_no, line.raw, problem))
        elif line.number in taken:
            problem = _("The number is in another pool already, of a site that you do not see.")
            refused.append(RefusedLine(line.line_no, line.raw, problem))
        else:
            good.append(GoodLine(line.number, line.label))
    return Pasted(tuple(good), tuple(refused))


def _why(line: Line) -> str:
    return str(SENTENCES[line.problem or Problem.NOTHING]) % {"first": line.first}
