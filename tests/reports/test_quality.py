"""Unique and target inquiries: each site's own words for them, in reports, journal and overview alike."""

from __future__ import annotations

from datetime import timedelta

import pytest
from sqlalchemy import select
from world import World

from tracker import clock
from tracker.database import writing
from tracker.extensions import db
from tracker.inquiries.models import Inquiry, InquiryLabel, NotCounted
from tracker.reports import journal, overview
from tracker.reports.breakdown import breakdown
from tracker.reports.filtering import Filters
from tracker.reports.lines import Question
from tracker.reports.periods import Period
from tracker.sites.models import Site
from tracker.visits.models import Visitor

ANNA, BORIS = "+79161234567", "+79160000007"
# call, caller, days ago, seconds of talk (None: missed)
CALLS = [("a1", ANNA, 40, 20), ("a2", ANNA, 12, 60), ("a3", ANNA, 11, None), ("b1", BORIS, 11, 200)]


@pytest.fixture
def called(world: World) -> World:
    """Anna called three times and Boris once; the PBX says who talked for how long."""
    now = clock.now()
    for call_id, caller, days, talk in CALLS:
        outcome = {"status": "missed"} if talk is None else {"status": "answered", "talk_seconds": talk}
        world.call(call_id, "ended", **{"from": caller, "to": "+74957770001", **outcome})
        with writing(db.session()):
            the_call(call_id).at = now - timedelta(days=days)
    return world


def the_call(call_id: str) -> Inquiry:
    return db.session().scalars(select(Inquiry).where(Inquiry.external_id == call_id)).one()


def define(**settings: object) -> None:
    with writing(db.session()) as session:
        for name, value in settings.items():
            setattr(session.scalars(select(Site)).one(), name, value)


def shown(**narrowed: bool) -> set[str]:
    rows = journal.page(db.session(), Filters(**narrowed)).rows
    return {the_call_of(row.key) for row in rows}


def the_call_of(key: str) -> str:
    return db.session().scalars(select(Inquiry.external_id).where(Inquiry.key == key)).one()


def figures() -> tuple[float, float, float]:
    """Inquiries, unique and target ones of a report over all the calls."""
    today = clock.now().date()
    lines = breakdown(db.session(), Question(("channel",), Period(today - timedelta(days=60), today, "UTC")))
    return sum(line.inquiries for line in lines), sum(line.unique for line in lines), sum(line.target for line in lines)


@pytest.mark.parametrize(
    ("days", "unique"),
    [(30, {"a1", "b1"}), (29, {"a1", "b1"}), (27, {"a1", "a2", "b1"}), (0, {"a1", "b1"})],
)
def test_repeat_is_who_comes_again_in_time(called: World, days: int, unique: set[str]) -> None:
    define(unique_days=days)

    assert shown(unique=True) == unique
    assert shown(unique=False) == {"a1", "a2", "a3", "b1"} - unique
    assert figures()[:2] == (4, len(unique))


def test_what_does_not_count_makes_nobody_a_repeat(called: World) -> None:
    with writing(db.session()):
        the_call("a1").is_test, the_call("a2").not_counted = True, NotCounted.SHORT

    assert shown(unique=True) == {"a3", "b1"}
    assert shown(unique=False) == set()


def test_who_hides_his_number_is_told_by_his_visits(called: World) -> None:
    anna = called.browser()
    anna.open()
    called.store_visits()
    with writing(db.session()) as session:
        for call_id in ("a1", "a2", "a3", "b1"):
            the_call(call_id).person_id = None
        visitor = session.scalars(select(Visitor).where(Visitor.key == anna.visitor)).one()
        the_call("a2").visitor_id = the_call("a3").visitor_id = visitor.id

    assert shown(unique=False) == {"a3"}


TARGETS = [
    ({}, {"a2", "b1"}),
    ({"target_talk_seconds": 20}, {"a1", "a2", "b1"}),
    ({"target_talk_seconds": 61}, {"b1"}),
    ({"target_labels": ["lead"]}, {"a2", "a3", "b1"}),
    ({"target_labels": ["lead"], "target_needs_label": True}, {"a3"}),
    ({"target_needs_label": True}, set()),
    ({"never_target_labels": ["spam"]}, {"a2"}),
    ({"target_labels": ["spam"], "never_target_labels": ["spam"]}, {"a2"}),
]


@pytest.mark.parametrize(("settings", "target"), TARGETS)
def test_site_says_what_a_target_inquiry_is(called: World, settings: dict[str, object], target: set[str]) -> None:
    with writing(db.session()) as session:
        for call_id, label in (("a3", "lead"), ("b1", "spam")):
            session.add(InquiryLabel(inquiry_id=the_call(call_id).id, label=label))
    define(**settings)

    assert shown(target=True) == target
    assert figures()[2] == len(target)


def test_letters_and_forms_are_target_inquiries(world: World) -> None:
    anna = world.browser()
    anna.open()
    anna.fill_form({"phone": ANNA})
    world.store_visits()

    now = clock.now() + timedelta(seconds=1)
    today = overview.overview(db.session(), now - timedelta(hours=1), now)

    assert (today.inquiries.now, today.unique.now, today.target.now) == (1, 1, 1)
