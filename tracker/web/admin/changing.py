"""One write transaction with its entry in the log of changes."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from flask_login import current_user
from sqlalchemy.orm import Session

from tracker.access import audit
from tracker.database import writing
from tracker.extensions import db


@contextmanager
def changing(action: str, subject: str, **detail: object) -> Iterator[Session]:
    """Opens a write transaction, logs who did what in it, and commits; any error undoes both.

    Args:
        action: object and verb, such as `pool.change`.
        subject: key of what is changed.
        detail: JSON values without secrets.
    """
    actor = current_user.email if current_user.is_authenticated else subject
    with writing(db.session()) as session:
        yield session
        audit.record(session, actor, action, subject, detail)
