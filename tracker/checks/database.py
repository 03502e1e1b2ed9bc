"""Checks of the database and of what stands in it."""

from __future__ import annotations

import ipaddress
import time
from datetime import timedelta
from pathlib import Path

from sqlalchemy import func, select, text
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import Session

from tracker import clock
from tracker.checks.finding import Context, Finding, clock_finding, fail, ok, warn
from tracker.database import schema_revisions
from tracker.inquiries.models import SourcePlace
from tracker.reports.clocks import Skew, wrong_clocks
from tracker.sites.models import Connection, ConnectionState
from tracker.visits.models import Visit

RECENT = timedelta(days=1)
FEWEST_VISITS = 10  # fewer prove nothing about a proxy
FAILURES_IN_A_ROW = 3  # one or two are an ordinary hiccup
SUSPICIOUS_SHARE = 0.5


def answers(context: Context) -> Finding:
    """Whether the database can be asked; a missing SQLite file is not made by looking for it."""
    url = context.engine.url
    if url.get_backend_name() == "sqlite" and url.database and not Path(url.database).exists():
        return fail(f"There is no database at {url.database} yet.", "Run `skvoz db upgrade` or `skvoz run`.")
    try:
        with context.engine.connect() as connection:
            connection.execute(text("SELECT 1"))
    except SQLAlchemyError as error:
        cause = str(getattr(error, "orig", None) or error).strip().splitlines()[0]
        return fail(f"The database does not answer: {cause}", "Check DATABASE_URL and that the server is running.")
    return ok(f"The database answers ({url.get_backend_name()}).")


def schema(context: Context) -> Finding:
    """Whether the tables are those this program knows."""
    found, wanted = schema_revisions(context.engine)
    if found == wanted:
        return ok(f"The schema is current ({found}).")
    return fail(
        f"The schema is {found or 'empty'}, this program needs {wanted}.",
        "Run `skvoz db upgrade`; if the schema is newer than the program, install the newer program.",
    )


def clock_difference(context: Context) -> Finding:
    """Whether a database server's clock agrees with ours."""
    if context.engine.dialect.name != "postgresql":
        return ok("The database has no clock of its own.")
    with context.engine.connect() as connection:
        before = time.time()
        theirs = float(connection.scalar(text("SELECT extract(epoch FROM clock_timestamp())")) or 0)
        middle = (before + time.time()) / 2
    return clock_finding("the database", theirs - middle)


def connections(context: Context) -> Finding:
    """Whether every connection in use still has its access."""
    broken = select(Connection.key, Connection.state_sentence).where(
        Connection.enabled, Connection.state == ConnectionState.BROKEN
    )
    with context.engine.connect() as connection:
        found = connection.execute(broken.order_by(Connection.key)).all()
    if not found:
        return ok("No connection is broken.")
    named = "; ".join(f"{key}: {sentence or 'access lost'}" for key, sentence in found)
    return fail(f"Broken connections: {named}", "Renew their access in the admin or by `skvoz apply`.")


def call_sources(context: Context) -> Finding:
    """Whether the lists and tables of calls that we ask could be read the last time."""
    failing = (
        select(Connection.key, SourcePlace.error)
        .join(SourcePlace, SourcePlace.connection_id == Connection.id)
        .where(Connection.enabled, SourcePlace.failures >= FAILURES_IN_A_ROW)
    )
    with context.engine.connect() as connection:
        found = connection.execute(failing.order_by(Connection.key)).all()
    if not found:
        return ok("Every source of calls that we ask can be read.")
    named = "; ".join(f"{key}: {error}" for key, error in found)
    return warn(f"Sources of calls cannot be read: {named}.", "Mend that; what was missed is taken up afterwards.")


def call_clocks(context: Context) -> Finding:
    """Whether those who report calls tell the time as we do."""
    with Session(context.engine) as session:
        wrong = wrong_clocks(session)
    if not wrong:
        return ok("Those who report calls agree with our clock.")
    told = "; ".join(
        f"{key} is {_span(skew)} {'ahead of' if skew.seconds > 0 else 'behind'} ours (median of {skew.events} events)"
        for key, skew in wrong.items()
    )
    remedy = "Switch on time synchronisation (NTP) on both sides; calls are matched by the time they are said to begin."
    if any(skew.hours for skew in wrong.values()):
        remedy = "Whole hours mean another time zone: set it in the connection (timezone) or in the other system."
    return warn(f"Wrong clocks: {told}.", remedy)


def _span(skew: Skew) -> str:
    return f"{abs(skew.hours)} h" if skew.hours else f"{abs(skew.seconds):.0f} s"


def visitor_addresses(context: Context) -> Finding:
    """Whether visitors of the last day seem to come from one private address: then a proxy hides them."""
    recent = Visit.started_at >= clock.now() - RECENT
    count = func.count()
    by_address = select(Visit.ip, count).where(recent).group_by(Visit.ip).order_by(count.desc()).limit(1)
    with context.engine.connect() as connection:
        total = connection.scalar(select(count).select_from(Visit).where(recent)) or 0
        first = connection.execute(by_address).first()
    if first is None or first[0] is None or not _is_private(first[0]):
        return ok("Visitors have addresses of their own.")
    address, visits = first
    if total < FEWEST_VISITS or visits < SUSPICIOUS_SHARE * total:
        return ok("Visitors have addresses of their own.")
    return warn(
        f"{visits} of {total} visits of the last day came from the private address {address}.",
        "If that is your proxy, name its network in SKVOZ_TRUSTED_PROXIES and let it set X-Forwarded-For.",
    )


def _is_private(address: str) -> bool:
    try:
        return ipaddress.ip_address(address).is_private
    except ValueError:  # truncated by setting
        return False
