"""Google Analytics 4 against a strict stand-in of the Measurement Protocol; rules of sessions as Google states them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import pytest

from tracker import clock
from tracker.deliveries.card import AttributionFacts, CallFacts, InquiryCard, SourceFacts
from tracker.deliveries.progress import JournalEntry
from tracker.errors import Refused, Unavailable
from tracker.inquiries.events import CallStatus, InquiryKind
from tracker.providers.analytics.google import GoogleAnalytics, body_of
from tracker.providers.http import Http

NOW = datetime(2026, 1, 1, 12, tzinfo=UTC)
START = NOW - timedelta(hours=1)
HOUR = timedelta(hours=1)
CARD = InquiryCard(
    inquiry="f" * 32,
    kind=InquiryKind.CALL,
    site="example",
    site_name="Example",
    at=NOW,
    timezone="Europe/Moscow",
    language="ru",
    attribution=AttributionFacts("probable", "…", 0.97, "9f2c" * 8),
    source=SourceFacts(
        ga_client_id="123456789.1700000000",
        ga_sessions={"G-ABC123": str(int(START.timestamp())), "G-OTHER": "1"},
        last_activity_at=NOW - timedelta(minutes=5),
    ),
    phones=("+79161234567",),
    call=CallFacts("+74957770001", CallStatus.ANSWERED, NOW, talk_seconds=95),
)


@pytest.fixture(autouse=True)
def noon(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(clock, "now", lambda: NOW)


class Google(BaseHTTPRequestHandler):
    """Refuses what the protocol forbids, though the real one answers 2xx to everything and drops it."""

    requests: list[dict[str, Any]]
    status = 204

    def do_POST(self) -> None:
        target = urlsplit(self.path)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        type(self).requests.append({"path": target.path, "query": dict(parse_qsl(target.query)), "body": body})
        self.send_response(self.status if not mistakes(body) else 400)
        self.end_headers()

    def log_message(self, *_: Any) -> None:
        pass


def mistakes(body: dict[str, Any]) -> list[str]:
    """What the documentation of the protocol forbids."""
    [event] = body["events"]
    params = event["params"]
    found = [name for name in params if not re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,39}", name)]
    found += [name for name, value in params.items() if isinstance(value, str) and len(value) > 100]
    found += [name for name, value in params.items() if value is None]
    found += ["client_id"] if not re.fullmatch(r"\d+\.\d+", body["client_id"]) else []
    found += ["engagement_time_msec"] if params.get("engagement_time_msec", 0) < 1 else []
    found += ["value without currency"] if "value" in params and "currency" not in params else []
    found += ["too old"] if body["timestamp_micros"] < (NOW - timedelta(hours=72)).timestamp() * 1e6 else []
    found += ["in the future"] if body["timestamp_micros"] > NOW.timestamp() * 1e6 else []
    return found


@pytest.fixture
def google() -> Iterator[tuple[str, type[Google]]]:
    kind = type("Fresh", (Google,), {"requests": []})
    server = ThreadingHTTPServer(("127.0.0.1", 0), kind)
    thread = Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}", kind
    server.shutdown()
    thread.join()
    server.server_close()


class Steps:
    """A memory of steps."""

    def __init__(self) -> None:
        self.steps: dict[str, str | None] = {}

    def done_id(self, step: str) -> str | None:
        return self.steps.get(step)

    def is_unclear(self, step: str) -> bool:
        return step in self.steps and self.steps[step] is None

    def begin(self, step: str) -> None:
        self.steps[step] = None

    def done(self, step: str, remote_id: str) -> None:
        self.steps[step] = remote_id

    def forget(self, step: str) -> None:
        self.steps.pop(step, None)


def deliver(address: str, card: InquiryCard = CARD, steps: Any = None) -> tuple[dict[str, str], list[JournalEntry]]:
    journal: list[JournalEntry] = []
    settings = {"measurement_id": "G-ABC123", "api_secret": "s3cret", "base_url": address}
    http = Http("analytics/google", journal.append, secrets=["s3cret"])
    made = GoogleAnalytics(settings, http).deliver(card, steps or Steps())
    return made, journal


def test_call_is_one_lead_sent_whole(google: tuple[str, type[Google]]) -> None:
    address, server = google

    made, journal = deliver(address)

    assert server.requests == [
        {
            "path": "/mp/collect",
            "query": {"measurement_id": "G-ABC123", "api_secret": "s3cret"},
            "body": {
                "client_id": "123456789.1700000000",
                "timestamp_micros": int((NOW - timedelta(minutes=5)).timestamp() * 1_000_000),
                "events": [
                    {
                        "name": "generate_lead",
                        "params": {
                            "engagement_time_msec": 1,
                            "lead_source": "call",
                            "transaction_id": "f" * 32,
                            "probability": 0.97,
                            "call_duration": 95,
                            "session_id": str(int(START.timestamp())),
                        },
                    }
                ],
            },
        }
    ]
    assert made == {"event": "f" * 32}
    assert "s3cret" not in repr(journal)


def test_later_revision_sends_nothing_more(google: tuple[str, type[Google]]) -> None:
    address, server = google
    steps = Steps()

    for _ in range(3):
        deliver(address, steps=steps)

    assert len(server.requests) == 1


SILENT = {
    "no Google id": replace(CARD, source=replace(CARD.source, ga_client_id=None)),
    "still ringing": replace(CARD, call=CallFacts("+74957770001", CallStatus.RINGING, NOW)),
}


@pytest.mark.parametrize("name", SILENT)
def test_nothing_is_sent(google: tuple[str, type[Google]], name: str) -> None:
    address, server = google

    made, _ = deliver(address, SILENT[name])

    assert (made, server.requests) == ({}, [])


@pytest.mark.parametrize(("status", "error"), [(500, Unavailable), (503, Unavailable), (403, Refused), (404, Refused)])
def test_failures_are_told(google: tuple[str, type[Google]], status: int, error: type[Exception]) -> None:
    address, server = google
    server.status = status

    with pytest.raises(error):
        deliver(address)


# began, last activity, inquiry (each before now) -> joins the session, dated (before now)
SESSIONS: dict[str, tuple[timedelta, timedelta | None, timedelta, bool, timedelta]] = {
    "during the session": (HOUR, timedelta(0), HOUR / 2, True, HOUR / 2),
    "after the last activity": (2 * HOUR, HOUR, HOUR / 2, True, HOUR),
    "before the session began": (HOUR, HOUR / 2, 2 * HOUR, True, HOUR),
    "activity unknown": (HOUR, None, HOUR / 2, True, HOUR / 2),
    "just within a day": (24 * HOUR - timedelta(seconds=1), 23 * HOUR, HOUR, True, 23 * HOUR),
    "a day after the start": (24 * HOUR, 23 * HOUR, 23 * HOUR, False, 23 * HOUR),
    "sent a day late": (30 * HOUR, 29 * HOUR, 29 * HOUR, False, 29 * HOUR),
    "older than three days": (100 * HOUR, 99 * HOUR, 99 * HOUR, False, 72 * HOUR),
    "a clock ahead of ours": (HOUR, timedelta(0), -HOUR, True, timedelta(0)),
}


@pytest.mark.parametrize("name", SESSIONS)
def test_event_joins_the_session_only_while_google_allows(name: str) -> None:
    began, active, asked, joins, dated = SESSIONS[name]
    start = str(int((NOW - began).timestamp()))
    last = NOW - active if active is not None else None
    source = replace(CARD.source, ga_sessions={"G-ABC123": start}, last_activity_at=last)

    body = body_of(replace(CARD, at=NOW - asked, source=source), "G-ABC123")

    assert body["events"][0]["params"].get("session_id") == (start if joins else None)
    assert body["timestamp_micros"] == int((NOW - dated).timestamp() * 1_000_000)
    assert mistakes(body) == []


def test_session_of_another_stream_is_not_ours() -> None:
    body = body_of(CARD, "G-THIRD")

    assert "session_id" not in body["events"][0]["params"]


@pytest.mark.parametrize(
    ("minor", "currency", "value"), [(199_950, "RUB", 1999.5), (100, "JPY", 100.0), (1, "KWD", 0.001), (0, "EUR", 0.0)]
)
def test_money_is_sent_in_whole_units_with_its_currency(minor: int, currency: str, value: float) -> None:
    card = replace(CARD, kind=InquiryKind.ORDER, call=None, sum_minor=minor, currency=currency)

    params = body_of(card, "G-ABC123")["events"][0]["params"]

    assert (params["value"], params["currency"]) == (value, currency)
