"""What `skvoz check` finds, seen in the admin."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from admin_people import Person
from flask import Flask
from world import World

from tracker import checks, clock
from tracker.access.models import Role
from tracker.checks import CHECKS
from tracker.checks.finding import Finding, fail, ok
from tracker.web.admin.health_words import ADVICE, NAMES

SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_every_check_has_a_name_and_advice() -> None:
    assert [*NAMES] == [*ADVICE] == [check.name for check in CHECKS]


@SQLITE
def test_page_tells_what_does_not_work_first_and_what_to_do(world: World, owner: Person) -> None:
    page = owner.get("/admin/health/").text

    first = page.split("<tbody>")[1].split("</tr>")[0]
    assert "Background processes" in first
    assert "does not work" in first
    assert "Start skvoz worker" in first
    assert "The fast store answers." in page


@SQLITE
def test_overview_names_what_does_not_work_and_leads_to_the_page(world: World, owner: Person) -> None:
    notice = owner.get("/admin/").text.partition("Part of Skvoz does not work: ")[2].partition("</p>")[0]

    assert notice.startswith("Background processes")
    assert 'href="/admin/health/"' in notice


@SQLITE
def test_overview_looks_again_after_a_minute_only(
    app: Flask, world: World, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    findings: list[Finding] = [ok("well"), fail("ill", "mend it")]
    monkeypatch.setattr(checks, "look", lambda _settings: [("disk", findings.pop(0))])
    now = clock.now()
    shown = []
    for seconds in (0, 50, 70):
        monkeypatch.setattr(clock, "now", lambda at=now + timedelta(seconds=seconds): at)
        shown.append("does not work" in owner.get("/admin/").text)

    assert shown == [False, False, True]


@SQLITE
@pytest.mark.parametrize("role", [Role.ANALYST, Role.AGENT])
def test_overview_says_nothing_of_it_to_others(world: World, user_of: Callable[[Role], Person], role: Role) -> None:
    assert "/admin/health/" not in user_of(role).get("/admin/").text
