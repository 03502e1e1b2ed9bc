"""Gives numbers whose quarantine is over to visitors again."""

from __future__ import annotations

from datetime import timedelta

from tracker import clock
from tracker.commands.background import Chore
from tracker.database import writing
from tracker.extensions import db
from tracker.pools import quarantine
from tracker.services import Services


def end_quarantines(_services: Services) -> int:
    """Takes back every number that is due; the site's new version is then published like any other."""
    with writing(db.session()) as session:
        quarantine.end_due(session, clock.now())
    return 0


END_QUARANTINES = Chore("end quarantines", end_quarantines, timedelta(seconds=30))
