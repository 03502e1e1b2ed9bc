"""What people say by hand, the second look at a period, redials, and calls that are kept without being counted."""

from __future__ import annotations

from datetime import timedelta

import pytest
from world import EXAMPLE, Browser, World

from tracker import clock, upkeep
from tracker.errors import InvalidInput
from tracker.extensions import db
from tracker.inquiries.models import Inquiry
from tracker.leases.models import Lease

PHONE, NUMBER = "+79161234567", "+74957770001"


@pytest.fixture
def anna(world: World) -> Browser:
    browser = world.browser()
    browser.open()
    return browser


def call(world: World, call_id: str, caller: str = PHONE, **more: object) -> str:
    answer = world.call(call_id, "ringing", **{"from": caller, "to": NUMBER, **more}).get_json()
    return str(answer["inquiry"])


def test_correction_is_kept_and_told_and_never_overwritten(world: World, anna: Browser) -> None:
    key = call(world, "c1")
    before = db.session.query(Inquiry).one().revision
    db.session.rollback()

    upkeep.correct(key, None, None, "boss@example.com")
    world.call("c1", "ended", **{"from": PHONE, "to": "+74957770002", "talk_seconds": 5, "status": "answered"})

    [told] = world.inquiries()
    assert (told["attribution"]["status"], told["attribution"]["visitor"]) == ("other", None)
    assert told["attribution"]["corrected"]
    assert "boss@example.com" in told["attribution"]["explanation"]
    assert db.session.query(Inquiry).one().revision > before + 1


def test_correction_names_another_visitor(world: World, anna: Browser) -> None:
    boris = world.browser()
    boris.open("https://example.com/")
    key = call(world, "c1")

    upkeep.correct(key, boris.visitor, None, "boss")

    [told] = world.inquiries()
    assert (told["attribution"]["visitor"], told["attribution"]["status"]) == (boris.visitor, "certain")
    assert told["source"]["channel"] == "direct"


def test_correction_to_nobody_we_know_is_refused(world: World, anna: Browser) -> None:
    key = call(world, "c1")

    with pytest.raises(InvalidInput):
        upkeep.correct(key, "f" * 32, None, "boss")


def test_second_look_previews_then_changes(world: World, anna: Browser) -> None:
    key = call(world, "c1")
    db.session.query(Lease).delete()
    db.session.commit()
    since, until = clock.now() - timedelta(days=1), clock.now() + timedelta(days=1)

    preview = upkeep.rematch("example", since, until, dry_run=True)
    untouched = world.inquiries()[0]["attribution"]["visitor"]
    done = upkeep.rematch("example", since, until, dry_run=False)

    assert preview == done
    assert [(one.inquiry, one.old_visitor, one.new_visitor) for one in done] == [(key, anna.visitor, None)]
    assert untouched == anna.visitor
    assert world.inquiries()[0]["attribution"]["visitor"] is None
    assert upkeep.rematch("example", since, until, dry_run=True) == []


def test_redial_finds_the_first_caller_though_the_number_moved_on(world: World, anna: Browser) -> None:
    call(world, "c1")
    hour = timedelta(hours=1)
    _shift(-3 * hour)
    boris = world.browser()
    boris.open()
    world.store_visits()
    db.session.query(Lease).filter(Lease.until > clock.now()).update({"number": NUMBER})
    db.session.commit()

    call(world, "c2")
    call(world, "c3", "+79160000009")

    by_id = {one["external_id"]: one["attribution"] for one in world.inquiries()}
    assert by_id["c2"]["visitor"] == anna.visitor
    assert "remembered" in by_id["c2"]["evidence"]["marks"]
    assert by_id["c3"]["visitor"] == boris.visitor


def _shift(by: timedelta) -> None:
    """Everything so far happened earlier."""
    for lease in db.session.query(Lease):
        lease.started_at, lease.last_beat_at, lease.until = (
            at + by for at in (lease.started_at, lease.last_beat_at, lease.until)
        )
    for inquiry in db.session.query(Inquiry):
        inquiry.at += by
    db.session.commit()


SETTINGS = """    staff_phones: ["8 916 000-00-01"]
    blocked_callers: ["+79160000002"]
    test_callers: ["+79160000003"]
    short_call_seconds: 10
    emails:"""


@pytest.mark.parametrize(
    ("caller", "talk", "reason"),
    [
        ("+79160000001", 60, "staff"),
        ("+79160000002", 60, "blocked"),
        ("+79160000003", 60, "test_caller"),
        (PHONE, 9, "short"),
        (PHONE, 10, None),
    ],
)
def test_calls_that_are_kept_and_not_counted(world: World, caller: str, talk: int, reason: str | None) -> None:
    world.apply(EXAMPLE.replace("    emails:", SETTINGS, 1))

    call(world, "c1", caller)
    world.call("c1", "ended", **{"from": caller, "to": NUMBER, "talk_seconds": talk, "status": "answered"})

    [told] = world.inquiries()
    assert (told["counted"], told["not_counted"]) == (reason is None, reason)
    assert (told["person"] is None) == (reason not in (None, "short"))
