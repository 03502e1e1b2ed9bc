"""Tables as files: what a spreadsheet reads, and that it never finds a formula."""

from __future__ import annotations

import csv
import io
import zipfile
from datetime import UTC, datetime

import pytest
from admin_people import Person
from flask import Flask
from world import World

from tracker import clock
from tracker.web.admin import exporting

EVIL = ["=1+1", "+79161234567", "-2", "@SUM(A1)", "\tx", "\rx"]


def body(app: Flask, form: str, rows: list[list[exporting.Cell]]) -> bytes:
    with app.test_request_context():
        return exporting.table("t", form, ["a", "b"], rows).get_data()


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("evil", EVIL)
def test_csv_cell_never_begins_like_a_formula(app: Flask, evil: str) -> None:
    text = body(app, "csv", [[evil, "fine"]]).decode("utf-8-sig")

    [_head, row] = list(csv.reader(io.StringIO(text, newline="")))
    assert row == [f"'{evil}", "fine"]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_xlsx_holds_texts_numbers_and_times_but_no_formula(app: Flask) -> None:
    at = datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)
    rows: list[list[exporting.Cell]] = [[evil, 0.5] for evil in EVIL]

    book = zipfile.ZipFile(io.BytesIO(body(app, "xlsx", [*rows, [at, None]])))

    sheet = book.read("xl/worksheets/sheet1.xml").decode()
    assert "<f>" not in sheet
    assert "=1+1" in sheet
    assert "<v>0.5</v>" in sheet
    assert "<v>46024.127835648" in sheet  # days since 1899-12-30


@pytest.mark.parametrize("form", exporting.FORMATS)
def test_journal_is_downloaded_as_it_is_narrowed(world: World, owner: Person, form: str) -> None:
    for call_id, caller in (("1", "+79161234567"), ("2", "=cmd()")):
        world.call(call_id, "ringing", **{"from": caller, "to": "+74957770001", "at": clock.to_iso(clock.now())})

    everything = owner.get(f"/admin/inquiries/export.{form}")
    all_of_it = everything.data
    narrowed = owner.get(f"/admin/inquiries/export.{form}", search="916").data

    assert everything.headers["Content-Disposition"].endswith(f'.{form}"')
    assert [b"cmd()" in text_of(data, form) for data in (all_of_it, narrowed)] == [True, False]
    assert b"79161234567" in text_of(narrowed, form)
    assert owner.get("/admin/inquiries/export.exe").status_code == 404


def text_of(data: bytes, form: str) -> bytes:
    return data if form == "csv" else zipfile.ZipFile(io.BytesIO(data)).read("xl/worksheets/sheet1.xml")
