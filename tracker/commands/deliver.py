"""Sends what is due, connection by connection: each in a thread of its own, so that a dead account slows nobody."""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import timedelta

from flask import Flask
from sqlalchemy import select
from sqlalchemy.exc import OperationalError

from tracker import clock, flow
from tracker.commands import errands, pacing
from tracker.commands.background import Chore, has_died, owner_name
from tracker.database import writing
from tracker.deliveries import ownership, sending
from tracker.deliveries.errands import waiting
from tracker.deliveries.models import Delivery, DeliveryStatus
from tracker.deliveries.ownership import Ownership
from tracker.deliveries.sending import TakesVisits, Target
from tracker.errors import ConfigurationError, InvalidInput, OwnershipLost
from tracker.extensions import db
from tracker.providers.opening import open_target, pace_of
from tracker.providers.pace import Pace
from tracker.providers.registry import ANALYTICS, CRM
from tracker.services import Services
from tracker.sites.connection_state import mark_broken
from tracker.sites.models import Connection, ConnectionState
from tracker.sites.secrets import reseal, unseal

log = logging.getLogger(__name__)

MOST_CONNECTIONS = 16  # at a time; each mostly waits for the other side


class Deliverer:
    """The delivering side of one worker process."""

    def __init__(self, app: Flask) -> None:
        self._app = app
        self._name = owner_name()
        self._threads = ThreadPoolExecutor(MOST_CONNECTIONS, thread_name_prefix="deliver")
        self._busy: dict[int, Future[None]] = {}
        self._stopping = threading.Event()

    @property
    def chore(self) -> Chore:
        """The loop to run."""
        return Chore("deliver", self.turn, timedelta(milliseconds=250))

    def turn(self, services: Services) -> int:
        """Starts every connection that has something due and is not busy; returns 0: the pause is always wanted."""
        self._busy = {key: future for key, future in self._busy.items() if not future.done()}
        for connection_id in _due_connections():
            if connection_id not in self._busy:
                self._busy[connection_id] = self._threads.submit(self._serve, services, connection_id)
        return 0

    def stop(self) -> None:
        """Lets every delivery under way finish its present attempt."""
        self._stopping.set()
        self._threads.shutdown(wait=True, cancel_futures=True)

    def _serve(self, services: Services, connection_id: int) -> None:
        with self._app.app_context():
            try:
                if not _takes_deliveries(connection_id):
                    errands.serve_unowned(services, connection_id)
                    return
                with writing(db.session()) as session:
                    ownership.take_from_dead(session, connection_id, has_died, clock.now())
                    owned = ownership.claim(session, connection_id, self._name, clock.now())
                if owned is not None:
                    self._serve_owned(services, owned)
            except OwnershipLost:
                return
            except OperationalError as error:
                log.warning("connection %s waits, the database is away: %s", connection_id, type(error.orig).__name__)
            except Exception:
                log.exception("connection %s could not be served", connection_id)
            finally:
                db.session.remove()

    def _serve_owned(self, services: Services, owned: Ownership) -> None:
        pace = pacing.take_over(services, owned.connection_id, _pace(owned.connection_id))
        target: Target | None = None
        while not self._stopping.is_set():
            if errands.serve(services, owned, lambda: _opened(services, owned.connection_id, pace)):
                target = None  # one of them may have changed the settings
            due = sending.due_together(db.session(), owned.connection_id)
            if not due or not _works(owned.connection_id):
                break
            target = target or _open(services, owned.connection_id, pace)
            if target is None:
                break
            if len(due) > 1 and isinstance(target, TakesVisits):
                flow.deliver_visits(services, due, owned, target)
            else:
                flow.deliver(services, due[0], owned, target)
            pacing.hand_over(services, owned.connection_id, pace)  # now: we may be killed
        pacing.hand_over(services, owned.connection_id, pace)
        with writing(db.session()) as session:
            ownership.release(session, owned, clock.now())


def _due_connections() -> list[int]:
    asked = [errand.connection_id for errand in waiting(db.session())]
    due = (
        select(Delivery.connection_id)
        .join(Connection, Delivery.connection_id == Connection.id)
        .where(
            Delivery.status.in_([DeliveryStatus.PENDING, DeliveryStatus.FAILED]),
            Delivery.next_at <= clock.now(),
            Connection.enabled,
            Connection.state == ConnectionState.OK,
        )
        .distinct()
    )
    ids = list(db.session.scalars(due))
    db.session.rollback()
    return list(dict.fromkeys(asked + ids))


def _takes_deliveries(connection_id: int) -> bool:
    """False for those that only tell us something: their worker owns them, and errands must not take them away."""
    provider = db.session.scalars(select(Connection.provider).where(Connection.id == connection_id)).one()
    db.session.rollback()
    return provider in CRM or provider in ANALYTICS


def _works(connection_id: int) -> bool:
    state = db.session.execute(select(Connection.enabled, Connection.state).where(Connection.id == connection_id)).one()
    db.session.rollback()
    return bool(state[0]) and state[1] == ConnectionState.OK


def _pace(connection_id: int) -> Pace:
    provider = db.session.scalars(select(Connection.provider).where(Connection.id == connection_id)).one()
    db.session.rollback()
    return pace_of(provider)


def _open(services: Services, connection_id: int, pace: Pace) -> Target | None:
    """Opens the other system; a connection whose settings cannot be used is marked broken and says why."""
    try:
        return _opened(services, connection_id, pace)
    except (InvalidInput, ConfigurationError) as error:
        with writing(db.session()) as session:
            mark_broken(session, connection_id, str(error))
        return None


def _opened(services: Services, connection_id: int, pace: Pace) -> Target:
    connection = db.session.get_one(Connection, connection_id)

    def save(renewed: Mapping[str, str]) -> None:
        with writing(db.session()) as session:
            row = session.get_one(Connection, connection_id, with_for_update=True)
            row.settings = reseal(row.settings, renewed, services.config.secret_key)

    settings = unseal(connection.settings, services.config.secret_key)
    return open_target(connection.provider, settings, connection.policy, save, pace)
