"""Reads the first sheet of an XLSX workbook as lines of text, so that a list of numbers need not be saved as CSV.

openpyxl parses with defusedxml, which refuses entities, as long as that is installed.
Source: https://openpyxl.readthedocs.io/en/stable/#security (read 2026-11).
"""

from __future__ import annotations

import io
import zipfile
import zlib
from collections.abc import Iterator
from xml.etree.ElementTree import ParseError

from openpyxl import load_workbook

from tracker.errors import InvalidInput

SIGNATURE = b"PK\x03\x04"
LARGEST = 30_000_000  # bytes unpacked; a small file may hold gigabytes of nothing
MOST_COLUMNS = 50
MOST_ROWS = 100_000
UNREADABLE = (zipfile.BadZipFile, zlib.error, ParseError, KeyError, IndexError, ValueError, TypeError, AttributeError)


def read_xlsx(file: bytes) -> str:
    """Returns a line for each row, its cells separated by tabs; empty rows too, so that lines count as rows do.

    Raises:
        InvalidInput: not a workbook that can be read, or one that is too large; the sentence says what to do.
    """
    try:
        return "\n".join(_lines(file))
    except UNREADABLE as error:
        raise InvalidInput("this workbook cannot be read: save it as XLSX or CSV once more", "file") from error


def _lines(file: bytes) -> Iterator[str]:
    with zipfile.ZipFile(io.BytesIO(file)) as packed:
        if sum(part.file_size for part in packed.infolist()) > LARGEST:
            raise InvalidInput("this workbook is too large: copy the column of numbers into one of its own", "file")
    book = load_workbook(io.BytesIO(file), read_only=True, data_only=True, keep_links=False)
    sheet = book.worksheets[0]
    sheet.reset_dimensions()  # some programs write wrong ones
    for number, row in enumerate(sheet.iter_rows(max_col=MOST_COLUMNS, max_row=MOST_ROWS + 1, values_only=True), 1):
        if number > MOST_ROWS:
            raise InvalidInput(f"this workbook has more than {MOST_ROWS} rows: split it", "file")
        yield "\t".join(map(_written, row)).rstrip("\t")


def _written(value: object) -> str:
    """A number cell keeps all digits of a telephone number, though it may be kept as 7.4957770001E10."""
    if isinstance(value, float) and value.is_integer():
        value = int(value)
    return "" if value is None else " ".join(str(value).split())
