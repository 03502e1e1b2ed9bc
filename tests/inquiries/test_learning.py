"""A site learns how soon its visitors call: from calls of which something else than time says whose they were."""

from __future__ import annotations

from datetime import timedelta

import pytest
from world import Browser, World

from tracker import clock, upkeep
from tracker.extensions import db
from tracker.inquiries import curve, learning
from tracker.inquiries.models import CallCurve, Inquiry
from tracker.leases.models import Lease
from tracker.sites.models import Site

PHONE, NUMBER = "+79161234567", "+74957770001"


@pytest.fixture
def anna(world: World) -> Browser:
    browser = world.browser()
    browser.open()
    return browser


def call(world: World, call_id: str, caller: str = PHONE, minutes: float = 0) -> str:
    at = clock.to_iso(clock.now() + timedelta(minutes=minutes, seconds=1))
    answer = world.call(call_id, "ringing", **{"from": caller, "to": NUMBER, "at": at}).get_json()
    return str(answer["inquiry"])


def learnt() -> curve.Curve:
    site_id = db.session.query(Site.id).scalar()
    db.session.rollback()
    found = learning.learn(db.session(), site_id)
    db.session.commit()
    assert learning.curve_of(db.session(), site_id) == found
    return found


def test_guess_teaches_nothing_and_a_correction_does(world: World, anna: Browser) -> None:
    key = call(world, "c1")
    assert learnt().cases == 0

    upkeep.correct(key, anna.visitor, None, "boss")

    assert learnt().cases == 1
    assert world.count(CallCurve) == 1


def test_correction_to_nobody_teaches_nothing(world: World, anna: Browser) -> None:
    upkeep.correct(call(world, "c1"), None, None, "boss")

    assert learnt().cases == 0


def test_caller_known_from_a_form_teaches_once(world: World, anna: Browser) -> None:
    anna.fill_form({"phone": PHONE})
    call(world, "c1")
    call(world, "c2", minutes=90)

    assert [one["attribution"]["visitor"] for one in world.inquiries(kind="call")] == [anna.visitor] * 2
    assert learnt().cases == 1


def test_who_tries_whether_it_works_teaches_nothing(world: World, anna: Browser) -> None:
    upkeep.correct(call(world, "c1"), anna.visitor, None, "boss")
    db.session.query(Inquiry).update({"is_test": True})
    db.session.commit()

    assert learnt().cases == 0


def test_long_looks_weaken_what_is_said_by_calls_from_the_page(world: World, anna: Browser) -> None:
    upkeep.correct(call(world, "c1"), anna.visitor, None, "boss")
    short = learnt()
    for lease in db.session.query(Lease):
        lease.started_at = lease.last_beat_at - timedelta(minutes=10)
    db.session.commit()

    assert learnt().shares[0] < short.shares[0]
