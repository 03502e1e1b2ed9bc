"""Watches the mailboxes of all connections."""

from __future__ import annotations

import logging
from collections.abc import Collection
from typing import ClassVar

from tracker import flow
from tracker.commands.attending import PROLONG, Attendance, Post
from tracker.database import writing
from tracker.errors import InvalidInput
from tracker.extensions import db
from tracker.inquiries import letters, raw_messages
from tracker.inquiries.models import MailboxFolder
from tracker.providers.email.imap import Fetched, FolderState, Mailbox, State
from tracker.providers.interpretation import Interpreter
from tracker.providers.registry import MAILBOXES, settings_of
from tracker.providers.settings import read_settings
from tracker.services import Services
from tracker.sites.models import Connection
from tracker.sites.secrets import unseal

log = logging.getLogger(__name__)


class Watcher(Attendance):
    """The mailboxes this worker watches."""

    KIND: ClassVar[str] = "mailboxes"
    PROVIDERS: ClassVar[Collection[str]] = MAILBOXES

    def attend(self, services: Services, post: Post) -> None:
        """Reads what is new, and goes on as letters come."""
        connection = db.session.get_one(Connection, post.connection_id)
        settings = read_settings(settings_of(connection.provider), unseal(post.sealed, services.config.secret_key))
        made = MAILBOXES[connection.provider](settings)
        state = _state(post.connection_id)
        db.session.rollback()
        with made as mailbox:
            while post.goes_on():
                state = _take_new(services, post.connection_id, mailbox, state)
                mailbox.wait(PROLONG)


def _take_new(services: Services, connection_id: int, mailbox: Mailbox, state: State) -> State:
    for fetched in mailbox.fetch_new(state):
        raw_id = _keep(connection_id, fetched)
        state = fetched.state
        try:
            flow.interpret(services, raw_id, Interpreter(db.session(), services.config.secret_key).read)
        except InvalidInput as error:
            log.info("letter %s is kept, but not understood: %s", raw_id, error)
    return state


def _keep(connection_id: int, fetched: Fetched) -> int:
    with writing(db.session()) as session:
        connection = session.get_one(Connection, connection_id)
        message = letters.arrived(connection, fetched.raw, fetched.received_at, is_spam=fetched.is_spam)
        raw = raw_messages.keep(session, message)
        for folder, place in fetched.state.items():
            letters.keep_place(session, MailboxFolder(connection_id=connection_id, folder=folder, **vars(place)))
        return raw.id


def _state(connection_id: int) -> State:
    rows = letters.folders(db.session(), connection_id)
    return {row.folder: FolderState(row.uidvalidity, row.last_uid, row.last_at) for row in rows}
