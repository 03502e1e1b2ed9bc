"""Has visits noted in CRMs once they are over."""

from __future__ import annotations

from datetime import timedelta

from sqlalchemy import select

from tracker import clock
from tracker.commands.background import Chore
from tracker.database import writing
from tracker.deliveries import visits_to_note
from tracker.deliveries.policy_file import read_policy
from tracker.errors import InvalidInput
from tracker.extensions import db
from tracker.services import Services
from tracker.sites.models import Connection, ConnectionState


def note_visits(services: Services) -> int:
    """Writes the deliveries of visits that are over since the last time; returns how many."""
    usable = (Connection.enabled, Connection.state == ConnectionState.OK, Connection.provider.like("crm/%"))
    ids = list(db.session.scalars(select(Connection.id).where(*usable)))
    return sum(_note(connection_id) for connection_id in ids)


def _note(connection_id: int) -> int:
    connection = db.session.get_one(Connection, connection_id)
    try:
        policy = read_policy(connection.policy)
    except InvalidInput:
        return 0  # the next delivery marks the connection broken and says why
    with writing(db.session()) as session:
        return visits_to_note.tell(session, session.get_one(Connection, connection_id), policy, clock.now())


NOTE_VISITS = Chore("note visits", note_visits, timedelta(seconds=20))
