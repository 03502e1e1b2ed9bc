from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.access import audit
from tracker.access.models import AuditEntry


def test_entry_is_part_of_the_transaction(session: Session) -> None:
    audit.record(session, "owner@example.com", "pool.change", "ads", {"hold": "20m"})
    session.rollback()
    audit.record(session, audit.COMMAND_LINE, "pool.change", "maps")
    session.commit()

    [entry] = session.scalars(select(AuditEntry)).all()
    assert (entry.actor, entry.action, entry.subject, entry.detail) == ("command line", "pool.change", "maps", {})
