"""Sources that are asked: each call once, with its source; what fails is said and made up for."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import select, update
from world import EXAMPLE, World

sys.path.insert(0, str(Path(__file__).parents[1] / "providers" / "telephony"))
from fake_callibri import FakeCallibri

from tracker import clock, upkeep
from tracker.commands import polling
from tracker.commands.polling import Poller
from tracker.database import writing
from tracker.extensions import db
from tracker.inquiries.models import Inquiry, RawMessage, SourcePlace
from tracker.providers.telephony import callibri
from tracker.sites.models import Connection, ConnectionState

LINE = """\
      - key: calls
        provider: telephony/callibri
        settings: {{user_email: me@example.com, user_token: t0ken, base_url: "{address}"}}
"""


@pytest.fixture
def service(monkeypatch: pytest.MonkeyPatch) -> Iterator[FakeCallibri]:
    monkeypatch.setattr(callibri, "Pace", lambda per_second: lambda: None)
    made = FakeCallibri()
    yield made
    made.close()


@pytest.fixture
def source(world: World, service: FakeCallibri) -> int:
    """A connection that was looked at once, when there were no calls."""
    world.apply(EXAMPLE.rstrip() + "\n" + LINE.format(address=service.address))
    number: int = db.session.scalars(select(Connection.id).where(Connection.key == "calls")).one()
    polling.look(world.services, number)
    return number


def made_call(at: datetime, **more: Any) -> dict[str, Any]:
    return {
        "date": at.isoformat(),
        "phone": "79161234567",
        "duration": 73,
        "call_status": "answered",
        "utm_source": "yandex",
        "utm_medium": "cpc",
    } | more


def look_again(world: World, source: int) -> None:
    with writing(db.session()) as session:
        session.execute(update(SourcePlace).where(SourcePlace.connection_id == source).values(next_at=clock.now()))
    polling.look(world.services, source)


def test_call_is_taken_once_with_the_source_that_was_told(world: World, service: FakeCallibri, source: int) -> None:
    service.calls = [made_call(clock.now() + timedelta(seconds=1))]
    for _ in range(3):
        look_again(world, source)

    (call,) = world.inquiries()
    assert (call["attribution"]["status"], call["talk_seconds"]) == ("given", 73)
    assert (call["source"]["utm_source"], call["source"]["channel"]) == ("yandex", "paid-search")
    assert "named this source" in call["attribution"]["explanation"] or "источник" in call["attribution"]["explanation"]
    assert world.count(RawMessage) == 1


def test_recording_that_comes_later_completes_the_call(world: World, service: FakeCallibri, source: int) -> None:
    service.calls = [made_call(clock.now() + timedelta(seconds=1))]
    look_again(world, source)

    service.calls[0]["link_download"] = "https://rec.example.net/1.mp3"
    look_again(world, source)

    (call,) = world.inquiries()
    assert call["recording_url"] == "https://rec.example.net/1.mp3"
    assert world.count(RawMessage) == 2


def test_our_own_visitor_wins_over_what_the_provider_says(world: World, service: FakeCallibri, source: int) -> None:
    browser = world.browser()
    number = browser.open()["numbers"][0]["number"]
    service.number = number.removeprefix("+")
    service.calls = [made_call(clock.now() + timedelta(seconds=1))]

    look_again(world, source)

    (call,) = world.inquiries()
    assert (call["attribution"]["status"], call["attribution"]["visitor"]) == ("probable", browser.visitor)


def test_calls_from_before_the_connection_stay_away(world: World, service: FakeCallibri, source: int) -> None:
    service.calls = [made_call(clock.now() - timedelta(hours=1))]

    look_again(world, source)

    assert world.count(Inquiry) == 0


def test_failure_is_said_and_nothing_is_missed(world: World, service: FakeCallibri, source: int) -> None:
    service.calls, service.down = [made_call(clock.now() + timedelta(seconds=1))], True
    look_again(world, source)
    failed = db.session.get_one(SourcePlace, source)
    assert (failed.failures, failed.error) == (1, "Callibri answered with code 500")

    service.down = False
    look_again(world, source)

    assert world.count(Inquiry) == 1
    mended = db.session.get_one(SourcePlace, source)
    assert (mended.failures, mended.error) == (0, None)


def test_refused_token_breaks_the_connection(world: World, service: FakeCallibri, source: int) -> None:
    service.token = "another"

    look_again(world, source)

    broken = db.session.get_one(Connection, source)
    assert broken.state == ConnectionState.BROKEN
    assert "enter them again" in str(broken.state_sentence)


def test_only_one_worker_looks(world: World, service: FakeCallibri, source: int) -> None:
    before = len(service.asked)

    polling.look(world.services, source)  # not due yet

    assert len(service.asked) == before


def test_worker_looks_when_it_is_due(world: World, service: FakeCallibri, source: int) -> None:
    service.calls = [made_call(clock.now() + timedelta(seconds=1))]
    with writing(db.session()) as session:
        session.execute(update(SourcePlace).values(next_at=clock.now()))
    poller = Poller(world.app)

    poller.turn(world.services)
    for thread in list(poller._threads.values()):
        thread.join(timeout=10)
    poller.turn(world.services)
    poller.stop()

    assert world.count(Inquiry) == 1


def test_forgotten_caller_does_not_come_back(world: World, service: FakeCallibri, source: int) -> None:
    service.calls = [made_call(clock.now() + timedelta(seconds=1))]
    look_again(world, source)

    upkeep.forget(world.services, "+79161234567")
    service.calls[0]["comment"] = "changed"
    look_again(world, source)

    assert (world.count(Inquiry), world.count(RawMessage)) == (0, 0)
