"""Listens to the switchboards of all connections."""

from __future__ import annotations

import logging
import secrets
import time
from collections.abc import Collection
from typing import ClassVar

from flask import Flask
from sqlalchemy.exc import OperationalError

from tracker import clock, flow, metrics
from tracker.commands.attending import PROLONG, Attendance, Post
from tracker.errors import InvalidInput
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
from tracker.sites.models import Connection, Site
from tracker.sites.secrets import unseal

log = logging.getLogger(__name__)

TURN_SECONDS = 0.5


class Operator(Attendance):
    """The switchboards this worker listens to. What it knows of calls outlives a lost connection."""

    KIND: ClassVar[str] = "switchboards"
    PROVIDERS: ClassVar[Collection[str]] = SWITCHBOARDS

    def __init__(self, app: Flask) -> None:
        super().__init__(app)
        self._calls: dict[int, Calls] = {}

    def attend(self, services: Services, post: Post) -> None:
        """Listens until the connection is lost."""
        connection = db.session.get_one(Connection, post.connection_id)
        site = db.session.get_one(Site, connection.site_id)
        settings = read_settings(settings_of(connection.provider), unseal(post.sealed, services.config.secret_key))
        provider = SWITCHBOARDS[connection.provider](settings, site.country)
        db.session.expunge(connection)  # used while the database is away as well
        db.session.rollback()
        calls = self._calls.setdefault(post.connection_id, provider.calls())
        with provider.connect() as client:
            log.info("listening to switchboard %s", post.connection_id)
            _keep(services, connection, calls.reconcile(client.channels(), clock.now()), "CoreShowChannels")
            while post.goes_on():
                until = time.monotonic() + PROLONG.total_seconds()
                while time.monotonic() < until and not self.stopping.is_set():
                    _turn(services, connection, calls, client)


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
