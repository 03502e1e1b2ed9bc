"""Tells CRMs with telephony of their own which numbers are ours, once per change of the pools."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from tracker import clock
from tracker.commands.background import Chore
from tracker.database import writing
from tracker.deliveries import lines
from tracker.extensions import db
from tracker.providers import registry
from tracker.providers.crm.base import HavingLines
from tracker.services import Services
from tracker.sites.models import Connection, ConnectionState


def register_lines(services: Services) -> int:
    """Leaves an errand for every connection whose lines have changed; returns how many."""
    providers = [name for name, kind in registry.CRM.items() if issubclass(kind, HavingLines)]
    usable = (Connection.enabled, Connection.state == ConnectionState.OK, Connection.provider.in_(providers))
    ids = list(db.session.scalars(select(Connection.id).where(*usable)))
    return sum(_ask(connection_id) for connection_id in ids)


def _ask(connection_id: int) -> bool:
    with writing(db.session()) as session:
        return lines.ask(session, session.get_one(Connection, connection_id), clock.now())


REGISTER_LINES = Chore("register lines", register_lines, timedelta(seconds=30))
