"""A new installation: no site yet, and every page of the menu stands."""

from __future__ import annotations

from admin_people import Person

PAGES = ("", "inquiries/", "visitors/", "pools/", "deliveries/", "connections/", "sites/", "alerts/", "team/")
REPORTS = ("", "channels", "contents", "landing-pages", "cities", "pools", "weekdays", "hours", "managers", "accuracy")


def test_pages_of_an_installation_without_sites(owner: Person) -> None:
    asked = [*PAGES, *(f"reports/{name}" for name in REPORTS)]
    assert {page: owner.get(f"/admin/{page}").status_code for page in asked} == dict.fromkeys(asked, 200)
