"""Check of what visitors did and the database does not know yet."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy.orm import Session

from tracker import clock
from tracker.checks.finding import Context, Finding, fail, ok, warn
from tracker.leases.backlog import waiting
from tracker.leases.redis_store import CAPACITY

WARN_AFTER, FAIL_AFTER = timedelta(minutes=1), timedelta(minutes=10)  # a worker takes them up within a second
WARN_COUNT, FAIL_COUNT = CAPACITY // 20, CAPACITY // 2  # of a site; at CAPACITY page views are refused
REMEDY = (
    "See in the log of `skvoz worker` why it does not store them, or whether the database is slow; "
    f"nothing is lost until {CAPACITY} wait for one site."
)


def page_views(context: Context) -> Finding:
    """Whether what visitors do reaches the database soon."""
    with Session(context.engine) as session:
        found = waiting(session, context.store)
    if not found:
        return ok("No page view waits to be stored.")
    oldest, most = clock.now() - min(one.since for one in found), max(one.count for one in found)
    total, sites = sum(one.count for one in found), ", ".join(one.site for one in found)
    sentence = f"Page views and other signs that wait to be stored: {total} ({sites}), the oldest for {_span(oldest)}."
    if oldest >= FAIL_AFTER or most >= FAIL_COUNT:
        return fail(sentence, REMEDY)
    return warn(sentence, REMEDY) if oldest >= WARN_AFTER or most >= WARN_COUNT else ok(sentence)


def _span(age: timedelta) -> str:
    seconds = max(age.total_seconds(), 0)
    return f"{seconds:.0f} s" if seconds < 120 else f"{seconds / 60:.0f} min"
