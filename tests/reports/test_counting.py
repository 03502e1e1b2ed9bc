"""What figures leave out: tests, robots, staff, short calls, letters of machines."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest
from sqlalchemy import select, update
from world import EXAMPLE, World, letter_text

from tracker import clock
from tracker.database import writing
from tracker.extensions import db
from tracker.inquiries.models import Inquiry, NotCounted
from tracker.pools.models import Pool, PoolHour
from tracker.reports import journal, occupancy, overview, pool_health, visit_list
from tracker.reports.filtering import Filters
from tracker.reports.visit_list import VisitFilters
from tracker.visits.models import Visit

NUMBER = "+74957770001"


@pytest.fixture
def now(world: World) -> datetime:
    """One inquiry of each kind that figures leave out, one that they count, one visit of a robot and one of a test."""
    anna = world.browser()
    anna.open()
    for call_id, caller in (("real", "+79161234567"), ("staff", "+79160000001"), ("test", "+79160000002")):
        world.call(call_id, "ended", **{"from": caller, "to": NUMBER, "status": "missed"})
    world.letter(letter_text("sales@example.com", headers=["Auto-Submitted: auto-replied"]))
    for _ in range(2):
        world.browser().open("https://example.com/")
    world.store_visits()
    with writing(db.session()) as session:
        session.execute(update(Inquiry).where(Inquiry.external_id == "staff").values(not_counted=NotCounted.STAFF))
        session.execute(update(Inquiry).where(Inquiry.external_id == "test").values(is_test=True))
        robot, test = session.scalars(select(Visit).order_by(Visit.id.desc()).limit(2)).all()
        robot.bot_reason, test.is_test = "crawler", True
    return clock.now()


def test_overview_counts_one_inquiry_and_one_visitor(now: datetime) -> None:
    today = overview.overview(db.session(), now - timedelta(hours=1), now + timedelta(seconds=1))

    assert (today.inquiries.now, today.missed.now, today.visitors.now, today.page_views.now) == (1, 1, 1, 1)
    assert [count for _, count in today.by_channel] == [1]
    assert sum(hour.inquiries for hour in today.hours) == 1
    assert sum(hour.visits for hour in today.hours) == 1


def test_journal_shows_everything_and_is_narrowed_to_either(now: datetime) -> None:
    session = db.session()

    def shown(**narrowed: bool) -> int:
        return len(journal.page(session, Filters(**narrowed)).rows)

    assert shown() == 4
    assert shown(counted=True) == 2
    assert shown(counted=True, tests=False) == 1
    assert shown(counted=False) == 2


def test_list_of_visitors_counts_what_figures_count(now: datetime) -> None:
    [row] = visit_list.page(db.session(), VisitFilters(tests=False)).rows

    assert row.inquiries == 1


def ads() -> Pool:
    return db.session().scalars(select(Pool).where(Pool.key == "ads")).one()


@pytest.mark.parametrize("is_test", [True, False])
def test_pool_counts_no_visit_of_a_test(world: World, is_test: bool) -> None:
    world.apply(EXAMPLE.replace("allow_tests: false", "allow_tests: true"))
    world.browser().open(engaged=False, test=is_test)
    shown = world.browser()
    shown.open(engaged=False, test=is_test)
    shown.beat(engaged=True)

    world.store_visits()

    session, now = db.session(), clock.now() + timedelta(seconds=1)
    assert len(occupancy.board(session, ads().id, now)[0].holders) == 1  # lists show it all the same
    assert bool(occupancy.coverage(session, now - timedelta(hours=1))) is not is_test
    assert bool(session.scalars(select(PoolHour)).all()) is not is_test
    seen = pool_health.health(session, ads(), "UTC", now)
    assert (bool(seen.wanted), bool(seen.sizes), seen.recommended is not None) == (not is_test,) * 3
    assert any(hour.most for hour in seen.hours) is not is_test
    assert world.get("pools").get_json()["items"][0]["coverage"] == (None if is_test else 1.0)


def test_health_of_a_pool_counts_what_figures_count(now: datetime) -> None:
    assert pool_health.health(db.session(), ads(), "UTC", now + timedelta(seconds=1)).calls == 1
