"""What each disaster costs: the store emptied or set back, the database set back, the clock moved."""

from __future__ import annotations

from datetime import timedelta

import pytest
from lease_stage import MINUTE, NUMBERS, Stage
from redis import Redis
from sqlalchemy import delete, func, select, update
from world import EXAMPLE, World

from tracker import clock
from tracker.commands import ingest
from tracker.embedded import CLEAN_MARK
from tracker.extensions import db
from tracker.leases.models import EmailTag, Lease
from tracker.leases.redis_store import SiteKeys
from tracker.pools.models import Pool
from tracker.sites.models import Site
from tracker.visits.models import PageView, StreamCursor, Visit, Visitor, VisitorTrait

KEYS = SiteKeys("example")
HOME = "https://example.com/"
FIRST, SECOND = "+74957770001", "+74957770002"
OTHER_SITE = f"""
  - key: other
    domains: [other.example]
    country: RU
    pools: [{{key: other, kind: dynamic, swap: "+74952223344", numbers: ["{FIRST}"]}}]
"""


@pytest.fixture
def client(world: World) -> Redis:
    client: Redis = world.services.store.raw
    return client


def number(answer: dict[str, object]) -> str | None:
    shown = answer["numbers"]
    assert isinstance(shown, list)
    return shown[0]["number"] if shown else None


def a_minute_later(client: Redis) -> None:
    """The time in which pages tell what they hold is over."""
    client.hdel(KEYS.meta, "adopt_until")


def copy_of(client: Redis) -> dict[bytes, bytes]:
    return {key: client.dump(key) for key in client.scan_iter("*")}


def set_back(client: Redis, copy: dict[bytes, bytes]) -> None:
    """The store is an old copy of itself; nothing tells it."""
    client.flushdb()
    for key, value in copy.items():
        client.restore(key, 0, value)


# --- the store ------------------------------------------------------------------------------------


def test_emptied_store_costs_a_minute_of_new_leases_and_nothing_else(world: World, client: Redis) -> None:
    ann, bob = world.browser(), world.browser()
    before = ann.open()
    world.store_visits()

    client.flushall()

    assert bob.open()["reason"] == "store-down"
    after = ann.beat()
    assert (number(after), after["visit"], after["tag"]) == (number(before), before["visit"], before["tag"])
    a_minute_later(client)
    assert number(bob.beat()) == SECOND


def test_lease_that_never_reached_the_database_is_told_by_the_page(world: World, client: Redis) -> None:
    ann, bob = world.browser(), world.browser()
    held = number(ann.open())
    db.session.add(StreamCursor(site_id=1, epoch="before", last_id="0-0"))  # the site has been stored before
    db.session.commit()

    client.flushall()

    assert number(ann.beat(held=[held])) == held
    a_minute_later(client)
    assert number(bob.open()) != held


def test_emptied_store_continues_in_the_order_of_idleness(world: World, client: Redis) -> None:
    world.apply(EXAMPLE.replace("hold: 15m", "hold: 1m"))
    ann = world.browser()
    assert number(ann.open()) == FIRST
    world.store_visits()
    db.session.execute(update(Lease).values(until=Lease.started_at))
    db.session.commit()

    client.flushall()
    world.browser().open()
    a_minute_later(client)

    assert number(world.browser().open()) == SECOND


def test_number_that_moved_to_another_site_rests_until_all_its_leases_ended(world: World, client: Redis) -> None:
    world.browser().open()
    world.store_visits()
    held = db.session.scalars(select(Lease)).one()
    later = {"started_at": held.started_at + timedelta(seconds=1), "until": clock.now(), "is_shared": True}
    columns = {column.key: getattr(held, column.key) for column in Lease.__table__.columns if column.key != "id"}
    db.session.add(Lease(**columns | later))
    db.session.commit()

    world.apply(EXAMPLE.replace(f'"{FIRST}", ', "") + OTHER_SITE)

    pool = db.session.scalars(select(Pool.id).where(Pool.key == "other")).one()
    free_from = client.zscore(SiteKeys("other").pool(str(pool)), FIRST)
    assert free_from == clock.to_millis(db.session.scalars(select(func.max(Lease.until))).one())


def test_no_tag_comes_twice_from_an_emptied_store(world: World, client: Redis) -> None:
    before = {world.browser().open()["tag"] for _ in range(5)}

    client.flushall()

    assert before.isdisjoint(world.browser().open()["tag"] for _ in range(5))


def test_several_processes_bring_a_lost_site_back_once(world: World, client: Redis) -> None:
    world.browser().open()
    world.store_visits()
    client.flushall()
    world.browser().open()
    epoch = client.hget(KEYS.meta, "epoch")

    world.services.sites.republish("example")

    assert client.hget(KEYS.meta, "epoch") == epoch


@pytest.mark.parametrize("clean", ["1", "0"])
def test_store_set_back_to_an_old_copy_gives_no_live_number_away(world: World, client: Redis, clean: str) -> None:
    world.browser().open(url=HOME)
    client.set(CLEAN_MARK, clean)
    world.store_visits()
    copy = copy_of(client)
    ann, bob = world.browser(), world.browser()
    held = ann.open()
    world.store_visits()

    set_back(client, copy)
    world.browser().open(url=HOME)
    world.store_visits()  # notices that the database knows more
    ingest.supply(world.services)

    assert bob.open()["reason"] == "store-down"
    again = ann.beat()
    assert (number(again), again["tag"]) == (number(held), held["tag"])
    a_minute_later(client)
    assert number(bob.open()) == SECOND


def test_old_copy_of_the_store_gives_no_tag_twice_and_loses_no_later_view(world: World, client: Redis) -> None:
    world.browser().open()
    world.store_visits()
    copy = copy_of(client)
    tag = world.browser().open()["tag"]
    world.store_visits()

    set_back(client, copy)
    world.browser().open()
    world.store_visits()
    ingest.supply(world.services)
    fresh = world.browser()
    fresh.open()
    world.store_visits()

    assert world.count(PageView) == 4
    assert fresh.open()["tag"] not in (tag, None)


# --- the database ---------------------------------------------------------------------------------


def test_database_of_yesterday_learns_live_leases_from_their_next_beat(world: World, client: Redis) -> None:
    ann = world.browser()
    before = ann.open()
    cursor = "1-0"
    world.store_visits()
    for kind in (EmailTag, Lease, PageView, Visit, VisitorTrait, Visitor):
        db.session.execute(delete(kind))
    db.session.execute(update(StreamCursor).values(last_id=cursor))
    db.session.execute(update(Site).values(next_tag=0))
    db.session.commit()

    after = ann.beat()
    world.store_visits()

    lease = db.session.query(Lease).one()
    assert (lease.number, lease.visitor.key, lease.visit.key) == (number(before), ann.visitor, ann.visit)
    assert lease.visit.named_by == "lost"
    assert after["tag"] == before["tag"]
    client.delete(KEYS.tags)
    ingest.supply(world.services)
    assert world.browser().open()["tag"] != before["tag"]


# --- the clock ------------------------------------------------------------------------------------


def test_clock_set_back_makes_numbers_rest_longer(stage: Stage) -> None:
    number = stage.number(stage.view("ann"))

    stage.wait(timedelta(hours=-1))

    assert stage.number(stage.beat("ann")) == number
    others = [stage.number(stage.view(who)) for who in "bcde"]
    assert sorted([str(number), *map(str, others)]) == NUMBERS
    assert stage.view("fay").reason == "exhausted"
    stage.wait(timedelta(hours=1) + 16 * MINUTE)
    assert stage.view("fay").numbers


def test_clock_set_forward_ends_leases_as_if_their_holders_had_been_silent(stage: Stage) -> None:
    number = stage.number(stage.view("ann"))

    stage.wait(timedelta(hours=1))

    assert stage.number(stage.beat("ann")) == number
