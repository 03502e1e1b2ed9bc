"""Watches the mailboxes of all connections, each in a thread of its own while this worker owns it."""

from __future__ import annotations

import logging
import threading
from datetime import timedelta

from flask import Flask
from sqlalchemy import select

from tracker import clock, flow
from tracker.commands.background import Chore, owner_name
from tracker.database import writing
from tracker.deliveries import ownership
from tracker.deliveries.backoff import wait
from tracker.errors import AccessLost, InvalidInput, OwnershipLost, ProviderError, Refused
from tracker.extensions import db
from tracker.inquiries import letters, raw_messages
from tracker.inquiries.models import MailboxFolder
from tracker.providers.email.imap import Fetched, FolderState, Mailbox, State
from tracker.providers.interpretation import Interpreter
from tracker.providers.registry import MAILBOXES, settings_of
from tracker.providers.settings import read_settings
from tracker.services import Services
from tracker.sites.connection_state import mark_broken
from tracker.sites.models import Connection, ConnectionState
from tracker.sites.secrets import unseal

log = logging.getLogger(__name__)

WATCH = ownership.TERM / 2  # wakes in time to prolong the ownership


class Watcher:
    """The mailboxes this worker watches."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._name = owner_name()
        self._threads: dict[int, threading.Thread] = {}
        self._stopping = threading.Event()

    @property
    def chore(self) -> Chore:
        """The loop to run."""
        return Chore("mailboxes", self.turn, timedelta(seconds=2))

    def turn(self, services: Services) -> int:
        """Starts a thread for every mailbox that has none."""
        self._threads = {key: thread for key, thread in self._threads.items() if thread.is_alive()}
        for connection_id in _mailboxes():
            if connection_id not in self._threads:
                thread = threading.Thread(target=self._watch, args=(services, connection_id), daemon=True)
                self._threads[connection_id] = thread
                thread.start()
        return 0

    def stop(self) -> None:
        """Lets the threads end after the letter under way; one that waits for mail is left behind."""
        self._stopping.set()

    def _watch(self, services: Services, connection_id: int) -> None:
        failures = 0
        while not self._stopping.is_set():
            with self._app.app_context():
                try:
                    if not self._is_ours(connection_id):
                        return
                    self._read(services, connection_id)
                    failures = 0
                except (AccessLost, Refused, InvalidInput) as error:
                    # Wrong passwords are not tried again: mail services lock accounts.
                    with writing(db.session()) as session:
                        mark_broken(session, connection_id, str(error))
                    return
                except OwnershipLost:
                    return
                except ProviderError as error:
                    failures += 1
                    log.warning("mailbox %s: %s", connection_id, error)
                finally:
                    db.session.remove()
            if failures:
                self._stopping.wait(wait(failures).total_seconds())

    def _is_ours(self, connection_id: int) -> bool:
        with writing(db.session()) as session:
            connection = session.get_one(Connection, connection_id)
            if not connection.enabled or connection.state != ConnectionState.OK:
                return False
            return ownership.claim(session, connection_id, self._name, clock.now()) is not None

    def _read(self, services: Services, connection_id: int) -> None:
        """Reads what is new, and goes on as letters come, until the ownership is in doubt."""
        connection = db.session.get_one(Connection, connection_id)
        settings = read_settings(
            settings_of(connection.provider), unseal(connection.settings, services.config.secret_key)
        )
        state = _state(connection_id)
        db.session.rollback()
        with MAILBOXES[connection.provider](settings) as mailbox:
            while not self._stopping.is_set() and self._is_ours(connection_id):
                state = _take_new(services, connection_id, mailbox, state)
                mailbox.wait(WATCH)


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


def _mailboxes() -> list[int]:
    usable = (Connection.provider.in_(MAILBOXES), Connection.enabled, Connection.state == ConnectionState.OK)
    ids = list(db.session.scalars(select(Connection.id).where(*usable)))
    db.session.rollback()
    return ids
