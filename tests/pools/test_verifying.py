"""Numbers are unverified until a first call."""

from __future__ import annotations

from datetime import UTC, datetime

from sqlalchemy import select
from world import World

from tracker.extensions import db
from tracker.pools.models import Number

NUMBER = "+74957770001"


def verified(number: str) -> datetime | None:
    db.session.rollback()
    return db.session.scalars(select(Number.verified_at).where(Number.e164 == number)).one()


def test_first_call_verifies_the_number_and_no_other(world: World) -> None:
    assert verified(NUMBER) is None
    at = datetime.now(UTC).isoformat()

    world.call("pbx-1", "ringing", **{"from": "+79161234567", "to": NUMBER, "at": at})
    first = verified(NUMBER)
    world.call("pbx-2", "ringing", **{"from": "+79161234567", "to": NUMBER, "at": at})

    assert first is not None
    assert verified(NUMBER) == first
    assert verified("+74957770002") is None
