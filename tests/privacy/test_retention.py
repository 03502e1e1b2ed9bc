"""What has been kept long enough goes, and nothing else; on both databases, with and without partitions."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select, text, update
from world import Browser, World

from tracker import clock, upkeep
from tracker.alerts.models import Alert, AlertChannel, AlertMessage, ChannelKind, Condition, What
from tracker.commands.prune import _prune
from tracker.database import writing
from tracker.deliveries.models import Errand, ErrandKind, JournalRow
from tracker.extensions import db
from tracker.inquiries import annotating
from tracker.inquiries.models import Inquiry, InquiryComment, InquiryLabel, RawMessage
from tracker.leases.models import EmailTag, Lease
from tracker.sites.models import Connection
from tracker.visits import months
from tracker.visits.models import PageView, Visit, VisitEvent, Visitor

THREE_YEARS = timedelta(days=3 * 365)


def visited(world: World) -> Browser:
    browser = world.browser()
    browser.open()
    browser.event("tel_click", {})
    return browser


def three_years_pass(world: World) -> None:
    """Everything stored so far was three years ago."""
    world.store_visits()
    then = clock.now() - THREE_YEARS
    with writing(db.session()) as session:
        session.execute(update(Visit).values(started_at=then, last_at=then))
        for kind in (PageView, VisitEvent):
            session.execute(update(kind).values(month=clock.month_of(then)))
        session.execute(update(Inquiry).values(at=then))
        session.execute(update(RawMessage).values(received_at=then))


def test_old_visit_goes_with_all_that_belongs_to_it(world: World) -> None:
    visited(world)
    three_years_pass(world)
    young = visited(world)
    world.store_visits()

    counts = _prune(world.services)

    assert counts["visits"] == counts["visitors"] == counts["page views"] == counts["leases"] == 1
    assert [world.count(kind) for kind in (Visit, Visitor, PageView, VisitEvent, Lease, EmailTag)] == [1] * 6
    assert db.session.query(Visitor.key).scalar() == young.visitor
    assert not _prune(world.services)


def test_visit_that_a_young_inquiry_names_stays_without_its_pages(world: World) -> None:
    ann = visited(world)
    three_years_pass(world)
    ann.fill_form({"phone": "8 (916) 123-45-67"})

    _prune(world.services)

    assert [world.count(kind) for kind in (Inquiry, Visit, Visitor, PageView, VisitEvent)] == [1, 1, 1, 0, 0]


def test_old_inquiry_goes_with_its_messages_and_frees_its_visit(world: World) -> None:
    visited(world).fill_form({"phone": "8 (916) 123-45-67"})
    three_years_pass(world)

    counts = _prune(world.services)

    assert (counts["inquiries"], counts["raw messages"], counts["visits"]) == (1, 1, 1)
    assert [world.count(kind) for kind in (Inquiry, RawMessage, Visit, Visitor)] == [0, 0, 0, 0]


def test_old_inquiry_takes_its_tags_and_comments_along(world: World) -> None:
    visited(world).fill_form({"phone": "8 (916) 123-45-67"})
    with writing(db.session()) as session:
        inquiry = session.scalars(select(Inquiry)).one()
        annotating.add_labels(session, inquiry, "vip")
        annotating.comment(session, inquiry, "calls again", "ann@example.com")
    three_years_pass(world)

    _prune(world.services)

    assert [world.count(kind) for kind in (Inquiry, InquiryLabel, InquiryComment)] == [0, 0, 0]


def test_what_no_delivery_made_and_alerts_that_are_over_go(world: World) -> None:
    old, young = clock.now() - THREE_YEARS, clock.now()
    with writing(db.session()) as session:
        connection_id = session.scalars(select(Connection.id)).first() or 0
        sent = {"step": "test", "method": "GET", "url": "https://crm.example/", "request": {}, "answer": {}}
        channel = AlertChannel(kind=ChannelKind.MAIL, name="duty", settings="")
        for at in (old, young):
            session.add(JournalRow(connection_id=connection_id, at=at, **sent))
            session.add(Errand(connection_id=connection_id, kind=ErrandKind.TEST, asked_at=at, done_at=at))
            for condition, is_on in (
                (Condition.MISSED_CALL, True),
                (Condition.COVERAGE, True),
                (Condition.COVERAGE, False),
            ):
                key = f"{condition}/{at}/{is_on}"
                alert = Alert(key=key, condition=condition, subject="", is_on=is_on, changed_at=at)
                session.add_all((alert, channel))
                session.flush()
                message = {"what": What.BEGAN, "at": at, "next_at": at, "is_open": False}
                session.add(AlertMessage(channel_id=channel.id, alert_id=alert.id, **message))

    counts = _prune(world.services)

    assert counts == {"journal": 1, "errands": 1, "alert messages": 3, "alerts": 2}
    assert [world.count(kind) for kind in (JournalRow, Errand, AlertMessage, Alert)] == [1, 1, 3, 4]
    assert {alert.changed_at < young for alert in db.session().scalars(select(Alert)) if alert.is_on} == {True, False}


def partitions() -> list[str]:
    return sorted(months._partitions(db.session(), "page_views"))


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_months_are_made_ahead_and_take_over_what_came_before_them(world: World) -> None:
    visited(world)
    world.store_visits()

    with writing(db.session()) as session:
        made = months.prepare(session, clock.now())
    with writing(db.session()) as session:
        assert months.prepare(session, clock.now()) == []

    assert len(made) == 2 * 3
    assert world.count(PageView) == world.count(VisitEvent) == 1
    assert db.session.scalar(text("SELECT count(*) FROM page_views_default")) == 0
    visited(world)
    world.store_visits()
    assert db.session.scalar(text(f"SELECT count(*) FROM {partitions()[0]}")) == 2


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_old_months_are_dropped_whole(world: World) -> None:
    with writing(db.session()) as session:
        months.prepare(session, clock.now() - THREE_YEARS)
    visited(world)
    three_years_pass(world)
    assert len(partitions()) == 3

    assert upkeep.turn_months(world.services) == {"whole months of page views and events": 3}

    assert world.count(PageView) == world.count(VisitEvent) == 0
    assert len(partitions()) == 3


@pytest.mark.parametrize(
    ("at", "count", "earlier"),
    [
        (datetime(2026, 3, 31, 12, tzinfo=UTC), 1, datetime(2026, 2, 28, 23, 59, 59, 999999, tzinfo=UTC)),
        (datetime(2026, 1, 15, tzinfo=UTC), 25, datetime(2023, 12, 15, tzinfo=UTC)),
    ],
)
def test_months_are_those_of_the_calendar(at: datetime, count: int, earlier: datetime) -> None:
    assert clock.months_earlier(at, count) == earlier
