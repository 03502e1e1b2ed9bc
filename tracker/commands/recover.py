"""Takes up what was interrupted: messages in the spool, raw messages that were never interpreted."""

from __future__ import annotations

import logging
from datetime import timedelta

from tracker import flow
from tracker.commands.background import Chore
from tracker.database import writing
from tracker.errors import InvalidInput
from tracker.extensions import db
from tracker.inquiries import raw_messages, spool
from tracker.providers.interpretation import Interpreter
from tracker.services import Services

log = logging.getLogger(__name__)


def recover(services: Services) -> int:
    """Stores and interprets everything that waits; returns how much that was."""
    reader = Interpreter(db.session(), services.config.secret_key).read
    count = 0
    for path, message in spool.waiting(services.config.spool):
        with writing(db.session()) as session:
            raw_id = raw_messages.keep(session, message).id
        path.unlink()
        count += 1
        _interpret(services, raw_id, reader)
    for raw_id in raw_messages.interrupted(db.session()):
        count += 1
        _interpret(services, raw_id, reader)
    return count


def _interpret(services: Services, raw_id: int, reader: flow.Reader) -> None:
    try:
        flow.interpret(services, raw_id, reader)
    except InvalidInput as error:
        log.info("raw message %s is kept, but not understood: %s", raw_id, error)


RECOVER = Chore("recover", recover, timedelta(seconds=1))
