"""The stream reaches the database: each entry once, whatever fails on the way."""

from __future__ import annotations

import threading
from typing import Any

import pytest
from sqlalchemy import func, select, text
from sqlalchemy.exc import OperationalError
from world import EXAMPLE, World

from tracker import flow
from tracker.errors import StoreDown
from tracker.extensions import db
from tracker.leases import storing
from tracker.leases.models import EmailTag, Lease
from tracker.leases.redis_store import LeaseStore, SiteKeys
from tracker.pools.models import PoolHour
from tracker.visits.models import PageView, StreamCursor, StreamReject, Visit, VisitEvent, Visitor, VisitorTrait

KEYS = SiteKeys("example")
SHARING = EXAMPLE.replace("overflow: original", "overflow: shared")


def stored(world: World) -> dict[str, int]:
    """What the database has, by kind."""
    return {kind.__tablename__: world.count(kind) for kind in (Visitor, Visit, PageView, VisitEvent, Lease, EmailTag)}


def test_visit_with_everything_reaches_the_database(world: World) -> None:
    ann = world.browser()
    number = ann.open(ga="GA1.1.123.456")["numbers"][0]["number"]
    ann.event("tel_click", {"number": number})
    ann.leave()

    world.store_visits()

    assert set(stored(world).values()) == {1}
    lease = db.session.scalars(select(Lease)).one()
    assert (lease.number, lease.visitor.key, lease.visit.key) == (number, ann.visitor, ann.visit)
    assert lease.until > lease.last_beat_at >= lease.started_at
    assert (lease.visit.utm_campaign, lease.visit.is_paid) == ("spring", True)
    assert lease.visitor.ga_client_id == "123.456"
    hour = db.session.scalars(select(PoolHour)).one()
    assert (hour.wanted, hour.granted, hour.shared) == (1, 1, 0)
    assert world.services.store.raw.xlen(KEYS.stream) == 0


def test_view_repeated_by_the_page_is_stored_once(world: World) -> None:
    ann = world.browser()
    ann.open(view="ab12")
    ann.open(view="ab12")

    world.store_visits()

    assert world.count(PageView) == 1


def test_visitor_whose_address_changed_keeps_both(world: World) -> None:
    ann = world.browser()
    ann.open()
    ann.ip = "198.51.100.9"
    ann.open()

    world.store_visits()

    shown = db.session.scalars(select(VisitorTrait.value).where(VisitorTrait.kind == "ip")).all()
    assert sorted(shown) == ["198.51.100.9", "203.0.113.1"]
    assert db.session.scalars(select(Visitor)).one().ip == "198.51.100.9"


def test_two_workers_store_each_entry_once(world: World) -> None:
    browsers = [world.browser() for _ in range(5)]
    for number in range(200):
        browser = browsers[number % 5]
        browser.open(view=f"{number:x}")
        browser.event("seen", {"number": number})
    failures: list[Exception] = []

    workers = [threading.Thread(target=work, args=(world, failures)) for _ in range(2)]
    for worker in workers:
        worker.start()
    for worker in workers:
        worker.join()

    assert failures == []
    assert (world.count(PageView), world.count(VisitEvent), world.count(StreamReject)) == (200, 200, 0)


def work(world: World, failures: list[Exception]) -> None:
    """A worker of its own: another connection, until nothing is left."""
    with world.app.app_context():
        try:
            while flow.store_visits(world.services, 1, "example"):
                db.session.remove()
        except Exception as error:
            failures.append(error)
        finally:
            db.session.remove()


def test_entry_that_cannot_be_read_is_set_aside(world: World) -> None:
    world.browser().open()
    world.services.store.raw.xadd(KEYS.stream, {"a": b"\xff{", "d": "{}"})
    world.services.store.raw.xadd(KEYS.stream, {"what": "ever"})
    world.browser().open()

    world.store_visits()

    assert world.count(PageView) == 2
    reasons = db.session.scalars(select(StreamReject.reason)).all()
    assert len(reasons) == 2
    assert all(reason.startswith("cannot be read") for reason in reasons)


def test_visit_of_somebody_else_is_not_continued(world: World) -> None:
    ann = world.browser()
    ann.open()
    thief = world.browser()
    thief.visitor, thief.visit = "f" * 32, ann.visit
    thief.beat()
    world.browser().open()

    world.store_visits()

    assert world.count(PageView) == 2
    assert "belongs to another visitor" in db.session.scalars(select(StreamReject.reason)).one()


def test_text_no_database_takes_is_cleaned(world: World) -> None:
    world.browser().open(title="a\x00b", url="https://example.com/?utm_source=a%00b")

    world.store_visits()

    assert db.session.scalars(select(PageView.title)).one() == "ab"
    assert world.count(StreamReject) == 0


def test_rows_only_move_forward(world: World) -> None:
    ann = world.browser()
    ann.open()
    early = world.services.store.raw.xrange(KEYS.stream)
    ann.beat()
    world.store_visits()
    before = db.session.scalars(select(Lease.until)).one()

    for _, fields in early:
        world.services.store.raw.xadd(KEYS.stream, fields)
    world.store_visits()

    assert db.session.scalars(select(Lease.until)).one() == before


def test_batch_stored_but_not_forgotten_is_not_stored_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.browser().open()
    world.browser().event("seen", {})
    run = LeaseStore.run

    def dies(self: LeaseStore, script: str, *rest: Any) -> Any:
        if script == "stored":
            raise StoreDown("killed")
        return run(self, script, *rest)

    with monkeypatch.context() as patch:
        patch.setattr(LeaseStore, "run", dies)
        storing.store_batch(db.session(), world.services.store, 1, "example")
    before = stored(world)
    world.browser().open()
    world.store_visits()

    assert world.count(PageView) == before["page_views"] + 1
    assert world.count(VisitEvent) == before["visit_events"]
    assert "unsure" not in world.services.store.facts("example")


def test_nothing_is_lost_when_the_transaction_fails(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.browser().open()
    with monkeypatch.context() as patch:
        patch.setattr(storing.stream, "read", lambda raw: 1 / 0)
        with pytest.raises(ZeroDivisionError):
            world.store_visits()

    world.store_visits()

    assert world.count(PageView) == 1


@pytest.mark.parametrize("database_url", ["postgres"], indirect=True)
def test_database_away_loses_no_visit(world: World, postgres_server: Any) -> None:
    ann = world.browser()
    ann.open()
    db.session.execute(text("CHECKPOINT"))  # the server of the tests writes down lazily
    db.session.remove()
    db.engine.dispose()
    postgres_server.stop()
    try:
        assert ann.open()["reason"] is None
        with pytest.raises(OperationalError):
            flow.store_visits(world.services, 1, "example")
        db.session.remove()
    finally:
        postgres_server.start()

    world.store_visits()

    assert world.count(PageView) == 2


def test_shared_leases_are_marked_for_everybody(world: World) -> None:
    world.apply(SHARING)
    holders = [world.browser() for _ in range(3)]
    for browser in holders:
        browser.open()

    world.store_visits()

    shared = dict(db.session.execute(select(Lease.number, func.count()).group_by(Lease.number)).all())
    marks = db.session.execute(select(Lease.number, Lease.is_shared)).all()
    assert sorted(shared.values()) == [1, 2]
    assert all(is_shared == (shared[number] == 2) for number, is_shared in marks)


def test_place_reached_is_written_with_the_batch(world: World) -> None:
    world.browser().open()
    last = world.services.store.raw.xrevrange(KEYS.stream, count=1)[0][0].decode()

    world.store_visits()

    assert db.session.scalars(select(StreamCursor.last_id)).one() == last
    assert world.services.store.facts("example")["stored"] == last
