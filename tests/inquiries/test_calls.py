"""Calls through the public door: any order, any repetition, whose they are, and what is kept of them."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from random import Random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select
from world import EXAMPLE, Browser, World

from tracker import clock
from tracker.extensions import db
from tracker.inquiries.calls import fold
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.inquiries.models import Inquiry, InquiryEvent, RawMessage, RawStatus
from tracker.leases.models import Lease
from tracker.people.models import PersonVisitor

FIRST, SECOND = "+74957770001", "+74957770002"
CALLER = "+79161234567"


def at(seconds: float = 0) -> str:
    return clock.to_iso(clock.now() + timedelta(seconds=seconds))


@pytest.fixture
def anna(world: World) -> Browser:
    """A visitor who sees the first number."""
    browser = world.browser()
    browser.open()
    return browser


# --- one call from many messages ------------------------------------------------------------------


def messages(started: datetime, caller: str) -> list[dict[str, Any]]:
    """All the messages of one call, as a PBX reports it."""
    dialled = {"from": caller, "to": FIRST}
    return [
        {"event": "ringing", "at": clock.to_iso(started), **dialled},
        {"event": "answered", "at": clock.to_iso(started + timedelta(seconds=8)), "answered_by": "101", **dialled},
        {
            "event": "ended",
            "at": clock.to_iso(started + timedelta(seconds=103)),
            "status": "answered",
            "ring_seconds": 8,
            "talk_seconds": 95,
            "answered_by": "101",
        },
        {"event": "recorded", "recording_url": "https://pbx.example.com/1.mp3"},
    ]


RINGS = datetime(2026, 3, 1, 9, tzinfo=UTC)
EVENTS = [
    CallEvent("c1", CallStage.RINGING, CALLER, FIRST, RINGS),
    CallEvent("c1", CallStage.ANSWERED, CALLER, FIRST, RINGS + timedelta(seconds=8), answered_by="101"),
    CallEvent("c1", CallStage.ENDED, None, None, None, status=CallStatus.ANSWERED, talk_seconds=95),
    CallEvent("c1", CallStage.RECORDED, None, None, None, recording_url="https://pbx.example.com/1.mp3"),
]


@settings(deadline=None)
@given(order=st.lists(st.integers(0, 3), max_size=8).flatmap(lambda repeated: st.permutations([0, 1, 2, 3, *repeated])))
def test_any_order_and_repetition_of_the_messages_tells_the_same_call(order: list[int]) -> None:
    assert fold([EVENTS[index] for index in order]) == fold(EVENTS)


LEGS = st.sampled_from([None, "101", "102"])
TOLD = st.builds(
    CallEvent,
    st.just("c1"),
    st.sampled_from(CallStage),
    st.sampled_from([CALLER, None]),
    st.sampled_from([FIRST, None]),
    st.sampled_from([None, *(RINGS + timedelta(seconds=seconds) for seconds in (0, 8, 95, 4000))]),
    status=st.sampled_from([None, *CallStatus]),
    answered_by=LEGS,
    talk_seconds=st.sampled_from([None, 0, 42]),
    recording_url=st.sampled_from([None, "https://pbx.example.com/1.mp3", "https://pbx.example.com/2.mp3"]),
    leg=LEGS,
)


@settings(deadline=None)
@given(told=st.lists(TOLD, min_size=1, max_size=8), chance=st.randoms(use_true_random=False))
def test_legs_transfers_and_recordings_tell_the_same_call_in_any_order(told: list[CallEvent], chance: Random) -> None:
    again = [*told, *chance.choices(told, k=4)]
    chance.shuffle(again)

    assert fold(again) == fold(told)


@pytest.mark.parametrize("order", ["0123", "3210", "2013", "1302", "0011223300", "323100"])
def test_call_whose_messages_come_in_any_order_is_matched_the_same(world: World, anna: Browser, order: str) -> None:
    said = messages(clock.now().replace(microsecond=0), CALLER)

    for index in order:
        assert world.call("c1", **said[int(index)]).status_code == 202

    [call] = world.inquiries()
    assert (call["status"], call["ring_seconds"], call["talk_seconds"]) == ("answered", 8, 95)
    assert (call["answered_by"], call["recording_url"]) == ("101", "https://pbx.example.com/1.mp3")
    assert (call["attribution"]["status"], call["attribution"]["visitor"]) == ("probable", anna.visitor)
    assert (call["from"], call["to"], call["at"]) == (CALLER, FIRST, said[0]["at"])


def test_repeated_message_changes_nothing(world: World, anna: Browser) -> None:
    said = {"from": CALLER, "to": FIRST, "at": at()}
    first = world.call("c1", "ringing", **said).get_json()

    second = world.call("c1", "ringing", **said).get_json()

    assert second == first
    assert (world.count(Inquiry), world.count(InquiryEvent), world.count(RawMessage)) == (1, 1, 2)
    assert db.session.scalars(select(Inquiry.revision)).one() == 1


def test_call_does_not_prove_itself(world: World, anna: Browser) -> None:
    started = clock.now()
    world.call("c1", "ringing", **{"from": CALLER, "to": FIRST, "at": clock.to_iso(started)})
    earlier = clock.to_iso(started - timedelta(seconds=1))

    answer = world.call("c1", "ringing", **{"from": CALLER, "to": FIRST, "at": earlier})

    assert world.count(PersonVisitor) == 1
    assert answer.get_json()["attribution"]["status"] == "probable"


def test_number_that_is_told_late_moves_the_call_to_its_site(world: World, anna: Browser) -> None:
    world.apply(EXAMPLE + OTHER_SITE)
    world.call("c1", "recorded", recording_url="https://pbx.example.com/1.mp3")

    world.call("c1", "ringing", **{"from": CALLER, "to": "+78120000001", "at": at()})

    [call] = world.inquiries()
    assert (call["site"], call["connection"], call["to"]) == ("other", "pbx", "+78120000001")


OTHER_SITE = """
  - key: other
    name: Other
    domains: [other.example]
    pools:
      - {key: ads, kind: dynamic, swap: "+78121112233", numbers: ["+78120000001"]}
"""


# --- whose call it is -----------------------------------------------------------------------------


def test_live_holder_is_found_with_a_sentence(world: World, anna: Browser) -> None:
    answer = world.call("c1", "ringing", **{"from": CALLER, "to": FIRST, "at": at(1)})

    assert answer.status_code == 202
    said = answer.get_json()
    assert list(said) == ["inquiry", "attribution"]
    match = said["attribution"]
    names = ["status", "visitor", "visit", "probability", "explanation", "candidates", "evidence", "corrected"]
    assert list(match) == names
    assert (match["status"], match["visitor"], match["visit"]) == ("probable", anna.visitor, anna.visit)
    assert match["probability"] > 0.9
    assert "+7 495 777-00-01" in match["explanation"]
    assert match["candidates"] == [{"visitor": anna.visitor, "visit": anna.visit, "probability": match["probability"]}]
    assert world.inquiries()[0]["attribution"] == match


def test_call_seconds_after_the_lease_does_not_miss_it(world: World) -> None:
    for number in range(2):
        browser = world.browser()
        shown = browser.open()["numbers"][0]["number"]

        answer = world.call(f"c{number}", "ringing", **{"from": CALLER, "to": shown, "at": at()})

        assert answer.get_json()["attribution"]["visitor"] == browser.visitor


def test_start_of_the_call_decides_not_the_message(world: World, anna: Browser) -> None:
    answer = world.call("c1", "ended", **{"from": CALLER, "to": FIRST, "at": at(-600), "talk_seconds": 60})

    assert answer.get_json()["attribution"]["status"] == "other"


def test_number_nobody_was_shown_is_other_traffic(world: World) -> None:
    answer = world.call("c1", "ringing", **{"from": CALLER, "to": SECOND, "at": at()})

    assert answer.get_json()["attribution"]["status"] == "other"
    [call] = world.inquiries()
    assert (call["source"]["channel"], call["attribution"]["visitor"]) == ("other-call", None)


def test_static_number_is_its_source_with_or_without_a_visit(world: World) -> None:
    answer = world.call("c1", "ringing", **{"from": CALLER, "to": "+74957770100", "at": at()})

    assert answer.get_json()["attribution"]["status"] == "static"
    source = world.inquiries()[0]["source"]
    assert (source["utm_source"], source["utm_medium"], source["utm_campaign"]) == ("billboard", "offline", "tverskaya")


def test_lease_older_than_30_days_explains_nothing(world: World, anna: Browser) -> None:
    world.store_visits()

    near = world.call("c1", "ringing", **{"from": CALLER, "to": FIRST, "at": at(29 * 86_400)})
    far = world.call("c2", "ringing", **{"from": "+79167654321", "to": FIRST, "at": at(31 * 86_400)})

    assert len(near.get_json()["attribution"]["candidates"]) == 1
    assert far.get_json()["attribution"]["status"] == "other"


def test_tap_is_told_in_the_sentence(world: World, anna: Browser) -> None:
    anna.event("tel_click", {"number": "+7 (495) 777-00-01"})

    answer = world.call("c1", "ringing", **{"from": CALLER, "to": FIRST, "at": at(3)})

    assert "нажал на номер" in answer.get_json()["attribution"]["explanation"]


def test_known_caller_who_holds_the_number_is_certain(world: World, anna: Browser) -> None:
    anna.fill_form({"phone": CALLER})

    answer = world.call("c1", "ringing", **{"from": CALLER, "to": FIRST, "at": at(1)})

    match = answer.get_json()["attribution"]
    assert (match["status"], match["probability"]) == ("certain", 1.0)
    form, call = world.inquiries(kind="form")[0], world.inquiries(kind="call")[0]
    assert form["person"] == call["person"]


def test_two_holders_below_the_threshold_are_unknown_and_both_named(world: World, anna: Browser) -> None:
    boris = world.browser()
    boris.open()
    world.store_visits()
    lease, other = db.session.scalars(select(Lease).order_by(Lease.id)).all()
    other.number, other.is_shared, lease.is_shared = FIRST, True, True
    db.session.commit()

    answer = world.call("c1", "ringing", **{"from": CALLER, "to": FIRST, "at": at(1)})

    match = answer.get_json()["attribution"]
    assert (match["status"], match["visitor"]) == ("unknown", None)
    assert {one["visitor"] for one in match["candidates"]} == {anna.visitor, boris.visitor}


@pytest.mark.parametrize("caller", [None, "anonymous", "101", SECOND, "+74951112233"])
def test_withheld_short_and_own_numbers_make_no_person(world: World, anna: Browser, caller: str | None) -> None:
    world.call("c1", "ringing", **{"from": caller, "to": FIRST, "at": at(1)})

    [call] = world.inquiries()
    assert call["person"] is None
    assert call["attribution"]["visitor"] == anna.visitor
    assert world.count(PersonVisitor) == 0


# --- what the door answers ------------------------------------------------------------------------


def test_malformed_call_is_400_with_the_field_and_kept(world: World) -> None:
    answer = world.call("c1", "sneezed")

    assert (answer.status_code, answer.get_json()["field"]) == (400, "event")
    [raw] = db.session.scalars(select(RawMessage)).all()
    assert (raw.status, raw.error is not None) == (RawStatus.MALFORMED, True)


def test_our_own_mistake_keeps_the_message_for_a_replay(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.inquiries.matching.match_call", lambda *_: 1 / 0)

    answer = world.call("c1", "ringing", **{"from": CALLER, "to": FIRST, "at": at()})

    assert (answer.status_code, answer.get_json()) == (202, {"inquiry": None, "attribution": None})
    assert db.session.scalars(select(RawMessage.status)).all() == [RawStatus.FAILED]


def test_times_are_kept_in_utc(world: World) -> None:
    world.call("c1", "ringing", **{"from": CALLER, "to": FIRST, "at": "2026-01-01T15:00:00+03:00"})

    assert world.inquiries()[0]["at"] == "2026-01-01T12:00:00Z"
    assert db.session.scalars(select(Inquiry.at)).one() == datetime(2026, 1, 1, 12, tzinfo=UTC)
