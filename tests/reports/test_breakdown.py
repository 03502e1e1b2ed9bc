"""Reports by source: who gets the credit by which model, the period before, and what stands behind a figure."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from sqlalchemy import select, update
from world import World

from tracker import clock
from tracker.database import writing
from tracker.extensions import db
from tracker.inquiries.models import Inquiry
from tracker.reports import breakdown, calls, filtering, journal
from tracker.reports.dimensions import NONE
from tracker.reports.filtering import Filters
from tracker.reports.lines import Question
from tracker.reports.periods import Period
from tracker.reports.touches import Model
from tracker.visits.models import Visit

NUMBER = "+74957770001"
DIRECT, GOOGLE, VK = ("(direct)", "(none)"), ("google", "cpc"), ("vk", "cpc")
SHARES = [
    (Model.LAST_NON_DIRECT, {VK: 1.0}),
    (Model.LAST, {DIRECT: 1.0}),
    (Model.FIRST, {GOOGLE: 1.0}),
    (Model.LINEAR, {GOOGLE: 1 / 3, VK: 1 / 3, DIRECT: 1 / 3}),
    (Model.POSITION, {GOOGLE: 0.4, VK: 0.2, DIRECT: 0.4}),
]


def this_week() -> Period:
    today = clock.now().date()
    return Period(today - timedelta(days=6), today, "UTC")


@pytest.fixture
def way(world: World) -> World:
    """Somebody came from google, then from vk, then directly, and sent a form; and a stranger called."""
    anna = world.browser()
    anna.open("https://example.com/one?utm_source=google&utm_medium=cpc&utm_campaign=spring")
    anna.open("https://example.com/two?utm_source=vk&utm_medium=cpc&utm_campaign=winter")
    anna.fill_form({"name": "Anna", "phone": "+79161234567"})
    world.store_visits()
    with writing(db.session()) as session:
        first, second = session.scalars(select(Visit).order_by(Visit.id)).all()
        third = Visit(**{c.key: getattr(second, c.key) for c in Visit.__table__.columns if c.key != "id"})
        third.key, third.source, third.medium, third.channel = "f" * 24, *DIRECT, "direct"
        third.utm_campaign, third.landing_path = None, "example.com/three"
        first.started_at, second.started_at = (clock.now() - timedelta(hours=hours) for hours in (3, 2))
        session.add(third)
        session.flush()
        session.execute(update(Inquiry).values(visit_id=third.id))
    world.call("1", "ended", **{"from": "+79160000000", "to": "+74990000000", "status": "missed"})
    return world


@pytest.mark.parametrize(("model", "shares"), SHARES)
def test_model_gives_the_credit(way: World, model: Model, shares: dict[tuple[str, str], float]) -> None:
    lines = breakdown.breakdown(db.session(), Question(("source", "medium"), this_week(), model))

    found = {line.keys: line.inquiries for line in lines if line.inquiries}
    assert found == pytest.approx({**shares, (NONE, NONE): 1.0})
    [unknown] = [line for line in lines if line.keys == (NONE, NONE)]
    assert (unknown.calls, unknown.missed, unknown.visits) == (1, 1, 0)


@pytest.mark.parametrize("few", [0, filtering.FEW])
@pytest.mark.parametrize(("model", "shares"), SHARES)
def test_journal_shows_what_stands_behind_a_figure(
    way: World, model: Model, shares: dict[tuple[str, str], float], few: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(filtering, "FEW", few)
    for source, medium in (DIRECT, GOOGLE, VK):
        filters = Filters(source=source, medium=medium, model=model, counted=True, tests=False)

        found = journal.page(db.session(), filters).rows

        assert len(found) == ((source, medium) in shares)


@pytest.mark.parametrize("by", ["channel", "campaign", "content", "term", "landing", "city"])
def test_lines_add_up_whatever_the_report_is_by(way: World, by: str) -> None:
    keys = (by, "source") if by in ("campaign", "content", "term") else (by,)
    question = Question(keys, this_week(), Model.LINEAR)

    lines = breakdown.breakdown(db.session(), question)

    assert sum(line.inquiries for line in lines) == pytest.approx(2)
    assert sum(line.visits for line in lines) == 3
    assert breakdown.visitors(db.session(), question) == 1
    assert sum(breakdown.by_day(db.session(), question, question.period)) == pytest.approx(2)


def test_line_of_those_without_a_value_counts_each_visitor_once(way: World) -> None:
    [line] = breakdown.breakdown(db.session(), Question(("content", "source"), this_week()))

    assert (line.visitors, line.visits) == (1, 3)


def test_narrowed_report_keeps_to_its_source(way: World) -> None:
    question = Question(("campaign", "source"), this_week(), Model.FIRST, narrowed={"source": "google"})

    lines = breakdown.breakdown(db.session(), question)

    assert [(line.keys, line.visits, line.inquiries) for line in lines] == [(("spring", "google"), 1, 1)]


def test_period_before_is_counted_apart(way: World) -> None:
    with writing(db.session()) as session:
        session.execute(update(Inquiry).values(at=clock.now() - timedelta(days=7)))

    lines = breakdown.breakdown(db.session(), Question(("channel",), this_week()))

    assert (sum(line.inquiries for line in lines), sum(line.before for line in lines)) == (0, 2)


def test_calls_fall_into_hours_and_pools(world: World) -> None:
    for call_id, status in (("1", "missed"), ("2", "answered")):
        world.call(call_id, "ended", **{"from": "+79161234567", "to": NUMBER, "status": status, "talk_seconds": 50})
    with writing(db.session()) as session:
        session.execute(update(Inquiry).values(at=datetime.combine(this_week().first, datetime.min.time(), UTC)))
    period = Period(this_week().first, this_week().last, "Europe/Moscow")

    hours = calls.by_call(db.session(), Question(("hour",), period))
    pools = {line.key: line for line in calls.by_pool(db.session(), Question(("pool",), period))}

    assert [(line.keys, line.calls, line.missed) for line in hours if line.calls] == [(("3",), 2, 1)]
    assert (pools["ads"].calls, pools["ads"].missed, pools["ads"].numbers) == (2, 1, 2)
    assert (pools["billboard"].calls, pools["billboard"].coverage) == (0, None)


def test_period_knows_its_days_in_its_zone() -> None:
    period = Period(date(2026, 3, 1), date(2026, 3, 31), "America/New_York")

    assert period.since == datetime(2026, 3, 1, 5, tzinfo=UTC)
    assert period.until == datetime(2026, 4, 1, 4, tzinfo=UTC)  # summer time has begun
    assert (period.before().first, period.before().last) == (date(2026, 1, 29), date(2026, 2, 28))
    assert period.bars([((period.last - date(1970, 1, 1)).days, 2.0)])[-1] == 2.0


@pytest.mark.parametrize(("days", "bar", "bars"), [(30, 1, 30), (90, 7, 13), (365, 7, 53), (1000, 30, 34)])
def test_long_periods_have_wide_bars(days: int, bar: int, bars: int) -> None:
    period = Period(date(2026, 1, 1), date(2026, 1, 1) + timedelta(days=days - 1), "UTC")

    assert (period.days_a_bar, len(period.bar_starts()), len(period.bars([]))) == (bar, bars, bars)
