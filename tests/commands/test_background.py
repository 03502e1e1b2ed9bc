"""The owner of a connection that was killed is known to be dead where we can see it, and is not waited for."""

from __future__ import annotations

import subprocess
import sys
import threading
from datetime import timedelta

import pytest
from sqlalchemy import select
from world import World

from tracker import clock
from tracker.checks.store import WORKERS_KEY
from tracker.commands import background
from tracker.commands.background import Chore, has_died, owner_name
from tracker.database import writing
from tracker.deliveries import ownership
from tracker.extensions import db
from tracker.sites.models import Connection

NAME = "import sys; from tracker.commands.background import owner_name; print(owner_name())"


@pytest.fixture(scope="module")
def dead() -> str:
    """The name of a worker that ran on this machine and does not any more."""
    return subprocess.run([sys.executable, "-c", NAME], capture_output=True, text=True, check=True).stdout.strip()


def test_ended_process_of_this_machine_has_died(dead: str) -> None:
    assert has_died(dead)


def test_nobody_else_is_taken_for_dead(dead: str) -> None:
    place, pid, token = dead.rsplit(":", 2)

    assert not has_died(owner_name())
    assert not has_died(f"elsewhere/pid:[1]:{pid}:{token}")
    assert not has_died(f"{place}:not-a-number:{token}")
    assert not has_died("worker-7")


@pytest.mark.parametrize("owner", ["dead", "elsewhere"])
def test_term_of_a_dead_owner_ends_at_once_and_that_of_others_goes_on(world: World, dead: str, owner: str) -> None:
    connection_id = db.session.scalars(select(Connection.id).where(Connection.key == "pbx")).one()
    now = clock.now()
    with writing(db.session()) as session:
        assert ownership.claim(session, connection_id, dead if owner == "dead" else owner, now)

    with writing(db.session()) as session:
        ownership.take_from_dead(session, connection_id, has_died, now)
        mine = ownership.claim(session, connection_id, "me", now)

    assert (mine is not None) == (owner == "dead")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_processes_that_ended_long_ago_are_forgotten_at_the_start(world: World) -> None:
    now = clock.now()
    beats = {"ended": now - timedelta(minutes=11), "alive": now - timedelta(minutes=9)}
    world.services.store.raw.hset(WORKERS_KEY, mapping={name: clock.to_millis(at) for name, at in beats.items()})
    stop = threading.Event()
    stop.set()

    background.run(world.app, Chore("nothing", lambda _: 0, timedelta(0)), stop)

    assert world.services.store.raw.hkeys(WORKERS_KEY) == [b"alive"]
