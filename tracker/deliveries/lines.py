"""Our numbers as lines of a CRM's telephony: asked for once per change of the pools."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from hashlib import sha256

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.deliveries import errands
from tracker.deliveries.models import ErrandKind
from tracker.pools.models import Number, Pool
from tracker.sites.models import Connection

AGAIN_AFTER = timedelta(hours=1)  # when it failed or nobody took the errand up


def ask(session: Session, connection: Connection, now: datetime) -> bool:
    """Leaves an errand when the numbers have changed since the last one; says whether it did. The caller commits."""
    numbers = numbers_of(session, connection.site_id)
    if not numbers:
        return False
    digest = sha256(" ".join(numbers).encode()).hexdigest()[:16]
    last = errands.latest(session, connection.id, (ErrandKind.LINES,), digest)
    if last is not None:
        failed = last.done_at is None or any(one["level"] == "error" for one in last.findings)
        if not failed or last.asked_at > now - AGAIN_AFTER:
            return False
    errands.ask(session, connection.id, ErrandKind.LINES, digest)
    return True


def numbers_of(session: Session, site_id: int) -> Sequence[str]:
    """Returns the numbers in use of a site, E.164, sorted."""
    used = (Pool.site_id == site_id, Pool.enabled, Number.enabled)
    return session.scalars(
        select(Number.e164).join(Pool, Number.pool_id == Pool.id).where(*used).order_by(Number.e164)
    ).all()
