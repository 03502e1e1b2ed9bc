"""The self-test behind `skvoz check` and the page of health: one small function per thing that can be wrong.

A new check is a function from Context to Finding and a line in CHECKS; modules: `store.py`, `database.py`,
`backlog.py`, `machine.py`.
"""

from __future__ import annotations

from collections.abc import Iterator

from redis import RedisError
from redis.exceptions import RedisClusterException
from sqlalchemy import create_engine
from sqlalchemy.exc import SQLAlchemyError

from tracker.checks import backlog, database, machine, store
from tracker.checks.finding import Check, Context, Finding, fail
from tracker.config import Config

CHECKS: tuple[Check, ...] = (
    Check("store", store.answers),
    Check("store version", store.version, needs=("store",)),
    Check("persistence", store.persistence, needs=("store",)),
    Check("eviction", store.eviction, needs=("store",)),
    Check("workers", store.workers, needs=("store",)),
    Check("store clock", store.clock_difference, needs=("store",)),
    Check("database", database.answers),
    Check("schema", database.schema, needs=("database",)),
    Check("database clock", database.clock_difference, needs=("database",)),
    Check("connections", database.connections, needs=("schema",)),
    Check("call sources", database.call_sources, needs=("schema",)),
    Check("call clocks", database.call_clocks, needs=("schema",)),
    Check("visitor addresses", database.visitor_addresses, needs=("schema",)),
    Check("backlog", backlog.page_views, needs=("store", "schema")),
    Check("disk", machine.disk),
    Check("mail", machine.mail),
    Check("certificate", machine.public_certificate),
)


def look(settings: Config) -> list[tuple[str, Finding]]:
    """Carries out every check over connections of its own, which do not wait long for a database that is away."""
    waits = {} if settings.sqlalchemy_url.startswith("sqlite") else {"connect_timeout": 3}
    context = Context(settings, create_engine(settings.sqlalchemy_url, connect_args=waits))
    try:
        return list(run(context))
    finally:
        context.close()


def run(context: Context) -> Iterator[tuple[str, Finding]]:
    """Yields name and finding of each check; one that needs a failed one is left out."""
    failed: set[str] = set()
    for check in CHECKS:
        if failed.intersection(check.needs):
            failed.add(check.name)
            continue
        finding = _carried_out(check, context)
        if finding.level == "fail":
            failed.add(check.name)
        yield check.name, finding


def _carried_out(check: Check, context: Context) -> Finding:
    try:
        return check.look(context)
    except (RedisError, RedisClusterException, SQLAlchemyError, OSError) as error:
        cause = str(error).splitlines()[0] if str(error) else type(error).__name__
        return fail(f"It could not be found out: {cause}.", "Mend that and check again.")
