"""Listens to the switchboards of all connections, each in a thread of its own while this worker owns it."""

from __future__ import annotations

import logging
import secrets
import threading
import time
from datetime import timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from tracker import clock, flow, metrics
from tracker.commands.background import Chore, owner_name
from tracker.database import writing
from tracker.deliveries import ownership
from tracker.deliveries.backoff import wait
from tracker.errors import AccessLost, InvalidInput, OwnershipLost, ProviderError
from tracker.extensions import db
from tracker.inquiries import spool
from tracker.inquiries.events import CallEvent
from tracker.inquiries.spool import Arrived
from tracker.providers.interpretation import Interpreter
from tracker.providers.registry import SWITCHBOARDS, settings_of
from tracker.providers.settings import read_settings
from tracker.providers.telephony.asterisk import raw_body
from tracker.providers.telephony.asterisk.calls import Calls
from tracker.providers.telephony.asterisk.client import AmiClient
from tracker.services import Services
from tracker.sites.connection_state import mark_broken
from tracker.sites.models import Connection, ConnectionState, Site
from tracker.sites.secrets import unseal

log = logging.getLogger(__name__)

PROLONG = ownership.TERM / 3  # often enough that a missed turn does not cost the ownership
TURN_SECONDS = 0.5


class Operator:
    """The switchboards this worker listens to. What it knows of calls outlives a lost connection."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._name = owner_name()
        self._threads: dict[int, threading.Thread] = {}
        self._calls: dict[int, Calls] = {}
        self._stopping = threading.Event()

    @property
    def chore(self) -> Chore:
        """The loop to run."""
        return Chore("switchboards", self.turn, timedelta(seconds=2))

    def turn(self, services: Services) -> int:
        """Starts a thread for every switchboard that has none."""
        self._threads = {key: thread for key, thread in self._threads.items() if thread.is_alive()}
        for connection_id in _switchboards():
            if connection_id not in self._threads:
                thread = threading.Thread(target=self._attend, args=(services, connection_id), daemon=True)
                self._threads[connection_id] = thread
                thread.start()
        return 0

    def stop(self) -> None:
        """Hangs up and waits for the event under way."""
        self._stopping.set()
        for thread in self._threads.values():
            thread.join(timeout=TURN_SECONDS * 10)

    def _attend(self, services: Services, connection_id: int) -> None:
        """Listens, and after a loss listens again; a refused password is not tried again, since intruders do that."""
        failures = 0
        while not self._stopping.is_set():
            with self._app.app_context():
                try:
                    if not self._is_ours(connection_id):
                        return
                    self._listen(services, connection_id)
                    failures = 0
                except (AccessLost, InvalidInput) as error:
                    with writing(db.session()) as session:
                        mark_broken(session, connection_id, str(error))
                    return
                except OwnershipLost:
                    return
                except (ProviderError, OperationalError) as error:
                    failures += 1
                    log.warning("switchboard %s: %s", connection_id, type(error).__name__)
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

    def _listen(self, services: Services, connection_id: int) -> None:
        connection = db.session.get_one(Connection, connection_id)
        site = db.session.get_one(Site, connection.site_id)
        sealed = connection.settings
        settings = read_settings(settings_of(connection.provider), unseal(sealed, services.config.secret_key))
        provider = SWITCHBOARDS[connection.provider](settings, site.country)
        db.session.expunge(connection)  # used while the database is away as well
        db.session.rollback()
        calls = self._calls.setdefault(connection_id, provider.calls())
        with provider.connect() as client:
            log.info("listening to switchboard %s", connection_id)
            _keep(services, connection, calls.reconcile(client.channels(), clock.now()), "CoreShowChannels")
            while self._goes_on(connection_id, sealed):
                until = time.monotonic() + PROLONG.total_seconds()
                while time.monotonic() < until and not self._stopping.is_set():
                    _turn(services, connection, calls, client)

    def _goes_on(self, connection_id: int, sealed: str) -> bool:
        """False when somebody else owns it, it is switched off, or its settings have changed."""
        if self._stopping.is_set():
            return False
        try:
            if not self._is_ours(connection_id):
                return False
            same = db.session.scalar(select(Connection.settings).where(Connection.id == connection_id)) == sealed
            db.session.rollback()
            return same
        except OperationalError:
            db.session.rollback()
            return True  # the database is away: calls go on, and wait in the spool


def _turn(services: Services, connection: Connection, calls: Calls, client: AmiClient) -> None:
    heard = client.next(TURN_SECONDS)
    if heard is not None:
        _keep(services, connection, calls.take(heard.message, heard.at), heard.message.text)
    _keep(services, connection, calls.tell_waiting(clock.now()), "the dialled number is still missing")


def _keep(services: Services, connection: Connection, events: list[CallEvent], because: str) -> None:
    """Takes events as if they had been pushed: raw first, into the spool while the database is away."""
    for event in events:
        message = _arrived(connection, event, because)
        try:
            flow.receive(services, message, Interpreter(db.session(), services.config.secret_key).read)
        except InvalidInput as error:
            log.warning("a call event is kept, but not understood: %s", error)
        except OperationalError:
            db.session.rollback()
            spool.put(services.config.spool, message)
            metrics.spooled.inc()


def _arrived(connection: Connection, event: CallEvent, because: str) -> Arrived:
    return Arrived(
        key=secrets.token_hex(16),
        site_id=connection.site_id,
        connection_id=connection.id,
        entrance=connection.provider,
        received_at=clock.now(),
        request={},
        body=raw_body(event, because),
    )


def _switchboards() -> list[int]:
    usable = (Connection.provider.in_(SWITCHBOARDS), Connection.enabled, Connection.state == ConnectionState.OK)
    ids = list(db.session.scalars(select(Connection.id).where(*usable)))
    db.session.rollback()
    return ids
