"""Attends connections that stay open: each in a thread of its own, as long as this worker owns the connection."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Collection
from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError
from sqlalchemy.orm import Session

from tracker import clock
from tracker.commands.background import Chore, has_died, owner_name
from tracker.database import writing
from tracker.deliveries import ownership
from tracker.deliveries.backoff import wait
from tracker.deliveries.ownership import Ownership
from tracker.errors import InvalidInput, ProviderError, Refused
from tracker.extensions import db
from tracker.services import Services
from tracker.sites.connection_state import mark_broken
from tracker.sites.models import Connection, ConnectionState

log = logging.getLogger(__name__)

PROLONG = ownership.TERM / 3  # often enough that a missed turn does not cost the ownership


@dataclass(frozen=True)
class Post:
    """One connection that this worker owns.

    Args:
        sealed: its encrypted settings when the worker took the post.
    """

    connection_id: int
    sealed: str
    owned: Ownership
    stopping: threading.Event

    def goes_on(self) -> bool:
        """Prolongs the ownership; to be asked every `PROLONG`.

        False when the worker stops, another worker has the connection, it is switched off, or its settings have
        changed. True while the database is away: what arrives then waits in the spool, or fails there.
        """
        if self.stopping.is_set():
            return False
        try:
            with writing(db.session()) as session:
                return _claimed(session, self.connection_id, self.owned.owner) == (self.owned, self.sealed)
        except OperationalError:
            db.session.rollback()
            return True


class Attendance:
    """The connections of some providers that this worker attends. Subclasses say which, and `attend` one.

    Attributes:
        KIND: name of the chore.
        PROVIDERS: names of the providers.
        PATIENCE: how long a stop waits for the threads; those that listen longer are left behind.
    """

    KIND: ClassVar[str]
    PROVIDERS: ClassVar[Collection[str]]
    PATIENCE: ClassVar[timedelta] = timedelta(seconds=5)

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._name = owner_name()
        self._threads: dict[int, threading.Thread] = {}
        self.stopping = threading.Event()

    def attend(self, services: Services, post: Post) -> None:
        """Listens until `post.goes_on()` is false.

        Raises:
            Refused: the other side will never let us in like this; the connection is marked as broken.
            InvalidInput: so are its settings wrong.
            ProviderError: the other side is away; it is tried again, ever more slowly.
        """
        raise NotImplementedError

    @property
    def chore(self) -> Chore:
        """The loop to run."""
        return Chore(self.KIND, self.turn, timedelta(seconds=2))

    def turn(self, services: Services) -> int:
        """Starts a thread for every connection that has none."""
        self._threads = {key: thread for key, thread in self._threads.items() if thread.is_alive()}
        for connection_id in self._usable():
            if connection_id not in self._threads:
                thread = threading.Thread(target=self._serve, args=(services, connection_id), daemon=True)
                self._threads[connection_id] = thread
                thread.start()
        return 0

    def stop(self) -> None:
        """Lets what is under way come to its end."""
        self.stopping.set()
        until = time.monotonic() + self.PATIENCE.total_seconds()
        for thread in self._threads.values():
            thread.join(timeout=max(0, until - time.monotonic()))

    def _serve(self, services: Services, connection_id: int) -> None:
        failures = 0
        while not self.stopping.is_set():
            with self._app.app_context():
                try:
                    post = self._take_post(connection_id)
                    if post is None:
                        return
                    self._attend_once(services, post)
                    failures = 0
                except (ProviderError, OperationalError) as error:
                    failures += 1
                    log.warning("%s, connection %s: %s", self.KIND, connection_id, str(error).partition("\n")[0])
                finally:
                    db.session.remove()
            if failures:
                self.stopping.wait(wait(failures).total_seconds())

    def _attend_once(self, services: Services, post: Post) -> None:
        """Attends a connection and lets it go; one that is refused is not tried again, since that locks accounts."""
        try:
            self.attend(services, post)
        except (Refused, InvalidInput) as error:
            db.session.rollback()
            with writing(db.session()) as session:
                mark_broken(session, post.connection_id, str(error))
        db.session.rollback()
        with writing(db.session()) as session:
            ownership.release(session, post.owned, clock.now())

    def _take_post(self, connection_id: int) -> Post | None:
        with writing(db.session()) as session:
            ownership.take_from_dead(session, connection_id, has_died, clock.now())
            claimed = _claimed(session, connection_id, self._name)
        return Post(connection_id, claimed[1], claimed[0], self.stopping) if claimed else None

    def _usable(self) -> list[int]:
        usable = (
            Connection.provider.in_(self.PROVIDERS),
            Connection.enabled,
            Connection.state == ConnectionState.OK,
        )
        ids = list(db.session.scalars(select(Connection.id).where(*usable)))
        db.session.rollback()
        return ids


def _claimed(session: Session, connection_id: int, name: str) -> tuple[Ownership, str] | None:
    """Takes or keeps a connection that may be attended; returns the ownership and the encrypted settings."""
    connection = session.get(Connection, connection_id, populate_existing=True)
    if connection is None or not connection.enabled or connection.state != ConnectionState.OK:
        return None
    owned = ownership.claim(session, connection_id, name, clock.now())
    return (owned, connection.settings) if owned else None
