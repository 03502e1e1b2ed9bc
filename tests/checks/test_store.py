from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest
from redis import Redis

from tracker import clock
from tracker.checks import store
from tracker.checks.finding import Context, clock_finding


@pytest.fixture
def context(make_context: Callable[..., Context], redis_url: str) -> Context:
    return make_context(REDIS_URL=redis_url)


@pytest.fixture
def set_up(valkey: Redis) -> Iterator[Callable[[str, str], None]]:
    """Changes a setting of the server for one test."""
    before: dict[str, str] = {}

    def change(name: str, value: str) -> None:
        before.update(valkey.config_get(name))
        valkey.config_set(name, value)

    yield change
    for name, value in before.items():
        valkey.config_set(name, value)


def test_embedded_store_is_well(context: Context) -> None:
    looks = (store.answers, store.version, store.persistence, store.eviction, store.clock_difference)

    assert [look(context).level for look in looks] == ["ok"] * len(looks)


def test_version_is_the_servers_own_not_the_one_it_imitates(context: Context, valkey: Redis) -> None:
    assert valkey.info("server")["valkey_version"] in store.version(context).sentence


def test_embedded_store_that_is_down_needs_skvoz_run(make_context: Callable[..., Context]) -> None:
    finding = store.answers(make_context())

    assert finding.level == "fail"
    assert "skvoz run" in str(finding.remedy)


@pytest.mark.parametrize("scheme", ["redis", "redis+cluster"])
def test_configured_store_that_is_down_points_at_the_setting(make_context: Callable[..., Context], scheme: str) -> None:
    finding = store.answers(make_context(REDIS_URL=f"{scheme}://127.0.0.1:1"))

    assert finding.level == "fail"
    assert "REDIS_URL" in str(finding.remedy)


def test_store_without_append_only_file_fails(context: Context, set_up: Callable[[str, str], None]) -> None:
    set_up("appendonly", "no")

    assert store.persistence(context).level == "fail"


def test_store_that_evicts_fails(context: Context, set_up: Callable[[str, str], None]) -> None:
    set_up("maxmemory-policy", "allkeys-lru")

    finding = store.eviction(context)

    assert finding.level == "fail"
    assert "allkeys-lru" in finding.sentence


def test_no_living_worker_fails(context: Context, valkey: Redis) -> None:
    ago = clock.to_millis(clock.now() - timedelta(minutes=2))
    valkey.hset(store.WORKERS_KEY, "ingest@one", ago)

    assert store.workers(context).level == "fail"


def test_living_workers_are_named(context: Context, valkey: Redis) -> None:
    beat = clock.to_millis(clock.now())
    valkey.hset(store.WORKERS_KEY, mapping={"ingest@one": beat, "deliver@two": beat, "gone@three": 0})

    finding = store.workers(context)

    assert finding.sentence == "Background processes are alive: deliver@two, ingest@one."


@pytest.mark.parametrize(
    ("ahead", "level", "words"),
    [
        (0.1, "ok", "agrees"),
        (-1.9, "ok", "agrees"),
        (2.5, "warn", "2.5 s ahead of"),
        (-2.5, "warn", "2.5 s behind"),
        (31.0, "fail", "31.0 s ahead of"),
        (-3600.0, "fail", "3600.0 s behind"),
    ],
)
def test_clock_is_judged_by_its_distance(ahead: float, level: str, words: str) -> None:
    finding = clock_finding("the store", ahead)

    assert finding.level == level
    assert words in finding.sentence
