"""What people and time change afterwards: matches are corrected or made anew, people forgotten, the old deleted.

Each function is one step and owns its transaction, as in `flow`.
"""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import select

from tracker import clock, flow, table_statistics
from tracker.alerts.pruning import prune_alerts
from tracker.database import writing
from tracker.errors import NotFound
from tracker.extensions import db
from tracker.inquiries import closing, correcting
from tracker.inquiries.gathering import RegionOf
from tracker.inquiries.intake import Entrance
from tracker.inquiries.models import Inquiry
from tracker.privacy import erasing, finding, messages, retention, store_keys
from tracker.services import Services
from tracker.sites.models import Site
from tracker.visits import months

# --- whose an inquiry was -------------------------------------------------------------------------


def correct(inquiry_key: str, visitor: str | None, visit: str | None, who: str) -> Inquiry:
    """A person says whose an inquiry was; it is kept, told to every CRM, and no later matching touches it.

    Args:
        visitor: public id, None: none of our visitors.
        visit: public id of one of his visits; None: the one before the inquiry.
        who: the person, as the explanation names him.

    Raises:
        NotFound: there is no such inquiry.
        InvalidInput: its site has no such visitor, or he no such visit.
    """
    with writing(db.session()) as session:
        inquiry = session.scalar(select(Inquiry).where(Inquiry.key == inquiry_key).with_for_update())
        if inquiry is None:
            raise NotFound(f"there is no inquiry {inquiry_key}")
        correcting.correct(session, inquiry, visitor, visit, who)
        session.flush()
        flow.finish(session, inquiry)
    return inquiry


def rematch(
    site_key: str, since: datetime, until: datetime, dry_run: bool, region_of: RegionOf | None = None
) -> list[correcting.Change]:
    """Matches the calls of a period anew, each in a transaction of its own; what people decided stays.

    Whether a call counts is judged anew, too: lists of staff may have changed since, and that holds for all calls.

    Args:
        since, until: aware UTC, `until` excluded.
        dry_run: only says what would change. Each call is looked at alone then, so what one would teach about
            the next is not foreseen.

    Raises:
        NotFound: there is no such site.
    """
    session = db.session()
    site_id = session.scalar(select(Site.id).where(Site.key == site_key))
    if site_id is None:
        raise NotFound(f"There is no site {site_key}.")
    ids = correcting.calls_of(session, site_id, since, until)
    changes = [_rematch(inquiry_id, dry_run, region_of) for inquiry_id in ids]
    return [change for change in changes if change]


def _rematch(inquiry_id: int, dry_run: bool, region_of: RegionOf | None) -> correcting.Change | None:
    session = db.session()
    if dry_run:
        change = correcting.rematch(session, session.get_one(Inquiry, inquiry_id), region_of)
        session.rollback()
        return change
    with writing(session):
        inquiry = session.get_one(Inquiry, inquiry_id, populate_existing=True, with_for_update=True)
        change = correcting.rematch(session, inquiry, region_of)
        if change:
            flow.finish(session, inquiry)
    return change


# --- how a call ended -----------------------------------------------------------------------------


def close_calls(services: Services) -> int:
    """Ends the calls of which nobody has told for hours how they ended; returns how many those were."""
    session = db.session()
    ids = closing.overdue(session, clock.now())
    for inquiry_id in ids:
        inquiry = session.get_one(Inquiry, inquiry_id, populate_existing=True)
        entrance = Entrance(inquiry.site, inquiry.scope, inquiry.connection)
        flow.take(services, entrance, closing.end_of(inquiry))
    return len(ids)


# --- a person is forgotten ------------------------------------------------------------------------


def forget(services: Services, said: str) -> dict[str, int]:
    """Erases a person everywhere we hold data, and keeps that his inquiries must not come back.

    Args:
        said: a phone, an address, or a visitor's public id.

    Returns:
        What was erased, by kind.

    Raises:
        StoreDown: the fast store does not answer; nothing was erased.
    """
    session = db.session()
    for site_id, key in session.execute(select(Site.id, Site.key)).all():
        while flow.store_visits(services, site_id, key):
            pass  # what still waits in the stream would bring him back
    with writing(session):
        found = finding.find(session, said)
        needles = set(finding.needles(found))
        visitors = set(found.visitors.values())
        keys, holders = store_keys.keys_of(session, found.visitors), store_keys.holders_of(session, found.visitors)
        linked = messages.of_inquiries(session, found.inquiries)
        counts = erasing.erase(session, found, services.config.secret_key)
        counts["raw messages"] = messages.erase(session, linked, needles)
        counts["store entries"] = store_keys.erase(services.store, keys, holders, visitors)
    counts["messages in the spool"] = messages.erase_spooled(services.config.spool, needles)
    return counts


# --- what is old goes -----------------------------------------------------------------------------


def turn_months(services: Services) -> dict[str, int]:
    """Makes the months to come and drops those that are old, where the database keeps months apart.

    Returns:
        How many were dropped; empty when none were. Nobody counts the rows in them.
    """
    now = clock.now()
    with writing(db.session()) as session:
        months.prepare(session, now)
    if not services.config.keep_visits:
        return {}
    with writing(db.session()) as session:
        dropped = months.drop(session, clock.months_earlier(now, services.config.keep_visits))
    return {"whole months of page views and events": len(dropped)} if dropped else {}


def prune(services: Services) -> dict[str, int]:
    """Deletes the next batch of what has been kept long enough; returns how many of what, empty at the end."""
    now, config = clock.now(), services.config
    kinds = (
        (config.keep_inquiries, retention.prune_inquiries),
        (config.keep_inquiries, prune_alerts),
        (config.keep_visits, retention.prune_visits),
    )
    for months_kept, step in kinds:
        if months_kept:
            with writing(db.session()) as session:
                counts = step(session, clock.months_earlier(now, months_kept))
            if counts:
                return counts
    return {}


def renew_statistics() -> None:
    """Lets the database plan its queries by what its tables hold now; once a day is enough."""
    table_statistics.renew(db.session(), months.TABLES)
