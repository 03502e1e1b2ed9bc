"""A number that rests: shown to nobody, while calls to it are still matched; it comes back by itself or by hand."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select
from sqlalchemy.orm import Session, joinedload

from tracker.pools.models import Number
from tracker.sites.editing import touch
from tracker.sites.models import Site


def take_out(site: Site, number: Number, until: datetime | None) -> None:
    """Lets a number rest; None means until somebody takes it back."""
    number.quarantined, number.quarantined_until = True, until
    touch(site)


def take_back(site: Site, number: Number) -> None:
    """Gives a number to visitors again."""
    number.quarantined, number.quarantined_until = False, None
    touch(site)


def end_due(session: Session, now: datetime) -> int:
    """Takes back every number whose time is over; returns how many those were."""
    over = select(Number).options(joinedload(Number.pool)).where(Number.quarantined, Number.quarantined_until <= now)
    numbers = session.scalars(over).all()
    for number in numbers:
        take_back(session.get_one(Site, number.pool.site_id), number)
    return len(numbers)
