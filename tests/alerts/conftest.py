"""A site whose alerts are watched by a clock of the test's own, and somebody to tell them to."""

from __future__ import annotations

import socket
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from sqlalchemy import select
from werkzeug.serving import WSGIRequestHandler, make_server
from world import World

from tracker import clock
from tracker.alerts import channels, sending, watching
from tracker.alerts.models import AlertChannel, AlertMessage, ChannelKind
from tracker.database import writing
from tracker.extensions import db
from tracker.sites.models import Site

sys.path.insert(0, str(Path(__file__).parent))

from alert_receivers import CHAT, SECRET, TOKEN, Mailbox, Receiver, create_app


@dataclass
class Stage:
    """The site `example`; `now` moves when the test moves it."""

    world: World
    receiver: Receiver
    mailbox: Mailbox
    now: datetime = field(default_factory=clock.now)

    @property
    def site_id(self) -> int:
        return db.session.scalars(select(Site.id).where(Site.key == "example")).one()

    def add(self, kind: ChannelKind, **settings: str) -> int:
        """Adds a channel that works, unless a setting says otherwise; returns its id."""
        working = {
            ChannelKind.MAIL: {"to": "boss@example.com, anna@example.com"},
            ChannelKind.TELEGRAM: {"token": TOKEN, "chat": CHAT, "base_url": self.receiver.url},
            ChannelKind.WEBHOOK: {"url": f"{self.receiver.url}/alerts", "secret": SECRET},
        }
        with writing(db.session()) as session:
            wanted, key = working[kind] | settings, self.world.services.config.secret_key
            return channels.add(session, kind, kind.value, wanted, None, "en", key).id

    def pass_time(self, **span: float) -> None:
        self.now += timedelta(**span)

    def look(self) -> int:
        """The worker looks once; returns how many alerts began or ended."""
        key = self.world.services.config.secret_key
        db.session.remove()
        found = watching.look(db.session(), self.site_id, self.now, key)
        with writing(db.session()) as session:
            return watching.settle(session, self.site_id, found, self.now)

    def send(self, **settings: Any) -> int:
        """The worker sends what is due; returns how many attempts there were."""
        db.session.remove()
        smtp = f"smtp://127.0.0.1:{self.mailbox.port}?from=skvoz@example.com"
        usual = {"smtp_url": smtp, "public_url": "https://track.example.com", "allow_private_hosts": ("127.0.0.1",)}
        return sending.send_due(db.session(), replace(self.world.services.config, **usual | settings), self.now)

    def message(self) -> AlertMessage:
        """The only message there is."""
        db.session.remove()
        return db.session.scalars(select(AlertMessage)).one()

    def channel(self, number: int) -> AlertChannel:
        return db.session.get_one(AlertChannel, number)


class Silent(WSGIRequestHandler):
    """Serves without a log line per request."""

    def log_request(self, *args: Any) -> None:
        return None


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    state = Receiver()
    server = make_server("127.0.0.1", 0, create_app(state), threaded=True, request_handler=Silent)
    state.url = f"http://127.0.0.1:{server.server_port}"
    thread = threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield state
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def mailbox() -> Iterator[Mailbox]:
    box = Mailbox()
    with socket.create_server(("127.0.0.1", 0)) as free:  # Controller calls itself at the port it was given
        box.port = free.getsockname()[1]
    server = Controller(box, hostname="127.0.0.1", port=box.port)
    server.start()
    yield box
    server.stop()


@pytest.fixture
def stage(world: World, receiver: Receiver, mailbox: Mailbox) -> Stage:
    return Stage(world, receiver, mailbox)
