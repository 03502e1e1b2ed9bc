"""Reads the first sheet of an XLSX workbook as lines of text, so that a list of numbers need not be saved as CSV.

Follows ECMA-376, part 1, sections 18.2 to 18.4, as far as values go; formats and formulas are left out.
"""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from decimal import Decimal, InvalidOperation
from xml.etree.ElementTree import Element, ParseError, TreeBuilder, XMLParser, fromstring

from tracker.errors import InvalidInput

SIGNATURE = b"PK\x03\x04"
WORKBOOK, RELATIONS, STRINGS = "xl/workbook.xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml"
RELATION_ID = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
LARGEST_PART = 30_000_000  # bytes unpacked; a small file may hold gigabytes of nothing
MOST_COLUMNS = 50
MOST_ROWS = 100_000
CELL = re.compile(r"([A-Z]{1,3})\d+")


def read_xlsx(file: bytes) -> str:
    """Returns a line for each row, its cells separated by tabs; empty rows too, so that lines count as rows do.

    Raises:
        InvalidInput: not a workbook that can be read, or one that is too large; the sentence says what to do.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(file)) as book:
            strings = [_text(item) for item in _part(book, STRINGS)] if STRINGS in book.namelist() else []
            sheet = _part(book, _first_sheet(book))
        return _lines(sheet, strings)
    except (zipfile.BadZipFile, zlib.error, KeyError, IndexError, ValueError, ParseError, NotImplementedError) as error:
        raise InvalidInput("this workbook cannot be read: save it as XLSX or CSV once more", "file") from error


def _part(book: zipfile.ZipFile, name: str) -> Element:
    with book.open(name) as packed:
        unpacked = packed.read(LARGEST_PART + 1)
    if len(unpacked) > LARGEST_PART:
        raise InvalidInput("this workbook is too large: copy the column of numbers into one of its own", "file")
    return fromstring(unpacked, XMLParser(target=_Plain()))  # noqa: S314 - entities are refused, the size is bounded


class _Plain(TreeBuilder):
    """Entities hide in document types, and workbooks have none."""

    def doctype(self, *_: object) -> None:
        raise InvalidInput("this is no workbook of a spreadsheet", "file")


def _first_sheet(book: zipfile.ZipFile) -> str:
    wanted = next(_part(book, WORKBOOK).iterfind("{*}sheets/{*}sheet"), Element("sheet")).get(RELATION_ID)
    targets = {one.get("Id"): one.get("Target", "") for one in _part(book, RELATIONS)}
    target = targets[wanted]
    return target.removeprefix("/") if target.startswith("/") else f"xl/{target}"


def _lines(sheet: Element, strings: list[str]) -> str:
    lines: list[str] = []
    for row in sheet.iterfind("{*}sheetData/{*}row"):
        number = int(row.get("r") or len(lines) + 1)
        if number > MOST_ROWS:
            raise InvalidInput(f"this workbook has more than {MOST_ROWS} rows: split it", "file")
        lines += [""] * (number - 1 - len(lines))
        lines.append(_line(row, strings))
    return "\n".join(lines)


def _line(row: Element, strings: list[str]) -> str:
    cells: list[str] = []
    for cell in row:
        place = _column(cell.get("r")) if cell.get("r") else len(cells)
        if place >= MOST_COLUMNS:
            break
        cells += [""] * (place - len(cells))
        cells.append(" ".join(_value(cell, strings).split()))
    return "\t".join(cells)


def _column(reference: str | None) -> int:
    """The place of a cell such as `C5`, from 0."""
    found = CELL.fullmatch(reference or "")
    if found is None:
        raise ValueError(f"not a cell: {reference}")
    place = 0
    for letter in found[1]:
        place = place * 26 + ord(letter) - ord("A") + 1
    return place - 1


def _value(cell: Element, strings: list[str]) -> str:
    kind, inline = cell.get("t", "n"), cell.find("{*}is")
    if inline is not None:
        return _text(inline)
    written = cell.findtext("{*}v", "")
    if kind == "s":
        return strings[int(written)]
    return _whole(written) if kind == "n" else written


def _text(item: Element) -> str:
    """A text and its pieces of other fonts, without the pronunciation that some scripts add."""
    pieces = [*item.iterfind("{*}t"), *item.iterfind("{*}r/{*}t")]
    return "".join(piece.text or "" for piece in pieces)


def _whole(written: str) -> str:
    """A number cell keeps all digits of a telephone number, though it may write 7.4957770001E10."""
    try:
        value = Decimal(written)
        return f"{value:f}" if value == value.to_integral_value() else written
    except InvalidOperation:
        return written
