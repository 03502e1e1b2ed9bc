"""Pages of long lists, newest first: the next one begins below the last row shown, whatever has arrived since."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from sqlalchemy import ColumnElement, SQLColumnExpression, and_, or_

from tracker import clock
from tracker.errors import InvalidInput

Row = TypeVar("Row")
MOST = 2**63 - 1  # of a row's number; beyond it databases refuse to compare


@dataclass(frozen=True)
class Page(Generic[Row]):
    """Some rows, newest first, and the cursor of the next ones (None: that was all)."""

    rows: tuple[Row, ...]
    next: str | None


def cursor(at: datetime, number: int) -> str:
    """What `below` reads: the place of a row in a list by time, and by number among those of one instant."""
    return f"{clock.to_iso(at.replace(microsecond=0))}.{at.microsecond}.{number}"


def below(
    at: SQLColumnExpression[datetime], number: SQLColumnExpression[int], cursor: str | None
) -> list[ColumnElement[bool]]:
    """The condition that rows come after the cursor's in a list by time, the newest first; none without a cursor.

    Raises:
        InvalidInput: the cursor is not one of ours.
    """
    if not cursor:
        return []
    then, last = _read(cursor)
    return [at <= then, or_(at < then, and_(at == then, number < last))]  # the first bound is what an index answers


def _read(text: str) -> tuple[datetime, int]:
    try:
        second, microsecond, number = text.rsplit(".", 2)
        return clock.parse(second).replace(microsecond=int(microsecond)), _number(number)
    except ValueError as error:
        raise _foreign() from error


def below_number(number: SQLColumnExpression[int], cursor: str | None) -> list[ColumnElement[bool]]:
    """The same for a list by number alone, whose cursor is the number of the last row.

    Raises:
        InvalidInput: the cursor is not one of ours.
    """
    if not cursor:
        return []
    try:
        return [number < _number(cursor)]
    except ValueError as error:
        raise _foreign() from error


def _number(text: str) -> int:
    number = int(text)
    if not 0 <= number <= MOST:
        raise ValueError(text)
    return number


def _foreign() -> InvalidInput:
    return InvalidInput("this is not a cursor of the list", "cursor")
