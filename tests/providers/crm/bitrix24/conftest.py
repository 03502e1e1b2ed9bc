"""A Bitrix24 sandbox on a real socket, and our provider connected to it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any

import pytest
from moved_clock import Clock

from demo.sandbox.bitrix24 import Portal, create_app, demo_portal
from tracker.deliveries.progress import JournalEntry
from tracker.providers.crm.base import CrmAccount
from tracker.providers.crm.bitrix24 import Bitrix24
from tracker.providers.http import Http
from tracker.providers.settings import read_settings

FIELDS = {
    "ga_id": "GA_id",
    "ip": "IP",
    "subscriber": "Subscriber",
    "utm_source": "utm_source",
    "utm_medium": "utm_medium",
    "utm_campaign": "utm_campaign",
    "utm_term": "utm_term",
    "utm_content": "utm_content",
    "referrer": "referrer",
    "landing_page": "First page",
    "channel": "Channel",
    "probability": "Match probability",
}


@dataclass
class Connected:
    """Our provider with what it wrote into the journal and into its settings."""

    crm: Bitrix24
    journal: list[JournalEntry]
    http: Http
    saved: dict[str, str] = field(default_factory=dict)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def portal(clock: Clock) -> Portal:
    return demo_portal(now=clock)


@pytest.fixture
def address(portal: Portal, serve: Callable[[Any], str]) -> str:
    return serve(create_app(portal))


@pytest.fixture
def connect(address: str, clock: Clock) -> Iterator[Callable[..., Connected]]:
    opened: list[Http] = []

    def connect(fields: dict[str, str] | None = None, **settings: Any) -> Connected:
        values = read_settings(Bitrix24.SETTINGS, settings or {"webhook_url": f"{address}/rest/1/secret/"})
        journal: list[JournalEntry] = []
        secrets = [values[field.name] for field in Bitrix24.SETTINGS if field.kind == "secret"]
        http = Http(Bitrix24.NAME, journal.append, secrets=secrets)
        opened.append(http)
        saved: dict[str, str] = {}
        account = CrmAccount(values, http, FIELDS if fields is None else fields, saved.update, clock)
        return Connected(Bitrix24(account), journal, http, saved)

    yield connect
    for http in opened:
        http._session.close()


@pytest.fixture
def crm(connect: Callable[..., Connected]) -> Bitrix24:
    return connect().crm


@pytest.fixture
def application(connect: Callable[..., Connected], address: str) -> Connected:
    return connect(
        base_url=address,
        client_id="app.demo",
        client_secret="app-secret",
        access_token="access-1",
        refresh_token="refresh-1",
        oauth_url=address,
    )
