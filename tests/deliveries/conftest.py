"""Lets the test modules of this folder import `crm_fakes`, and connects our providers to sandboxes."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from threading import Thread
from typing import Any

import pytest
from werkzeug.serving import WSGIRequestHandler, make_server

sys.path.insert(0, str(Path(__file__).parent))

from crm_fakes import NOON, CardMap, FakeCrm, Memory

from demo.sandbox.amocrm import Account, create_sandbox
from tracker.deliveries.policy import Policy
from tracker.deliveries.policy_file import read_policy
from tracker.deliveries.target import JournalEntry
from tracker.providers.crm.amocrm import AmoCrm
from tracker.providers.crm.base import CrmAccount
from tracker.providers.http import Http


@pytest.fixture
def crm() -> FakeCrm:
    return FakeCrm()


@pytest.fixture
def memory() -> Memory:
    return Memory()


class Silent(WSGIRequestHandler):
    """Serves without a log line per request."""

    def log_request(self, *args: Any) -> None:
        pass


@pytest.fixture(scope="session")
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


class Clock:
    """A clock that a test moves; every reading takes a little time, so that rate limits let tests pass."""

    def __init__(self, step: timedelta = timedelta(seconds=0.2)) -> None:
        self.at = NOON
        self.step = step

    def __call__(self) -> datetime:
        self.at += self.step
        return self.at


class Amo:
    """A sandbox account with our provider connected to it."""

    def __init__(self, address: str, account: Account) -> None:
        self.account = account
        self.address = address
        self.journal: list[JournalEntry] = []
        self.map = CardMap()

    def crm(self, policy: Policy | None = None) -> AmoCrm:
        settings = {"base_url": self.address, "access_token": "demo-token"}
        names = (policy or read_policy({})).field_names()
        return AmoCrm(CrmAccount(settings, Http("crm/amocrm", self.journal.append), names))


@pytest.fixture
def amo(serve: Callable[[Any], str]) -> Amo:
    account = Account(now=Clock(), sleep=lambda seconds: None)
    return Amo(serve(create_sandbox(account)), account)
