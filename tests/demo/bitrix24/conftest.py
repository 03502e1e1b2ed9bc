"""A pretend portal of its own for each test, with a clock that the test moves, and the ways to ask it."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import pytest
from moved_clock import Clock

from demo.sandbox.bitrix24 import Portal, create_app, demo_portal

sys.path.insert(0, str(Path(__file__).parent))


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def portal(clock: Clock) -> Portal:
    return demo_portal(now=clock)


@pytest.fixture
def client(portal: Portal):
    app = create_app(portal)
    app.testing = True  # a dropped connection then reaches the test as an exception
    return app.test_client()


@pytest.fixture
def ask(client):
    """Calls a method through the webhook and returns status and body."""

    def ask(method, params=None, code="secret", user=1):
        body = json.dumps(params or {})  # the test client's own JSON would sort the commands of a batch
        answer = client.post(f"/rest/{user}/{code}/{method}.json", data=body, content_type="application/json")
        return answer.status_code, answer.json

    return ask


@pytest.fixture
def result(ask):
    def result(method, params=None):
        status, body = ask(method, params)
        assert status == 200, body
        return body["result"]

    return result


@pytest.fixture
def as_application(client):
    def call(method, params=None, token="access-1"):
        answer = client.post(f"/rest/{method}", json={**(params or {}), "auth": token})
        return answer.status_code, answer.json

    return call
