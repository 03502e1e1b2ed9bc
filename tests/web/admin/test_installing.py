"""The installation pages inside the admin: shown in the reader's language, linked from the site and from each other."""

from __future__ import annotations

import re

import pytest
from admin_people import Person
from world import World

from tracker.web.admin import how_to, installing

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.mark.parametrize(
    ("language", "title"), [("en", "First-party installation"), ("ru", "Установка на своём домене")]
)
def test_site_links_to_the_pages_in_the_readers_language(
    world: World, owner: Person, language: str, title: str
) -> None:
    owner.post("/admin/language", language=language, back="/admin/")

    site = owner.get("/admin/sites/example").text
    page = owner.get("/admin/install/first-party.md").text

    assert f'<a href="/admin/install/first-party.md">{title}</a>' in site
    assert f"<h1>{title}</h1>" in page
    assert f'<section class="panel prose" lang="{language}">' in page


def test_every_link_of_every_page_leads_somewhere(world: World, owner: Person) -> None:
    for name in ("index", *installing.PAGES):
        page = owner.get(f"/admin/install/{name}.md")
        targets = re.findall(r'href="([\w-]+\.md)', page.text)
        assert {owner.get(f"/admin/install/{target}").status_code for target in targets} <= {200}


def test_every_page_is_listed(database_url: str) -> None:
    assert {path.stem for path in how_to.INSTALLATION.glob("*.md")} == {"index", *installing.PAGES}


def test_there_is_no_other_page(world: World, owner: Person) -> None:
    assert owner.get("/admin/install/nothing.md").status_code == 404
    assert owner.get("/admin/install/../providers/mango.md").status_code == 404
