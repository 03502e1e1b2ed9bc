"""Asks the sources that do not report calls by themselves, each in a thread of its own when its turn has come."""

from __future__ import annotations

import hashlib
import logging
import threading
from collections.abc import Callable, Sequence
from datetime import timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from tracker import clock, flow
from tracker.commands.background import Chore
from tracker.database import writing
from tracker.deliveries.backoff import wait
from tracker.errors import InvalidInput, ProviderError, Refused
from tracker.extensions import db
from tracker.inquiries import places
from tracker.inquiries.models import SourcePlace
from tracker.inquiries.spool import Arrived
from tracker.providers.interpretation import Interpreter
from tracker.providers.registry import CATCHING_UP, POLLED
from tracker.providers.telephony.polled import Batch, Told
from tracker.services import Services
from tracker.sites.connection_state import mark_broken
from tracker.sites.models import Connection, ConnectionState, Site
from tracker.sites.secrets import unseal

log = logging.getLogger(__name__)


class Poller:
    """The looks under way in this worker."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._threads: dict[int, threading.Thread] = {}
        self._stopping = threading.Event()

    @property
    def chore(self) -> Chore:
        """The loop to run."""
        return Chore("polling", self.turn, timedelta(seconds=2))

    def turn(self, services: Services) -> int:
        """Starts a look at every source that is due."""
        self._threads = {key: thread for key, thread in self._threads.items() if thread.is_alive()}
        for connection_id in _sources(services):
            if connection_id not in self._threads:
                thread = threading.Thread(target=self._look, args=(services, connection_id), daemon=True)
                self._threads[connection_id] = thread
                thread.start()
        return 0

    def stop(self) -> None:
        """Waits for the batches under way."""
        self._stopping.set()
        for thread in self._threads.values():
            thread.join(timeout=5)

    def _look(self, services: Services, connection_id: int) -> None:
        with self._app.app_context():
            try:
                look(services, connection_id, self._stopping.is_set)
            except OperationalError:
                log.warning("source %s waits, the database is away", connection_id)
            except Exception:
                log.exception("source %s: our own mistake; it is looked at again later", connection_id)
            finally:
                db.session.remove()


def look(services: Services, connection_id: int, is_stopping: Callable[[], bool] = lambda: False) -> None:
    """Takes what a source tells anew, if its turn has come; says in its state what went wrong."""
    with writing(db.session()) as session:
        place = places.claim(session, connection_id)
    if place is None:
        return
    try:
        every = _read(services, connection_id, place, is_stopping)
    except (Refused, InvalidInput) as error:
        _broken(connection_id, str(error))
    except ProviderError as error:
        log.warning("source %s: %s", connection_id, error)
        with writing(db.session()) as session:
            places.fail(session, connection_id, str(error), wait(place.failures + 1))
    else:
        with writing(db.session()) as session:
            places.rest(session, connection_id, every)


def _broken(connection_id: int, sentence: str) -> None:
    """Repeating would change nothing. A listener goes on listening though its tables cannot be read."""
    with writing(db.session()) as session:
        listens = session.get_one(Connection, connection_id).provider in CATCHING_UP
        places.fail(session, connection_id, sentence, places.TERM if listens else timedelta(0))
        if not listens:
            mark_broken(session, connection_id, sentence)


def _read(services: Services, connection_id: int, place: SourcePlace, is_stopping: Callable[[], bool]) -> timedelta:
    session = db.session()
    connection = session.get_one(Connection, connection_id)
    site = session.get_one(Site, connection.site_id)
    provider = Interpreter(session, services.config.secret_key).source(connection, site)
    where, since = dict(place.place), place.since
    session.expunge(connection)
    session.rollback()
    for batch in provider.look(where, since, clock.now()):
        _take(services, connection, provider.NAME, batch)
        if is_stopping():
            return timedelta(0)
    return provider.EVERY


def _take(services: Services, connection: Connection, entrance: str, batch: Batch) -> None:
    """Takes the calls that are told anew; the place moves only after all of them are stored."""
    wanted = _missed(connection, batch.told) if connection.provider in CATCHING_UP else batch.told
    messages = {message.key: message for message in (_arrived(connection, entrance, told) for told in wanted)}
    known = places.known(db.session(), list(messages))
    reader = Interpreter(db.session(), services.config.secret_key).read
    for message in (message for key, message in messages.items() if key not in known):
        try:
            flow.receive(services, message, reader)
        except InvalidInput as error:
            log.info("what a source told is kept, but not understood: %s", error)
    with writing(db.session()) as session:
        places.move(session, connection.id, batch.place)


def _missed(connection: Connection, told: Sequence[Told]) -> list[Told]:
    """What the listener has not heard to its end, of calls that are over."""
    heard = places.over(db.session(), connection.key, [one.call_id for one in told])
    return [one for one in told if one.is_over and one.call_id not in heard]


def _arrived(connection: Connection, entrance: str, told: Told) -> Arrived:
    """The same words about a call are the same message, however often they are told."""
    key = hashlib.sha256(f"{connection.key}\n".encode() + told.body).hexdigest()[:32]
    return Arrived(key, connection.site_id, connection.id, entrance, clock.now(), {}, told.body)


def _sources(services: Services) -> list[int]:
    """The sources that are due; tables behind a listener also while it is shut out."""
    asked = Connection.provider.in_(POLLED) & (Connection.state == ConnectionState.OK)
    due = SourcePlace.next_at.is_(None) | (SourcePlace.next_at <= clock.now())
    found = (
        select(Connection)
        .outerjoin(SourcePlace, SourcePlace.connection_id == Connection.id)
        .where(Connection.enabled, asked | Connection.provider.in_(CATCHING_UP), due)
    )
    usable = [one for one in db.session.scalars(found) if one.provider in POLLED or _has_tables(services, one)]
    ids = [one.id for one in usable]
    db.session.rollback()
    return ids


def _has_tables(services: Services, connection: Connection) -> bool:
    return bool(unseal(connection.settings, services.config.secret_key).get("database_url"))
