from __future__ import annotations

import pytest
from redis.exceptions import ConnectionError as RedisConnectionError
from sqlalchemy.exc import OperationalError
from world import World

from tracker.extensions import db


def test_all_is_well(world: World) -> None:
    assert world.client.get("/health/live").get_json() == {"status": "ok"}
    ready = world.client.get("/health/ready")
    assert (ready.status_code, ready.get_json()) == (200, {"status": "ok", "store": "ok", "database": "ok"})


def test_store_away_is_degraded_but_alive(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise RedisConnectionError("away")

    monkeypatch.setattr(world.services.store.raw, "ping", away)

    ready = world.client.get("/health/ready")

    assert (ready.status_code, ready.get_json()["store"], ready.get_json()["database"]) == (503, "away", "ok")
    assert world.client.get("/health/live").status_code == 200


def test_database_away_is_degraded_but_alive(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(*_: object, **__: object) -> None:
        raise OperationalError("SELECT 1", {}, Exception("away"))

    with monkeypatch.context() as broken:
        broken.setattr(type(db.session()), "execute", away)
        ready = world.client.get("/health/ready")

    assert (ready.status_code, ready.get_json()["store"], ready.get_json()["database"]) == (503, "ok", "away")
    assert world.client.get("/health/live").status_code == 200


def test_metrics_count_what_came(world: World) -> None:
    before = _value(world, 'skvoz_signs_total{kind="visit",outcome="ok"}')

    world.browser().open()

    assert _value(world, 'skvoz_signs_total{kind="visit",outcome="ok"}') == before + 1


def _value(world: World, name: str) -> float:
    lines = world.client.get("/metrics").get_data(as_text=True).splitlines()
    return next((float(line.rpartition(" ")[2]) for line in lines if line.startswith(name)), 0.0)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("address", "status"), [("127.0.0.1", 200), ("10.1.2.3", 200), ("8.8.8.8", 403)])
def test_metrics_are_not_for_the_internet(world: World, address: str, status: int) -> None:
    assert world.client.get("/metrics", headers={"X-Forwarded-For": address}).status_code == status
