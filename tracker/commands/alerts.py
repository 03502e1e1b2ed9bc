"""Watches the conditions and sends the alerts."""

from __future__ import annotations

from datetime import datetime, timedelta

from sqlalchemy import select

from tracker import clock
from tracker.alerts import certificate, sending, watching
from tracker.commands.background import Chore
from tracker.database import writing
from tracker.extensions import db
from tracker.services import Services
from tracker.sites.models import Site

LOOK_EVERY = timedelta(seconds=20)
CERTIFICATE_EVERY = timedelta(hours=1)


class Watchman:
    """The watching side of one worker process; several do no harm."""

    def __init__(self) -> None:
        self._looked_at = self._certificate_at = datetime.min.replace(tzinfo=clock.now().tzinfo)

    @property
    def chore(self) -> Chore:
        """The loop to run."""
        return Chore("alerts", self.turn, timedelta(seconds=1))

    def turn(self, services: Services) -> int:
        """Looks when it is time, and sends what is due; returns how much there was to do."""
        now, done = clock.now(), 0
        if now - self._looked_at >= LOOK_EVERY:
            self._looked_at = now
            done = self._look(services, now)
        done += sending.send_due(db.session(), services.config, now)
        db.session.rollback()
        return done

    def _look(self, services: Services, now: datetime) -> int:
        session = db.session()
        sites = list(session.scalars(select(Site.id).where(Site.enabled)))
        done = sum(_look_at(services, site_id, now) for site_id in sites)
        if now - self._certificate_at >= CERTIFICATE_EVERY:
            self._certificate_at = now
            session.rollback()
            end = certificate.ends_at(services.config.public_url)
            found = watching.judge_certificate(end, now, services.config.certificate_days)
            with writing(session):
                done += watching.settle(session, None, found, now)
        return done


def _look_at(services: Services, site_id: int, now: datetime) -> int:
    session = db.session()
    found = watching.look(session, site_id, now, services.config.secret_key)
    with writing(session):
        return watching.settle(session, site_id, found, now)
