"""Everything that talks to the store runs on a cluster: three nodes on loopback, sites spread over them."""

from __future__ import annotations

import socket
import subprocess
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path

import pytest
from flask import Flask
from redis import Redis
from redis.exceptions import ConnectionError
from world import EXAMPLE, World

from tracker import config, create_app
from tracker.commands import ingest
from tracker.embedded.binary import find_binary
from tracker.extensions import db
from tracker.leases.redis_store import SITES, SiteKeys
from tracker.visits.models import PageView

SLOTS = ((0, 5460), (5461, 10922), (10923, 16383))


def free_ports(count: int) -> list[int]:
    """Ports whose twins 10000 above, the nodes' own, can exist."""
    probes = [socket.create_server(("127.0.0.1", 0)) for _ in range(count * 20)]
    ports = [port for probe in probes if (port := probe.getsockname()[1]) < 55_000]
    for probe in probes:
        probe.close()
    return ports[:count]


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a cluster of three nodes without replicas."""
    ports = free_ports(3)
    nodes = [start(port, tmp_path_factory.mktemp("node")) for port in ports]
    try:
        join(ports)
        yield f"redis+cluster://127.0.0.1:{ports[0]}"
    finally:
        for node in nodes:
            node.kill()
            node.wait()


def start(port: int, folder: Path) -> subprocess.Popen[bytes]:
    options = {"port": port, "bind": "127.0.0.1", "dir": folder, "save": "", "cluster-enabled": "yes"}
    words = [str(word) for name, value in options.items() for word in (f"--{name}", value)]
    return subprocess.Popen([find_binary(), *words], stdout=subprocess.DEVNULL)


def join(ports: list[int]) -> None:
    clients = [Redis(port=port) for port in ports]
    for epoch, (client, slots) in enumerate(zip(clients, SLOTS, strict=True), 1):
        until(lambda client=client: client.ping())
        client.execute_command("CLUSTER", "SET-CONFIG-EPOCH", epoch)
        client.execute_command("CLUSTER", "ADDSLOTSRANGE", *slots)
    for port in ports[1:]:
        clients[0].execute_command("CLUSTER", "MEET", "127.0.0.1", port)
    for client in clients:
        until(lambda client=client: is_whole(client))
        client.close()


def is_whole(client: Redis) -> bool:
    return client.cluster("info")["cluster_state"] == "ok" and len(client.cluster("nodes")) == len(SLOTS)


def until(holds: Callable[[], object], seconds: float = 20) -> None:
    """Waits for the nodes to start and to know one another."""
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        with suppress(ConnectionError):
            if holds():
                return
        time.sleep(0.02)
    raise TimeoutError


@pytest.fixture
def clustered(cluster: str, sqlite_url: str, tmp_path: Path) -> Iterator[World]:
    settings = config.load(
        {
            "SKVOZ_INSTANCE": str(tmp_path / "instance"),
            "DATABASE_URL": sqlite_url,
            "REDIS_URL": cluster,
            "SECRET_KEY": "test",
            "SKVOZ_TRUSTED_PROXIES": "127.0.0.1",
        }
    )
    app: Flask = create_app(settings)
    with app.app_context():
        world = World(app)
        world.services.store.raw.flushall()
        yield world.apply()
        db.session.remove()
        db.engine.dispose()
        world.services.store.raw.close()


def test_visits_are_leased_and_stored_on_a_cluster(clustered: World) -> None:
    ann = clustered.browser()
    first = ann.open(ga="GA1.1.123.456")

    ann.event("tel_click", {"number": "+74957770001"})
    again = ann.beat()
    ann.leave()
    clustered.store_visits()

    assert first["reason"] is None
    assert first["tag"]
    assert again["numbers"][0]["number"] == first["numbers"][0]["number"]
    assert clustered.count(PageView) == 1


def test_sites_on_every_node_are_served(clustered: World) -> None:
    names = [f"site-{number}" for number in range(12)]
    clustered.apply("sites:\n" + "".join(map(only_visits, names)))
    nodes = {clustered.services.store.raw.get_node_from_key(SiteKeys(name).meta).port for name in names}

    answers = [clustered.say("visit", {"site": name, "url": f"https://{name}.com/"}, origin=None) for name in names]

    assert len(nodes) == 3
    assert [answer.get_json()["reason"] for answer in answers] == [None] * len(names)
    assert ingest.store_streams(clustered.services) == 0
    assert clustered.count(PageView) == len(names)


def test_restarted_node_is_noticed_for_its_sites(clustered: World) -> None:
    store = clustered.services.store
    ann = clustered.browser()
    held = ann.open()["numbers"][0]["number"]
    clustered.store_visits()
    store.raw.hset(SiteKeys("example").meta, "run", "before")
    for node in store.raw.get_primaries():
        store.raw.execute_command("SCRIPT FLUSH", target_nodes=node)

    assert clustered.browser().open()["reason"] == "store-down"
    assert ann.beat()["numbers"][0]["number"] == held
    ingest.supply(clustered.services)
    assert "unsure" not in store.facts("example")


def test_emptied_cluster_is_filled_again(clustered: World) -> None:
    ann = clustered.browser()
    held = ann.open()["numbers"][0]["number"]
    clustered.store_visits()

    clustered.services.store.raw.flushall()

    assert ann.beat()["numbers"][0]["number"] == held
    assert clustered.services.store.raw.smembers(SITES) == {b"example"}


def only_visits(name: str) -> str:
    head = EXAMPLE.partition("    emails:")[0].removeprefix("sites:\n")
    return head.replace("key: example", f"key: {name}").replace("[example.com]", f"[{name}.com]")
