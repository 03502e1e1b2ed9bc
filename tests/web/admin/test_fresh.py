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
