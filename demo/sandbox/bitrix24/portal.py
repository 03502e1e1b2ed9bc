"""Everything the pretend Bitrix24 portal holds, as plain values the demo's viewer may read.

Cards keep their fields the way the interface returns them: scalars as text, empty as None.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

from demo.sandbox.bitrix24.limits import Bucket, OperatingBudget
from demo.sandbox.faults import Faults

MOSCOW = timezone(timedelta(hours=3))
NEVER = datetime.max.replace(tzinfo=UTC)
SCOPES = frozenset({"crm", "telephony", "user", "user_brief"})


@dataclass
class Card:
    """A contact, lead or deal.

    `multi` holds PHONE, EMAIL and kin: `[{"ID": "156", "VALUE": "+7…", "VALUE_TYPE": "WORK"}]`;
    `contacts` is used by deals and leads only, the primary one first.
    """

    fields: dict[str, Any]
    multi: dict[str, list[dict[str, str]]] = field(default_factory=dict)
    contacts: list[int] = field(default_factory=list)
    traces: list[int] = field(default_factory=list)


@dataclass
class User:
    """An employee of the portal."""

    id: int
    name: str
    last_name: str = ""
    email: str = ""
    inner_phone: str = ""
    active: bool = True
    is_admin: bool = False


@dataclass
class Application:
    """An OAuth application, the tokens it holds now, and codes of consent with the moment they die."""

    client_id: str
    client_secret: str
    access_token: str = "access-1"
    refresh_token: str = "refresh-1"
    expires_at: datetime = NEVER
    redirect_uri: str = "https://track.example/oauth/bitrix24/callback"
    user: int = 1
    refreshed: int = 0
    codes: dict[str, datetime] = field(default_factory=dict)


@dataclass
class Portal:
    """One portal: its data, its limits, its moods.

    Args:
        now: the clock of limits and dates; a test sets its own.
        mode: 1 works with leads, 2 is the simple CRM without them.
        webhooks: code -> id of the employee who made it.
    """

    now: Callable[[], datetime] = lambda: datetime.now(UTC)
    sleep: Callable[[float], None] = time.sleep
    domain: str = "demo.bitrix24.ru"
    member_id: str = "a223c6b3710f85df22e9377d6c4f7553"
    application_token: str = "51856fefc120afa4b628cc82d3935cce"
    https_only: bool = False
    mode: int = 1
    scopes: frozenset[str] = SCOPES
    webhooks: dict[str, int] = field(default_factory=lambda: {"secret": 1})
    application: Application = field(default_factory=lambda: Application("app.demo", "app-secret"))
    users: dict[int, User] = field(default_factory=dict)
    cards: dict[str, dict[int, Card]] = field(
        default_factory=lambda: {"CONTACT": {}, "LEAD": {}, "DEAL": {}, "COMPANY": {}}
    )
    user_fields: dict[str, dict[str, dict[str, Any]]] = field(
        default_factory=lambda: {"CONTACT": {}, "LEAD": {}, "DEAL": {}}
    )
    statuses: list[dict[str, Any]] = field(default_factory=list)
    categories: dict[int, str] = field(default_factory=lambda: {0: "Sales"})
    stage_history: list[dict[str, Any]] = field(default_factory=list)
    comments: dict[int, dict[str, Any]] = field(default_factory=dict)
    activities: dict[int, dict[str, Any]] = field(default_factory=dict)
    bindings: dict[int, list[tuple[int, int]]] = field(default_factory=dict)
    traces: dict[int, dict[str, Any]] = field(default_factory=dict)
    lines: dict[str, dict[str, Any]] = field(default_factory=dict)
    calls: dict[str, dict[str, Any]] = field(default_factory=dict)
    handlers: list[dict[str, Any]] = field(default_factory=list)
    sent_events: list[dict[str, Any]] = field(default_factory=list)
    faults: Faults = field(default_factory=Faults)
    bucket: Bucket = field(default_factory=Bucket)
    budget: OperatingBudget = field(default_factory=OperatingBudget)
    requests: list[str] = field(default_factory=list)
    lock: threading.RLock = field(default_factory=threading.RLock)
    _last_id: int = 0

    def next_id(self) -> int:
        """One running number serves every kind of object, so that ids never coincide by chance."""
        self._last_id += 1
        return self._last_id

    def timestamp(self) -> str:
        """The present as the interface writes it: `2026-01-01T15:00:00+03:00`."""
        return self.now().astimezone(MOSCOW).isoformat(timespec="seconds")

    def contact(self, id: int | str) -> Card:
        """The contact with this id, for viewers and tests."""
        return self.cards["CONTACT"][int(id)]

    def deal(self, id: int | str) -> Card:
        """The deal with this id, for viewers and tests."""
        return self.cards["DEAL"][int(id)]

    def lead(self, id: int | str) -> Card:
        """The lead with this id, for viewers and tests."""
        return self.cards["LEAD"][int(id)]
