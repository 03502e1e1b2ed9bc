"""Learns once a day, from the calls each site is certain of, how soon its visitors call."""

from __future__ import annotations

from datetime import timedelta

from tracker.commands.background import Chore
from tracker.database import writing
from tracker.extensions import db
from tracker.inquiries import learning
from tracker.services import Services


def learn(_services: Services) -> int:
    """Recomputes the curves that are a day old; returns how many."""
    sites = learning.due(db.session())
    for site_id in sites:
        with writing(db.session()) as session:
            learning.learn(session, site_id)
    return len(sites)


LEARN = Chore("learn", learn, timedelta(minutes=10))
