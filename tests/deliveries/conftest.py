"""Lets the test modules of this folder import its fakes, and connects our providers to sandboxes."""

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

from crm_fakes import NOON, FakeCrm, Memory
from crm_worlds import Amo, Bitrix, World

from demo.sandbox.amocrm import Account, create_sandbox
from demo.sandbox.bitrix24 import create_app, demo_portal


@pytest.fixture
def crm() -> FakeCrm:
    return FakeCrm()


@pytest.fixture
def memory() -> Memory:
    return Memory()


class Silent(WSGIRequestHandler):
    """Serves without a log line per request, and without waiting for the client's acknowledgements."""

    disable_nagle_algorithm = True

    def log_request(self, *args: Any) -> None:
        pass


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


class Clock:
    """A clock that a test moves; every reading takes a little time, so that rate limits let tests pass."""

    def __init__(self, step: timedelta = timedelta(seconds=0.2)) -> None:
        self.at = NOON
        self.step = step

    def __call__(self) -> datetime:
        self.at += self.step
        return self.at


@pytest.fixture
def amo(serve: Callable[[Any], str]) -> Amo:
    account = Account(now=Clock(), sleep=lambda seconds: None)
    return Amo(serve(create_sandbox(account)), account)


@pytest.fixture
def bitrix(serve: Callable[[Any], str]) -> Bitrix:
    portal = demo_portal(now=Clock(), sleep=lambda seconds: None)
    portal.bucket.per_second = 1000
    return Bitrix(serve(create_app(portal)), portal)


@pytest.fixture(params=["amo", "bitrix"])
def sandbox(request: pytest.FixtureRequest) -> World:
    """Each of the two CRMs."""
    chosen: World = request.getfixturevalue(request.param)
    return chosen
