"""Looks that people asked for: asked by the admin, taken by one worker, kept with what was found."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import timedelta

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from tracker import clock
from tracker.installation.checking import Expected
from tracker.installation.findings import Finding
from tracker.installation.models import SiteCheck
from tracker.leases import served
from tracker.sites.models import Site

STALE = timedelta(minutes=10)  # a look nobody took by then is not wanted any more


def ask(session: Session, site: Site, url: str, server: str) -> SiteCheck:
    """Leaves a page for the worker to look at; it is taken up within a second."""
    look = SiteCheck(site_id=site.id, url=url, server=server)
    session.add(look)
    session.flush()
    return look


def latest(session: Session, site_id: int) -> SiteCheck | None:
    """The look asked for last."""
    return session.scalar(select(SiteCheck).where(SiteCheck.site_id == site_id).order_by(SiteCheck.id.desc()).limit(1))


def take(session: Session) -> SiteCheck | None:
    """Takes the oldest look that waits, for this worker alone; None when there is none."""
    waiting = (SiteCheck.taken_at.is_(None), SiteCheck.asked_at > clock.now() - STALE)
    for look_id in session.scalars(select(SiteCheck.id).where(*waiting).order_by(SiteCheck.id)).all():
        mine = update(SiteCheck).where(SiteCheck.id == look_id, *waiting).values(taken_at=clock.now())
        if session.execute(mine.returning(SiteCheck.id)).first():
            return session.get_one(SiteCheck, look_id, populate_existing=True)
    return None


def finish(session: Session, look_id: int, found: Sequence[Finding]) -> None:
    """Writes down what was found."""
    look = session.get_one(SiteCheck, look_id)
    look.done_at, look.findings = clock.now(), [asdict(one) for one in found]


def expected(session: Session, look: SiteCheck, prefix: str, version: str) -> Expected:
    """What the page should hold, by the site's configuration of now.

    Args:
        prefix: as in SKVOZ_PREFIX.
        version: of the snippet we serve.
    """
    site = session.get_one(Site, look.site_id)
    now = served.load(session, site.key)
    names = dict.fromkeys(("w.js", f"{prefix.rpartition('/')[2]}.js"))
    return Expected(
        key=site.key,
        is_enabled=site.enabled,
        domains=[domain.host for domain in site.domains],
        server=look.server,
        names=list(names),
        prefix=prefix,
        version=version,
        originals={original.swap: original.match for original in now.originals} if now else {},
    )
