"""Runs the SMTP and LMTP listeners of all connections."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from tracker import clock, flow, metrics
from tracker.commands.background import Chore
from tracker.database import writing
from tracker.errors import ConfigurationError, InvalidInput
from tracker.extensions import db
from tracker.inquiries import letters, spool
from tracker.providers.email.smtp import MailListener
from tracker.providers.email.tag_places import TagRules
from tracker.providers.interpretation import Interpreter
from tracker.providers.registry import LISTENERS, settings_of
from tracker.providers.settings import read_settings
from tracker.services import Services
from tracker.sites.connection_state import mark_broken
from tracker.sites.models import Connection, ConnectionState
from tracker.sites.secrets import unseal

log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Wanted:
    """What a listener is made from: encrypted settings, and where tags of ours may stand."""

    settings: str
    rules: TagRules


class Listeners:
    """The listeners of this worker; a connection whose settings change gets a new one."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._running: dict[int, tuple[Wanted, MailListener]] = {}

    @property
    def chore(self) -> Chore:
        """The loop to run."""
        return Chore("listeners", self.turn, timedelta(seconds=2))

    def turn(self, services: Services) -> int:
        """Starts listeners that are wanted and stops those that are not."""
        wanted = _wanted(services)
        for connection_id, (made_from, listener) in list(self._running.items()):
            if wanted.get(connection_id) != made_from:
                listener.stop()
                del self._running[connection_id]
        for connection_id in wanted.keys() - self._running.keys():
            self._start(services, connection_id, wanted[connection_id])
        return 0

    def stop(self) -> None:
        """Stops listening; letters under way are answered first."""
        for _, listener in self._running.values():
            listener.stop()

    def _start(self, services: Services, connection_id: int, wanted: Wanted) -> None:
        connection = db.session.get_one(Connection, connection_id)
        db.session.expunge(connection)  # used in the listener's threads, also while the database is away
        settings = read_settings(settings_of(connection.provider), unseal(wanted.settings, services.config.secret_key))

        def receive(raw: bytes, envelope_to: list[str]) -> None:
            with self._app.app_context():
                try:
                    _receive(services, connection, raw, envelope_to)
                finally:
                    db.session.remove()

        listener = LISTENERS[connection.provider](settings, receive, wanted.rules.takes)
        try:
            listener.start()
        except ConfigurationError as error:
            with writing(db.session()) as session:
                mark_broken(session, connection_id, str(error))
        else:
            self._running[connection_id] = (wanted, listener)


def _receive(services: Services, connection: Connection, raw: bytes, envelope_to: list[str]) -> None:
    """Takes one letter for all its recipients: each may carry another visitor's tag."""
    reader = Interpreter(db.session(), services.config.secret_key).read
    for recipient in envelope_to:
        message = letters.arrived(connection, raw, clock.now(), [recipient])
        try:
            flow.receive(services, message, reader)
        except InvalidInput as error:
            log.info("a letter is kept, but not understood: %s", error)
        except OperationalError:
            db.session.rollback()
            spool.put(services.config.spool, message)
            metrics.spooled.inc()


def _wanted(services: Services) -> dict[int, Wanted]:
    """Returns what each enabled listener is made from; a change of anything makes another listener."""
    usable = (Connection.provider.in_(LISTENERS), Connection.enabled, Connection.state == ConnectionState.OK)
    connections = db.session.scalars(select(Connection).where(*usable)).all()
    rules = Interpreter(db.session(), services.config.secret_key).tag_rules() if connections else TagRules()
    found = {connection.id: Wanted(connection.settings, rules) for connection in connections}
    db.session.rollback()
    return found
