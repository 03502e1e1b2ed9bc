"""Reads lists of numbers as people paste them: one a line, CSV of a telephone company, a column of a spreadsheet.

Every line is accounted for; whether a number belongs to another pool already is asked elsewhere.
"""

from __future__ import annotations

import csv
import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import NamedTuple

from tracker.values import phone

_NUMBER_COLUMNS = frozenset({"number", "phone", "did", "tel", "номер", "телефон"})
_LABEL_COLUMNS = frozenset({"label", "name", "title", "comment", "название", "имя", "метка", "комментарий"})

_DELIMITERS = ("\t", ";", "|", ",")
_DIGITS_RUN = re.compile(r"(?:tel:|\+)?\s*\(?\d[\d\s()./\-\u2010-\u2015\u2212\u00a0\u2009\u202f]*\d", re.IGNORECASE)
_SCIENTIFIC = re.compile(r"\d(?:[.,]\d+)?e\+?\d+", re.IGNORECASE)
_FLOAT = re.compile(r"(\d{10,15})[.,]0+")
_AROUND_LABEL = " \t,;:|-–—()=\"'"


class Problem(StrEnum):
    """Why a line cannot be used."""

    NOTHING = "nothing"  # no digit in it
    NO_NUMBER = "no-number"  # digits that are no telephone number
    ROUNDED = "rounded"  # 7,49577E+10: a spreadsheet has lost its last digits
    AMBIGUOUS = "ambiguous"  # several numbers and a word: whose label is it?
    REPEATED = "repeated"  # it stood in a line before
    TWICE = "twice"  # it stands in this line already


@dataclass(frozen=True, slots=True)
class Line:
    """What became of one number, or of one line without any.

    Args:
        line_no: from 1, as an editor counts.
        raw: the line, trimmed.
        number: E.164, None when it could not be read.
        label: the words beside it, None when there are none.
        problem: why it cannot be used; None when it can.
        first: the line where a repeated number stood first.
    """

    line_no: int
    raw: str
    number: str | None
    label: str | None
    problem: Problem | None
    first: int | None = None


class Columns(NamedTuple):
    """Where a heading says that number and label stand, counted from 0; and what separates the columns."""

    number: int
    label: int | None
    delimiter: str


def read_numbers(text: str, country: str) -> list[Line]:
    """Reads numbers in any writing with a report per line.

    Columns are separated by tab, semicolon, bar or comma; a heading is understood; the words beside a number
    are its label; several numbers may share a line. Empty lines and those that start with `#` are skipped.

    Args:
        text: as pasted or decoded from a file.
        country: ISO 3166 code of national writings, `RU`.

    Returns:
        One `Line` per number, or per line that holds none, in order. A number that was there before keeps its
        value and is `REPEATED` or stands there `TWICE`.
    """
    seen: dict[str, int] = {}
    lines = []
    for line in _lines(text, country):
        if line.number is not None and line.number in seen:
            first = seen[line.number]
            line = replace(line, problem=Problem.TWICE if first == line.line_no else Problem.REPEATED, first=first)
        elif line.number is not None:
            seen[line.number] = line.line_no
        lines.append(line)
    return lines


def _lines(text: str, country: str) -> Iterator[Line]:
    columns: Columns | None = None
    is_first = True
    for line_no, raw in enumerate(re.split(r"\r\n|\r|\n", text), start=1):
        raw = raw.strip("\ufeff").strip()
        if not raw or raw.startswith("#"):
            continue
        if is_first:
            is_first = False
            columns = _heading(raw)
            if columns:
                continue
        found = _by_columns(raw, columns, country) if columns else _by_looks(raw, country)
        yield from (Line(line_no, raw, *one) for one in found)


class Found(NamedTuple):
    """Number, label and problem of one `Line`."""

    number: str | None
    label: str | None
    problem: Problem | None


def _heading(raw: str) -> Columns | None:
    delimiter = _delimiter(raw)
    names = [cell.lower() for cell in _cells(raw, delimiter)]
    number = next((place for place, name in enumerate(names) if name in _NUMBER_COLUMNS), None)
    if number is None:
        return None
    label = next((place for place, name in enumerate(names) if name in _LABEL_COLUMNS), None)
    return Columns(number, label, delimiter)


def _by_columns(raw: str, columns: Columns, country: str) -> list[Found]:
    cells = [*_cells(raw, columns.delimiter), *[""] * (columns.number + (columns.label or 0) + 1)]
    written = cells[columns.number]
    number = _number(written, country)
    label = cells[columns.label] if columns.label is not None else ""
    return [Found(number, label or None, None if number else _why_not(written))]


def _by_looks(raw: str, country: str) -> list[Found]:
    """Without a heading: cells that hold a number, and words beside it or in the other cells."""
    cells = [cell for cell in _cells(raw, _delimiter(raw)) if cell]
    numbers = [(cell, number) for cell in cells if (number := _number(cell, country))]
    if not numbers:
        return [Found(None, None, _why_not(raw))]
    others = [cell for cell in cells if not _number(cell, country)]
    if len(numbers) == 1:
        cell, number = numbers[0]
        return [Found(number, _words_beside(cell) or (others[0] if others else None), None)]
    problem = Problem.AMBIGUOUS if others else None
    return [Found(number, _words_beside(cell), problem) for cell, number in numbers]


def _delimiter(raw: str) -> str:
    return next((mark for mark in _DELIMITERS if mark in raw), ",")


def _cells(raw: str, delimiter: str) -> list[str]:
    try:
        row = next(csv.reader([raw], delimiter=delimiter, skipinitialspace=True), [])
    except csv.Error:  # a cell longer than the reader allows
        row = raw.split(delimiter)
    return [cell.strip() for cell in row]


def _number(written: str, country: str) -> str | None:
    whole = _FLOAT.fullmatch(written)  # a spreadsheet that took the number for a quantity
    return phone.parse(whole[1] if whole else written, country)


def _words_beside(cell: str) -> str | None:
    run = next(
        (run for run in _DIGITS_RUN.finditer(cell) if sum(map(str.isdigit, run[0])) >= phone.FEWEST_DIGITS), None
    )
    if run is None:
        return None
    sides = (cell[: run.start()].strip(_AROUND_LABEL), cell[run.end() :].strip(_AROUND_LABEL))
    return " ".join(filter(None, sides)) or None


def _why_not(written: str) -> Problem:
    if _SCIENTIFIC.search(written):
        return Problem.ROUNDED
    return Problem.NO_NUMBER if any(char.isdigit() for char in written) else Problem.NOTHING
