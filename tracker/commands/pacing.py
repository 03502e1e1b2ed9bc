"""Hands the pace of a connection from one owner to the next, so that a limit holds across workers.

It is left after every delivery, so that the follower of an owner who was killed is off by one delivery at most.
"""

from __future__ import annotations

from redis.exceptions import RedisError

from tracker.errors import StoreDown
from tracker.providers.pace import Pace
from tracker.services import Services

KEEP_SECONDS = 60
KEY = "pace:{connection}"  # string: seconds of the clock when the connection's bucket is empty again


def take_over(services: Services, connection_id: int, pace: Pace) -> Pace:
    """Goes on where the last owner stopped; without the store, carefully."""
    try:
        kept = services.store.raw.get(KEY.format(connection=connection_id))
    except (RedisError, StoreDown):
        pace.resume(None)
    else:
        pace.resume(float(kept) if kept else 0.0)
    return pace


def hand_over(services: Services, connection_id: int, pace: Pace) -> None:
    """Leaves the pace for the next owner."""
    try:
        services.store.raw.set(KEY.format(connection=connection_id), pace.full_until, ex=KEEP_SECONDS)
    except (RedisError, StoreDown):
        return
