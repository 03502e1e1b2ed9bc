"""A new installation: no site yet, and every page of the menu stands."""

from __future__ import annotations

import pytest
from admin_people import Person

PAGES = ("", "inquiries/", "visitors/", "pools/", "deliveries/", "connections/", "alerts/")
REPORTS = ("", "contents", "pools", "hours", "managers", "accuracy")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_pages_of_an_installation_without_sites(owner: Person) -> None:
    asked = [*PAGES, *(f"reports/{name}" for name in REPORTS)]
    assert {page: owner.get(f"/admin/{page}").status_code for page in asked} == dict.fromkeys(asked, 200)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("name", ["", "hours"])
def test_report_without_figures_says_so_instead_of_drawing_zeros(owner: Person, name: str) -> None:
    page = owner.get(f"/admin/reports/{name}").text

    assert "Nothing in this period" in page
    assert "<table" not in page
    assert 'class="chart"' not in page
