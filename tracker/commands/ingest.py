"""Moves the streams of all sites into the database, and keeps the store supplied with configuration and tags."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from tracker import flow
from tracker.commands.background import Chore
from tracker.extensions import db
from tracker.leases import publishing, restoring, storing
from tracker.services import Services
from tracker.sites.models import Site


def store_streams(services: Services) -> int:
    """Stores the next batch of every site; what comes in small portions is left to gather, for that is cheaper.

    Returns:
        How many sites have more.
    """
    stored = [flow.store_visits(services, site_id, key) for site_id, key in _sites()]
    return sum(count == storing.BATCH for count in stored)


def supply(services: Services) -> int:
    """Publishes sites that the store lacks or knows in another version, restores holders, refills tags."""
    services.store.notice_restart()
    for site_id, key in _sites():
        facts = services.store.facts(key)
        version = db.session.scalar(select(Site.version).where(Site.id == site_id))
        db.session.rollback()
        if facts.get("version") != str(version):
            flow.publish(services, key)
            continue
        if facts.get("unsure"):
            _reassure(services, key)
        publishing.refill_tags(db.session(), services.store, key, publishing.TAG_BLOCK)
    return 0


def _reassure(services: Services, key: str) -> None:
    """The store came back with a few seconds missing: what the database knows of live leases holds."""
    site = services.sites.refresh(key)
    if site is not None:
        restoring.restore_holders(db.session(), services.store, site.served)
        db.session.rollback()


def _sites() -> list[tuple[int, str]]:
    """All of them: one that is switched off must be known as such, and what it saw before is stored."""
    rows = db.session.execute(select(Site.id, Site.key).order_by(Site.id)).all()
    db.session.rollback()
    return list(rows)


STORE_STREAMS = Chore("ingest", store_streams, timedelta(milliseconds=400))
SUPPLY = Chore("supply", supply, timedelta(seconds=1))
