"""Alerts that were over long ago go, and what was told of them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from sqlalchemy import delete, exists, or_, select
from sqlalchemy.orm import Session

from tracker.alerts.models import Alert, AlertMessage
from tracker.alerts.watching import WITHOUT_END

BATCH = 500  # rows of one transaction


def prune_alerts(session: Session, before: datetime) -> dict[str, int]:
    """Deletes a batch of the messages and of the alerts that ended before an instant; empty: none left."""
    told = exists().where(AlertMessage.alert_id == Alert.id)
    is_over = or_(~Alert.is_on, Alert.condition.in_(WITHOUT_END))
    counts = {
        "alert messages": _delete(session, AlertMessage, ~AlertMessage.is_open, AlertMessage.at < before),
        "alerts": _delete(session, Alert, is_over, Alert.changed_at < before, ~told),
    }
    return {what: count for what, count in counts.items() if count}


def _delete(session: Session, table: Any, *conditions: Any) -> int:
    ids = session.scalars(select(table.id).where(*conditions).order_by(table.id).limit(BATCH)).all()
    session.execute(delete(table).where(table.id.in_(ids)).execution_options(synchronize_session=False))
    return len(ids)
