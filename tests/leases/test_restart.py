"""What a restart of the store costs: nothing when it was clean, one beat interval of adopting when it was not."""

from __future__ import annotations

import os
import signal

import pytest
from lease_stage import MINUTE, NUMBERS, Stage, a_pool
from redis import Redis

from tracker.embedded import CLEAN_MARK, EmbeddedStore
from tracker.leases.redis_store import SITES


@pytest.fixture
def known(stage: Stage) -> Stage:
    """A site that the store knows by name, with tags prepared."""
    stage.client.sadd(SITES, "example")
    stage.client.rpush(stage.keys.tags, "k3v9xq", "m4w8yr")
    stage.client.hset(stage.keys.meta, "run", stage.store.run_id(stage.keys.meta))
    return stage


def restarted(stage: Stage, clean: bool = False) -> None:
    """As after a restart: the server has forgotten its scripts, and is another process."""
    stage.client.set(CLEAN_MARK, "1" if clean else "0")
    stage.client.hset(stage.keys.meta, "run", "another")
    stage.client.script_flush()


def kill(server: EmbeddedStore) -> None:
    assert server.pid is not None
    os.kill(server.pid, signal.SIGKILL)
    while server.is_alive():
        pass


def test_unclean_restart_only_adopts_for_a_minute(known: Stage) -> None:
    restarted(known)

    assert known.view("ann").reason == "store-down"
    assert known.view("ann", held=[NUMBERS[3]]).numbers[0].number == NUMBERS[3]
    known.wait(16 * MINUTE)
    assert known.view("bob").numbers


def test_number_may_still_be_on_a_page_until_the_worker_has_looked(known: Stage) -> None:
    restarted(known)
    known.view("ann")

    known.wait(14 * MINUTE)
    assert known.view("bob").reason == "store-down"
    known.store.run("reassure", (known.keys.meta,), known.store.facts("example")["unsure"])
    assert known.view("bob").numbers


def test_holder_keeps_his_number_through_an_unclean_restart(known: Stage) -> None:
    number = known.number(known.view("ann"))
    restarted(known)

    assert known.number(known.beat("ann")) == number


def test_page_tells_by_a_beat_what_it_holds(known: Stage) -> None:
    restarted(known)

    granted = known.beat("ann", held=[NUMBERS[2]])

    assert known.number(granted) == NUMBERS[2]
    assert known.number(known.beat("ann")) == NUMBERS[2]


def test_number_in_use_is_adopted_by_nobody_else(known: Stage) -> None:
    number = str(known.number(known.view("ann")))
    restarted(known)

    assert known.beat("bob", held=[number]).numbers == ()
    assert known.number(known.beat("ann")) == number


def test_adopted_number_decides_the_pool(known: Stage) -> None:
    known.serve([a_pool("1"), a_pool("2", conditions={"channel": "email"})])
    known.put("+74950000001", pool="2")
    restarted(known)

    assert known.number(known.beat("ann", held=["+74950000001"])) == "+74950000001"


def test_unclean_restart_throws_prepared_tags_away(known: Stage) -> None:
    restarted(known)

    assert known.view("ann").tag is None


def test_clean_restart_changes_nothing(known: Stage) -> None:
    restarted(known, clean=True)

    granted = known.view("ann")

    assert granted.tag == "k3v9xq"
    assert known.number(granted) == NUMBERS[0]


def test_clean_mark_counts_for_one_run(known: Stage) -> None:
    restarted(known, clean=True)
    known.view("ann")
    known.client.hset(known.keys.meta, "run", "another")
    known.client.set(CLEAN_MARK, "for:a run before")
    known.client.script_flush()

    assert known.view("bob").reason == "store-down"


def test_forgotten_scripts_alone_cost_nothing(known: Stage) -> None:
    known.client.script_flush()

    assert known.view("ann").numbers


def test_killed_store_gives_no_live_number_away(valkey_server: EmbeddedStore, valkey: Redis, known: Stage) -> None:
    number = known.number(known.view("ann"))
    assert valkey.waitaof(1, 0, 5000)[0] == 1
    kill(valkey_server)
    valkey_server.start()

    assert known.view("bob").reason == "store-down"
    assert known.number(known.beat("ann")) == number


def test_orderly_stop_and_start_change_nothing(valkey_server: EmbeddedStore, known: Stage) -> None:
    number = known.number(known.view("ann"))

    valkey_server.stop()
    valkey_server.start()

    assert known.number(known.beat("ann")) == number
    assert known.view("bob").numbers
