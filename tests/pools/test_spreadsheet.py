"""Workbooks are read as other programs write them, and nothing in them can hurt."""

from __future__ import annotations

import io
import zipfile

import pytest
import xlsxwriter

from tracker.errors import InvalidInput
from tracker.pools.spreadsheet import LARGEST, read_xlsx

SHEET = "xl/worksheets/sheet1.xml"
NAMES = 'xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'


def plain(*cells: object) -> bytes:
    file = io.BytesIO()
    made = xlsxwriter.Workbook(file)
    made.add_worksheet().write_row(0, 0, cells)
    made.close()
    return file.getvalue()


def book(sheet: str) -> bytes:
    """A workbook whose first sheet stands as given, as another program may write it."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(plain())) as usual, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
        for part in usual.namelist():
            packed.writestr(part, sheet if part == SHEET else usual.read(part))
    return file.getvalue()


def sheet(cells: str) -> str:
    return f"<worksheet {NAMES}><sheetData>{cells}</sheetData></worksheet>"


CELLS = {
    "inline text": ('<row r="1"><c r="A1" t="inlineStr"><is><t> +7 495 </t></is></c></row>', "+7 495"),
    "pieces of text": (
        '<row r="1"><c r="A1" t="inlineStr"><is><r><t>8495</t></r><r><t>777</t></r></is></c></row>',
        "8495777",
    ),
    "number": ('<row r="1"><c r="A1"><v>84957770001</v></c></row>', "84957770001"),
    "number with an exponent": ('<row r="1"><c r="A1"><v>8.4957770001E10</v></c></row>', "84957770001"),
    "formula": ('<row r="1"><c r="A1" t="str"><f>A2</f><v>84957770001</v></c></row>', "84957770001"),
    "left-out cells and rows": ('<row r="3"><c r="C3"><v>1.5</v></c></row>', "\n\n\t\t1.5"),
    "no references": ("<row><c><v>1</v></c><c><v>2</v></c></row><row><c><v>3</v></c></row>", "1\t2\n3"),
    "far columns": ('<row r="1"><c r="A1"><v>1</v></c><c r="XFD1"><v>2</v></c></row>', "1"),
    "lines in a cell": ('<row r="1"><c r="A1" t="inlineStr"><is><t>a\n\tb</t></is></c></row>', "a b"),
    "nothing": ("", ""),
}


@pytest.mark.parametrize(("cells", "expected"), CELLS.values(), ids=CELLS.keys())
def test_cells_become_text(cells: str, expected: str) -> None:
    assert read_xlsx(book(sheet(cells))) == expected


def test_shared_texts_are_found() -> None:
    assert read_xlsx(plain("Ads", "8 495 777-00-01", "Ads")) == "Ads\t8 495 777-00-01\tAds"


HARMFUL = {
    "entities": '<!DOCTYPE x [<!ENTITY a "84957770001">]>' + sheet('<row r="1"><c r="A1"><v>&a;</v></c></row>'),
    "a part that unpacks to too much": sheet(" " * LARGEST),
    "rows far below": sheet('<row r="1048576"><c r="A1048576"><v>1</v></c></row>'),
    "a text that is not there": sheet('<row r="1"><c r="A1" t="s"><v>3</v></c></row>'),
    "no XML": "<worksheet",
}


@pytest.mark.parametrize("rows", HARMFUL.values(), ids=HARMFUL.keys())
def test_what_could_hurt_is_refused(rows: str) -> None:
    with pytest.raises(InvalidInput):
        read_xlsx(book(rows))


def test_other_archives_are_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as packed:
        packed.writestr("letter.txt", "84957770001")

    with pytest.raises(InvalidInput):
        read_xlsx(file.getvalue())
