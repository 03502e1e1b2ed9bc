"""The list of visitors: what finds one, how it is narrowed, and its older pages."""

from __future__ import annotations

import re
from datetime import timedelta
from functools import partial
from zoneinfo import ZoneInfo

import pytest
from admin_people import Person
from sqlalchemy import select, update
from world import Browser, World

from tracker import clock
from tracker.database import writing
from tracker.extensions import db
from tracker.reports import visit_list
from tracker.reports.visit_list import VisitFilters
from tracker.visits.models import Visit

PHONE, EMAIL = "+79161234567", "anna@mail.example"
ON_SQLITE = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def found(person: Person, **filters: str) -> set[str]:
    """The visitors whose visits the list shows."""
    page = person.get("/admin/visitors/", **filters)
    assert page.status_code == 200
    return set(re.findall(r'href="/admin/visitors/example/([0-9a-f]{32})"', page.text))


@pytest.fixture
def anna(world: World) -> tuple[Browser, list[str]]:
    """Somebody of whom much is known, between two others; and the words that lead to her."""
    world.browser().open()
    browser = world.browser()
    shown = browser.open(ga="GA1.2.147852369.1692587411", ym="1692587411123456789")
    browser.fill_form({"name": "Anna", "phone": PHONE, "email": EMAIL})
    world.browser().open()
    world.store_visits()
    of_browser = [browser.ip, "147852369.1692587411", "GA1.2.147852369.1692587411", "1692587411123456789"]
    of_ids = [
        browser.visitor or "",
        (browser.visitor or "")[:8],
        browser.visit or "",
        (browser.visit or "")[:6].upper(),
    ]
    of_leases = [shown["tag"], shown["emails"][0]["address"], shown["numbers"][0]["number"]]
    return browser, [*of_browser, *of_ids, *of_leases, PHONE, "8 (916) 123-45-67", EMAIL, " Anna@Mail.Example "]


def test_search_finds_one_visitor_by_everything_known(anna: tuple[Browser, list[str]], owner: Person) -> None:
    browser, words = anna

    assert len(found(owner)) == 3
    assert {word: found(owner, search=word) for word in words} == {word: {browser.visitor} for word in words}


@ON_SQLITE
def test_search_finds_nothing_by_what_nobody_has(anna: tuple[Browser, list[str]], owner: Person) -> None:
    browser, _words = anna
    nothing = (
        "anna",
        "203.0.113.99",
        "+79160000000",
        "zzzzzz",
        "%",
        "' or 1=1 --",
        "\x00",
        browser.visitor[:5],
        "@",
        "::1",
    )

    assert {word: found(owner, search=word) for word in nothing} == {word: set() for word in nothing}
    assert "Nothing fits these filters" in owner.get("/admin/visitors/", search="nobody").text


@ON_SQLITE
def test_number_finds_no_visit_at_another_time(world: World, owner: Person) -> None:
    number = world.browser().open()["numbers"][0]["number"]
    world.store_visits()
    with writing(db.session()) as session:
        visit = session.scalars(select(Visit)).one()
        visit.started_at, visit.last_at = visit.started_at - timedelta(days=3), visit.last_at - timedelta(days=3)

    assert len(found(owner)) == 1
    assert found(owner, search=number) == set()


@ON_SQLITE
def test_filters_narrow_the_list_and_stay_in_the_address(
    world: World, owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, robot, test, own = (world.browser() for _ in range(4))
    for browser in (old, robot, test, own):
        browser.open()
    world.store_visits()
    now = clock.now()
    with writing(db.session()) as session:
        for browser, change in (
            (old, {"started_at": now - timedelta(days=9)}),
            (robot, {"bot_reason": "crawler"}),
            (test, {"is_test": True}),
        ):
            session.execute(update(Visit).where(Visit.key == browser.visit).values(**change))
    local = now.astimezone(ZoneInfo("Europe/Moscow"))
    today, hour = str(local.date()), {"since": str(local.date()), "until": str(local.date()), "hour": str(local.hour)}

    assert found(owner) == {old.visitor, test.visitor, own.visitor}
    assert found(owner, bots="yes") == {old.visitor, robot.visitor, test.visitor, own.visitor}
    assert found(owner, since=today, tests="no", site="example") == {own.visitor}
    assert found(owner, until=str(local.date() - timedelta(days=1))) == {old.visitor}
    assert found(owner, **hour) == {test.visitor, own.visitor}
    assert found(owner, **(hour | {"hour": str((local.hour + 5) % 24)})) == set()
    assert len(found(owner, since="yesterday", hour="25", bots="%00")) == 3
    assert owner.get("/admin/visitors/", site="elsewhere").status_code == 404

    monkeypatch.setattr(visit_list, "page", partial(visit_list.page, size=1))
    page = owner.get("/admin/visitors/", site="example", tests="no", search="", endpoint="x", _scheme="y").text
    assert re.search(r'rel="next" href="/admin/visitors/\?cursor=[^"]+&amp;site=example&amp;tests=no"', page)


def test_cursor_goes_through_all_pages_once(world: World) -> None:
    for _ in range(5):
        world.browser().open()
    world.store_visits()
    session, at = db.session(), clock.now()
    with writing(session):
        for visit in session.scalars(select(Visit)):
            visit.started_at = at - timedelta(minutes=visit.id // 2)

    seen, cursor = [], None
    while True:
        page = visit_list.page(session, VisitFilters(), cursor, size=2)
        seen += [(row.started_at, row.key) for row in page.rows]
        cursor = page.next
        if cursor is None:
            break

    assert [at for at, _ in seen] == sorted((at for at, _ in seen), reverse=True)
    assert len(seen) == len(set(seen)) == 5


@ON_SQLITE
@pytest.mark.parametrize("cursor", ["x", "1.2.3", "2026-01-01T00:00:00Z.0.x", f"2026-01-01T00:00:00Z.0.{2**64}"])
def test_foreign_cursor_is_refused(world: World, owner: Person, cursor: str) -> None:
    assert owner.get("/admin/visitors/", cursor=cursor).status_code == 400
