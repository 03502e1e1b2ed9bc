"""An amoCRM sandbox on a real socket, and our provider connected to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime, timedelta
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

from demo.sandbox.amocrm import Account, create_sandbox
from demo.sandbox.amocrm.account import Application
from tracker.deliveries.facts import DEFAULT_FIELDS
from tracker.deliveries.target import JournalEntry
from tracker.providers.crm.amocrm import AmoCrm
from tracker.providers.crm.base import CrmAccount
from tracker.providers.http import Http

CALLBACK = "https://track.example.com/oauth/crm/amocrm/callback"


class Silent(WSGIRequestHandler):
    """Serves without a log line per request, and without waiting for the client's acknowledgements."""

    disable_nagle_algorithm = True

    def log_request(self, *args: Any) -> None:
        pass


class Clock:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at

    def advance(self, by: timedelta) -> None:
        self.at += by


class Connected:
    """A sandbox account, and our provider with what it journaled and saved."""

    def __init__(self, address: str, account: Account, clock: Clock) -> None:
        self.address = address
        self.account = account
        self.clock = clock
        self.journal: list[JournalEntry] = []
        self.saved: list[Mapping[str, str]] = []
        self.disk_is_full = False
        self.settings = {"base_url": address, "access_token": "demo-token"}

    def crm(self, fields: Mapping[str, str] = DEFAULT_FIELDS, **settings: str) -> AmoCrm:
        """Our provider, as a worker would make it afresh."""
        http = Http("crm/amocrm", self.journal.append)
        return AmoCrm(CrmAccount({**self.settings, **settings}, http, fields, self._save, self.clock))

    def sent(self, method: str, path: str) -> list[object]:
        """Bodies of the journaled requests to a path below `/api/v4/`."""
        url = f"{self.address}/api/v4/{path}"
        return [entry.request for entry in self.journal if (entry.method, entry.url) == (method, url)]

    def _save(self, changed: Mapping[str, str]) -> None:
        if self.disk_is_full:
            raise OSError("disk full")
        self.saved.append(changed)
        self.settings.update(changed)


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """Puts a WSGI application on a loopback port and returns its address."""
    servers = []

    def start(app: Any) -> str:
        server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
        Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        servers.append(server)
        return f"http://127.0.0.1:{server.server_port}"

    yield start
    for server in servers:
        server.shutdown()
        server.server_close()


@pytest.fixture
def amo(serve: Callable[[Any], str]) -> Connected:
    clock = Clock()
    account = Account(now=clock, sleep=lambda seconds: None)
    account.limit.per_second = 0
    account.application = Application("id", "secret", CALLBACK)
    return Connected(serve(create_sandbox(account)), account, clock)
