"""Tables as files: CSV sent line by line, XLSX written with little memory. No cell ever becomes a formula.

A spreadsheet takes a cell that begins with `=`, `+`, `-`, `@`, a tab or a carriage return for a formula. XLSX says of
each cell that it is a text; CSV cannot, so such cells begin with an apostrophe there.
Source: OWASP, CSV Injection, https://owasp.org/www-community/attacks/CSV_Injection, read 2026-11-22.
"""

from __future__ import annotations

import csv
import io
import tempfile
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

import xlsxwriter
from flask import Response, stream_with_context

Cell = str | int | float | datetime | None

FORMULA = ("=", "+", "-", "@", "\t", "\r")
CHUNK = 64 * 1024  # bytes of a finished file sent at once
FORMATS = ("csv", "xlsx")
XLSX_TYPE = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
MOST_CHARACTERS = 32_767  # that a cell of XLSX may have


def table(name: str, form: str, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Response:
    """The answer that downloads a table.

    Args:
        name: of the file, without its ending; ASCII.
        form: one of `FORMATS`.
        rows: times are aware and already in the zone of the reader.
    """
    body = _csv(head, rows) if form == "csv" else _xlsx(head, rows)
    answer = Response(stream_with_context(body), mimetype="text/csv" if form == "csv" else XLSX_TYPE)
    answer.headers["Content-Disposition"] = f'attachment; filename="{name}.{form}"'
    return answer


def local(at: datetime, zone: str) -> datetime:
    """The instant as the wall clock there shows it, to the second."""
    return at.astimezone(ZoneInfo(zone)).replace(microsecond=0)


def _csv(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[str]:
    yield "\ufeff"  # without it Excel takes UTF-8 for the local code page
    yield _line(head)
    for row in rows:
        yield _line([_csv_cell(cell) for cell in row])


def _line(cells: Sequence[Cell]) -> str:
    line = io.StringIO()
    csv.writer(line).writerow(cells)
    return line.getvalue()


def _csv_cell(cell: Cell) -> Cell:
    if isinstance(cell, datetime):
        return cell.strftime("%Y-%m-%d %H:%M:%S")
    if isinstance(cell, str) and cell.startswith(FORMULA):
        return f"'{cell}"
    return cell


def _xlsx(head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> Iterator[bytes]:
    with tempfile.TemporaryFile() as file:
        _write_xlsx(file, head, rows)
        file.seek(0)
        while chunk := file.read(CHUNK):
            yield chunk


def _write_xlsx(file: object, head: Sequence[str], rows: Iterable[Sequence[Cell]]) -> None:
    book = xlsxwriter.Workbook(file, {"constant_memory": True})
    sheet, bold = book.add_worksheet(), book.add_format({"bold": True})
    moment = book.add_format({"num_format": "yyyy-mm-dd hh:mm:ss"})
    sheet.freeze_panes(1, 0)
    sheet.set_column(0, len(head) - 1, 18)
    for column, title in enumerate(head):
        sheet.write_string(0, column, title, bold)
    for number, row in enumerate(rows, start=1):
        for column, cell in enumerate(row):
            if isinstance(cell, datetime):
                sheet.write_datetime(number, column, cell.replace(tzinfo=None), moment)
            elif isinstance(cell, str):
                sheet.write_string(number, column, cell[:MOST_CHARACTERS])
            elif cell is not None:
                sheet.write_number(number, column, cell)
    book.close()
