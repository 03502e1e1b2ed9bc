"""Numbers pasted into a pool: which can be added, and why each other line cannot."""

from __future__ import annotations

from dataclasses import dataclass

from flask_babel import gettext as _
from sqlalchemy.orm import Session

from tracker.pools import editing
from tracker.pools.numbers import read_numbers
from tracker.web.admin.scope import lifted


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
            refused.append(RefusedLine(line.line_no, line.raw, line.problem or _("There is no number here.")))
        elif line.number in owners:
            problem = _("The number is in the pool %(pool)s already.", pool=owners[line.number])
            refused.append(RefusedLine(line.line_no, line.raw, problem))
        elif line.number in taken:
            problem = _("The number is in another pool already, of a site that you do not see.")
            refused.append(RefusedLine(line.line_no, line.raw, problem))
        else:
            good.append(GoodLine(line.number, line.label))
    return Pasted(tuple(good), tuple(refused))
