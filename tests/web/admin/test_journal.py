"""The journal: what it shows, how it is narrowed, and that nothing tracked becomes code."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any

import pytest
from admin_people import Person
from sqlalchemy import select
from world import World, iso, letter_text

from tracker import clock
from tracker.extensions import db
from tracker.inquiries.models import Inquiry
from tracker.reports import journal
from tracker.reports.filtering import Filters

EVIL = "<script>alert(1)</script>"


def a_call(world: World, call_id: str, caller: str, called: str = "+74957770001", **fields: Any) -> str:
    """A finished call; returns the public id of its inquiry."""
    at = fields.pop("at", iso(clock.now()))
    answer = world.call(call_id, "ended", **{"from": caller, "to": called, "at": at, "status": "answered", **fields})
    key: str = answer.get_json()["inquiry"]
    return key


def rows_of(person: Person, **filters: str) -> list[str]:
    """The inquiries a page of the journal shows, by their ids."""
    page = person.get("/admin/inquiries/", **filters)
    assert page.status_code == 200
    return re.findall(r'href="/admin/inquiries/([0-9a-f]+)"', page.text)


def test_call_stands_in_the_journal_with_its_source(world: World, owner: Person) -> None:
    number = world.browser().open()["numbers"][0]["number"]
    world.store_visits()
    key = a_call(world, "1", "+79161234567", number)

    page = owner.get(f"/admin/inquiries/{key}").text

    assert "+7 916 123-45-67" in page
    assert "google / cpc · spring" in page
    assert "Why this source?" in page


def test_filters_narrow_the_journal(world: World, owner: Person) -> None:
    answered = a_call(world, "1", "+79161234567")
    missed = a_call(world, "2", "+79167654321", "+74957770002", status="missed")
    poster = a_call(world, "3", "+79160000000", "+74957770100")
    world.letter(letter_text("sales@example.com"))
    letter = db.session.scalars(select(Inquiry.key).where(Inquiry.kind == "email")).one()

    assert set(rows_of(owner)) == {answered, missed, poster, letter}
    assert rows_of(owner, kind="email") == [letter]
    assert rows_of(owner, status="missed") == [missed]
    assert rows_of(owner, match="static") == [poster]
    assert rows_of(owner, source="billboard") == [poster]
    assert rows_of(owner, search="8 (916) 765-43-21") == [missed]
    assert rows_of(owner, search="ANNA@mail") == [letter]
    assert rows_of(owner, search="777-00-01") == [answered]
    assert rows_of(owner, delivery="sent") == []
    assert rows_of(owner, since="2099-01-01") == []
    assert len(rows_of(owner, kind="nonsense", since="yesterday", status="%00")) == 4


def test_unknown_site_is_not_found(world: World, owner: Person) -> None:
    assert owner.get("/admin/inquiries/", site="elsewhere").status_code == 404
    assert owner.get("/admin/inquiries/ffff").status_code == 404


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_cursor_goes_through_all_pages_once(world: World, owner: Person, monkeypatch: pytest.MonkeyPatch) -> None:
    at = clock.now()
    made = [a_call(world, str(n), f"+7916000000{n}", at=iso(at - timedelta(seconds=n // 2))) for n in range(5)]

    seen, cursor = [], None
    while True:
        page = journal.page(db.session(), Filters(), cursor, size=2)
        seen += [row.key for row in page.rows]
        cursor = page.next
        if cursor is None:
            break

    assert sorted(seen) == sorted(made)
    assert len(set(seen)) == 5


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("cursor", ["x", "1.2.3", "2026-01-01T00:00:00Z.0.x", "2026-01-01.0.1"])
def test_foreign_cursor_is_refused(world: World, owner: Person, cursor: str) -> None:
    assert owner.get("/admin/inquiries/", cursor=cursor).status_code == 400


def test_nothing_tracked_becomes_code(world: World, owner: Person) -> None:
    browser = world.browser()
    browser.open(
        f"https://example.com/?utm_source={EVIL}&utm_medium=cpc&utm_campaign={EVIL}",
        title=EVIL,
        referrer=f"https://evil.example/{EVIL}",
        language=EVIL,
    )
    browser.event("own", {"text": EVIL})
    browser.fill_form({"name": EVIL, "phone": "+79161234567", "comment": EVIL})
    world.store_visits()
    world.letter(letter_text("sales@example.com", f'"{EVIL}" <a@mail.example>', text=EVIL, headers=[f"X-Evil: {EVIL}"]))
    world.call("1", "ringing", **{"from": EVIL, "to": "+74957770001", "at": iso(clock.now()), "answered_by": EVIL})

    pages = ["/admin/", "/admin/inquiries/", "/admin/visitors/", "/admin/connections/mail", "/admin/connections/pbx"]
    pages += [f"/admin/inquiries/{key}" for key in db.session.scalars(select(Inquiry.key))]
    pages += [f"/admin/visitors/example/{browser.visitor}"]

    for page in pages:
        answer = owner.get(page)
        assert answer.status_code == 200, page
        assert EVIL not in answer.text, page
    assert "&lt;script&gt;" in owner.get(pages[-1]).text
