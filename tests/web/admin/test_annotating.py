"""Tags, comments, and saying by hand whose an inquiry was."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from admin_people import Person
from sqlalchemy import select
from world import World

from tracker import clock
from tracker.access.models import AuditEntry, Role
from tracker.extensions import db
from tracker.inquiries.models import Inquiry

NUMBER = "+74957770001"


@pytest.fixture
def database_url(sqlite_url: str) -> str:
    return sqlite_url


@pytest.fixture
def call(world: World) -> str:
    """The public id of a call to a number that two visitors were shown, one after the other."""
    fields = {"from": "+79161234567", "to": NUMBER, "status": "answered", "talk_seconds": 61}
    return str(world.call("1", "ended", at=clock.to_iso(clock.now()), **fields).get_json()["inquiry"])


def inquiry() -> Inquiry:
    db.session.rollback()
    return db.session.scalars(select(Inquiry)).one()


def test_tags_are_shown_and_narrow_the_journal(call: str, owner: Person) -> None:
    owner.post(f"/admin/inquiries/{call}/tags", tags="VIP,  big   order, vip")

    assert "big order" in owner.get(f"/admin/inquiries/{call}").text
    assert call in owner.get("/admin/inquiries/", label="vip").text
    assert call not in owner.get("/admin/inquiries/", label="small").text

    owner.post(f"/admin/inquiries/{call}/tags/remove", tag="vip")

    assert call not in owner.get("/admin/inquiries/", label="vip").text


def test_comment_is_shown_with_its_author_and_found(call: str, owner: Person) -> None:
    owner.post(f"/admin/inquiries/{call}/comments", text="Перезвонить <завтра>")

    page = owner.get(f"/admin/inquiries/{call}").text
    assert "Перезвонить &lt;завтра&gt;" in page
    assert call in owner.get("/admin/inquiries/", search="ПЕРЕЗВОНИТЬ").text


@pytest.mark.parametrize("text", ["", "   ", "x" * 5001])
def test_comment_that_says_nothing_or_too_much_is_refused(call: str, owner: Person, text: str) -> None:
    answer = owner.post(f"/admin/inquiries/{call}/comments", text=text)

    assert "between 1 and 5000" in owner.get(answer.location).text
    assert 'class="comments"' not in owner.get(f"/admin/inquiries/{call}").text


def test_visitor_chosen_by_hand_explains_the_call(world: World, call: str, owner: Person) -> None:
    anna = world.browser()
    anna.open("https://example.com/?utm_source=vk&utm_medium=cpc&utm_campaign=winter")
    world.store_visits()

    owner.post(f"/admin/inquiries/{call}/correct", whose="another", visitor=anna.visitor)

    found = inquiry()
    assert found.visitor is not None
    assert (found.visitor.key, found.probability) == (anna.visitor, 1.0)
    assert found.correction is not None
    assert found.correction["by"] == "owner@example.com"
    assert "winter" in owner.get(f"/admin/inquiries/{call}").text
    assert call in owner.get("/admin/inquiries/", corrected="yes").text
    assert db.session.scalars(select(AuditEntry.action)).all().count("inquiry.correct") == 1


def test_nobody_of_ours_may_be_chosen(world: World, call: str, owner: Person) -> None:
    owner.post(f"/admin/inquiries/{call}/correct", whose="nobody")

    assert inquiry().correction is not None
    assert inquiry().visitor_id is None


@pytest.mark.parametrize("said", [{}, {"whose": "another"}, {"whose": "f" * 32}, {"whose": "another", "visitor": "x"}])
def test_choice_that_names_nobody_changes_nothing(call: str, owner: Person, said: dict[str, str]) -> None:
    answer = owner.post(f"/admin/inquiries/{call}/correct", **said)

    assert answer.status_code == 302
    assert inquiry().correction is None


def test_analyst_sees_no_way_to_change(call: str, user_of: Callable[[Role], Person]) -> None:
    analyst = user_of(Role.ANALYST)

    page = analyst.get(f"/admin/inquiries/{call}").text

    assert "/correct" not in page
    assert "/tags" not in page
    assert analyst.post(f"/admin/inquiries/{call}/correct", whose="nobody").status_code == 403


RECORDINGS = [
    ("https://pbx.example.com:8443/rec/1.mp3", "https://pbx.example.com:8443"),
    ("https://user:secret@pbx.example.com/1.mp3", None),
    ("javascript:alert(1)", None),
    ("https://pbx.example.com; script-src *", None),
]


@pytest.mark.parametrize(("address", "origin"), RECORDINGS)
def test_recording_opens_the_policy_for_its_own_host_only(
    world: World, call: str, owner: Person, address: str, origin: str | None
) -> None:
    world.call("1", "recorded", **{"from": "+79161234567", "to": NUMBER, "recording_url": address})

    answer = owner.get(f"/admin/inquiries/{call}")

    policy = answer.headers["Content-Security-Policy"]
    assert ('<audio controls preload="none"' in answer.text) is (origin is not None)
    assert f"media-src 'self'{' ' + origin if origin else ''};" in policy
    assert "media-src 'self';" in owner.get("/admin/inquiries/").headers["Content-Security-Policy"]
