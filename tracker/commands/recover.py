"""Takes up what was interrupted: messages in the spool, raw messages that were never interpreted."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path

from sqlalchemy.exc import DataError, IntegrityError

from tracker import flow
from tracker.commands.background import Chore
from tracker.database import writing
from tracker.errors import InvalidInput
from tracker.extensions import db
from tracker.inquiries import raw_messages, spool
from tracker.inquiries.spool import Arrived
from tracker.providers.interpretation import Interpreter
from tracker.services import Services

log = logging.getLogger(__name__)


def recover(services: Services) -> int:
    """Stores and interprets everything that waits; returns how much that was."""
    reader = Interpreter(db.session(), services.config.secret_key, services.config.public_url).read
    count = 0
    for path, message in spool.waiting(services.config.spool):
        raw_id = _keep(path, message)
        if raw_id is not None:
            _interpret(services, raw_id, reader)
        count += 1
    for raw_id in raw_messages.interrupted(db.session()):
        _interpret(services, raw_id, reader)
        count += 1
    return count


def _keep(path: Path, message: Arrived) -> int | None:
    """Moves a message from the spool into the database; one that it refuses is put aside."""
    try:
        with writing(db.session()) as session:
            raw_id = raw_messages.keep(session, message).id
    except (DataError, IntegrityError):
        log.exception("a message of the spool cannot be stored; it is put aside as %s.broken", path.stem)
        spool.put_aside(path)
        return None
    path.unlink(missing_ok=True)  # another worker may have been quicker
    return raw_id


def _interpret(services: Services, raw_id: int, reader: flow.Reader) -> None:
    try:
        flow.interpret(services, raw_id, reader)
    except InvalidInput as error:
        log.info("raw message %s is kept, but not understood: %s", raw_id, error)


RECOVER = Chore("recover", recover, timedelta(seconds=1))
