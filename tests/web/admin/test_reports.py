"""Reports as pages and files: they open, add up, lead to the journal, and run no code."""

from __future__ import annotations

import csv
import io
import re
from datetime import date

import pytest
from admin_people import Person
from world import World

from tracker.web.admin.reports import REPORTS, read_period

EVIL = "<script>alert(1)</script>"


@pytest.fixture
def busy(world: World) -> World:
    """One visit from an advertisement with a form, and one from a campaign that would like to be code."""
    for campaign in ("spring", EVIL):
        browser = world.browser()
        browser.open(f"https://example.com/?utm_source=google&utm_medium=cpc&utm_campaign={campaign}")
        browser.fill_form({"phone": "+79161234567" if campaign == "spring" else "+79160000000"})
    world.store_visits()
    return world


@pytest.mark.parametrize("name", REPORTS)
def test_report_is_a_page_and_two_files(busy: World, owner: Person, name: str) -> None:
    path = "" if name == "sources" else name
    page = owner.get(f"/admin/reports/{path}", model="linear")

    assert page.status_code == 200
    assert EVIL not in page.text
    assert owner.get(f"/admin/reports/{name}/export.xlsx").data.startswith(b"PK")
    lines = list(csv.reader(io.StringIO(owner.get(f"/admin/reports/{name}/export.csv").data.decode("utf-8-sig"))))
    assert len({len(line) for line in lines}) == 1


def test_figure_leads_to_the_inquiries_behind_it(busy: World, owner: Person) -> None:
    page = owner.get("/admin/reports/campaigns").text

    [link] = re.findall(r'href="(/admin/inquiries/\?[^"]*campaign=spring[^"]*)">1</a>', page)[:1]
    journal = owner.client.get(link.replace("&amp;", "&")).text

    assert "7 916 123-45-67" in journal
    assert "7 916 000-00-00" not in journal


def test_what_no_report_is_called_is_not_found(owner: Person) -> None:
    assert owner.get("/admin/reports/money").status_code == 404
    assert owner.get("/admin/reports/money/export.csv").status_code == 404
    assert owner.get("/admin/reports/sources/export.exe").status_code == 404


def test_accuracy_says_when_there_is_nothing_to_measure_with(world: World, owner: Person) -> None:
    assert "Nothing to measure with yet" in owner.get("/admin/reports/accuracy").text


PERIODS = [
    ({"since": "2026-01-01", "until": "2026-01-31"}, (date(2026, 1, 1), date(2026, 1, 31))),
    ({"since": "2026-01-31", "until": "2026-01-01"}, (date(2026, 1, 1), date(2026, 1, 31))),
    ({"until": "2026-01-30"}, (date(2026, 1, 1), date(2026, 1, 30))),
    ({"since": "0001-01-01", "until": "2026-01-30"}, (date(2026, 1, 1), date(2026, 1, 30))),
]


@pytest.mark.parametrize(("said", "days"), PERIODS)
def test_period_is_read_from_the_address(said: dict[str, str], days: tuple[date, date]) -> None:
    period = read_period(said, "UTC")

    assert (period.first, period.last) == days
