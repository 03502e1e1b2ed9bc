"""One worker at a time talks to a connection; whoever lost it is refused by his fence."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta

import pytest
from sqlalchemy import select
from world import World

from tracker.database import writing
from tracker.deliveries import ownership
from tracker.deliveries.ownership import TERM, Ownership
from tracker.errors import OwnershipLost
from tracker.extensions import db
from tracker.sites.models import Connection

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
SECOND = timedelta(seconds=1)


@pytest.fixture
def connection(world: World) -> int:
    return db.session.scalars(select(Connection.id).where(Connection.key == "pbx")).one()


def claim(connection: int, owner: str, now: datetime = NOON) -> Ownership | None:
    with writing(db.session()) as session:
        return ownership.claim(session, connection, owner, now)


def test_first_comer_owns_until_the_end_of_the_term(connection: int) -> None:
    assert claim(connection, "a") is not None
    assert claim(connection, "b", NOON + TERM - SECOND) is None
    assert claim(connection, "b", NOON + TERM) is not None
    assert claim(connection, "a", NOON + TERM) is None


def test_owner_keeps_his_fence_and_every_change_raises_it(connection: int) -> None:
    first = claim(connection, "a")
    again = claim(connection, "a", NOON + TERM / 2)
    other = claim(connection, "b", NOON + 2 * TERM)
    back = claim(connection, "a", NOON + 4 * TERM)

    assert first and again and other and back
    assert [one.fence for one in (first, again, other, back)] == [0, 0, 1, 2]


def test_lost_owner_is_refused_even_when_he_owns_it_again(connection: int) -> None:
    old = claim(connection, "a")
    claim(connection, "b", NOON + TERM)
    assert old is not None
    with pytest.raises(OwnershipLost), writing(db.session()) as session:
        ownership.require(session, old, NOON + TERM)

    claim(connection, "a", NOON + 3 * TERM)

    with pytest.raises(OwnershipLost), writing(db.session()) as session:
        ownership.require(session, old, NOON + 3 * TERM)


def test_requiring_prolongs(connection: int) -> None:
    owned = claim(connection, "a")
    assert owned is not None

    with writing(db.session()) as session:
        ownership.require(session, owned, NOON + TERM / 2)

    assert claim(connection, "b", NOON + TERM) is None


def test_released_connection_is_free_at_once_but_not_for_whoever_lost_it(connection: int) -> None:
    old = claim(connection, "a")
    new = claim(connection, "b", NOON + TERM)
    assert old and new
    with writing(db.session()) as session:
        ownership.release(session, old, NOON + TERM)
    assert claim(connection, "c", NOON + TERM + SECOND) is None

    with writing(db.session()) as session:
        ownership.release(session, new, NOON + TERM)

    assert claim(connection, "c", NOON + TERM + SECOND) is not None


def test_of_many_claimers_one_wins(world: World, connection: int) -> None:
    won: list[str] = []

    def race(owner: str) -> None:
        with world.app.app_context():
            if claim(connection, owner) is not None:
                won.append(owner)

    threads = [threading.Thread(target=race, args=(name,)) for name in "abcdef"]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert len(won) == 1
