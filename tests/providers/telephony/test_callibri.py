"""Callibri's list of calls: what it says of a call, and how it is asked."""

from __future__ import annotations

import dataclasses
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from fake_callibri import FakeCallibri
from one_call import ANSWERED_CALL, RECORDING, START

from tracker.errors import AccessLost, InvalidInput, Unavailable
from tracker.inquiries.calls import CallState, fold
from tracker.inquiries.events import CallStatus
from tracker.providers.pace import Pace
from tracker.providers.telephony.callibri import Callibri
from tracker.providers.telephony.polled import Batch

RECORDED = Path(__file__).parent / "callibri" / "statistics.json"
SOURCE = (("utm_source", "yandex"), ("utm_medium", "cpc"), ("utm_campaign", "spring"))
NOW = datetime(2026, 3, 16, 9, 0, tzinfo=UTC)


@pytest.fixture
def service() -> Iterator[FakeCallibri]:
    made = FakeCallibri()
    made.calls = [dict(call) for call in recorded()[0]["calls"]]
    yield made
    made.close()


def recorded() -> list[dict[str, Any]]:
    channels: list[dict[str, Any]] = json.loads(RECORDED.read_text())["channels_statistics"]
    return channels


def callibri(address: str = "https://api.callibri.ru", **changes: str) -> Callibri:
    settings = {"user_email": "me@example.com", "user_token": "t0ken", "site_ids": "", "base_url": address} | changes
    return Callibri(settings, "RU", "Europe/Moscow", pace=Pace(per_second=1, sleep=lambda _seconds: None))


def state(channel: int, number: int, **changes: Any) -> CallState:
    said = recorded()[channel]
    kept = {"site_id": "7", "channel": said["name_channel"], "numbers": said["numbers"]}
    call = said["calls"][number] | changes
    return fold(callibri().read(json.dumps(kept | {"call": call}).encode()))


def test_call_is_told_as_everywhere_with_its_source() -> None:
    expected = dataclasses.replace(
        ANSWERED_CALL, answered_by="Operator One", ring_seconds=None, recording_url=RECORDING, source=SOURCE
    )

    assert dataclasses.replace(state(0, 0), ring_seconds=None) == expected


def test_missed_call_has_the_kind_of_traffic_for_its_source() -> None:
    missed = state(0, 1)

    assert (missed.status, missed.talk_seconds, missed.started_at) == (CallStatus.MISSED, 0, START)
    assert missed.source == (("utm_source", "SEO"),)


def test_number_of_a_channel_with_several_is_not_guessed() -> None:
    call = state(1, 0)

    assert (call.called, call.caller, call.source) == (None, "anonymous", ())


def test_call_without_a_date_is_malformed() -> None:
    with pytest.raises(InvalidInput) as caught:
        state(0, 0, date=None)

    assert caught.value.field == "date"


def looked(service: FakeCallibri, since: datetime, place: dict[str, Any] | None = None) -> list[Batch]:
    return list(callibri(service.address).look(place or {}, since, NOW))


def test_first_look_takes_calls_since_the_connection_was_made(service: FakeCallibri) -> None:
    (batch,) = looked(service, START - timedelta(minutes=1))
    later = looked(service, START + timedelta(minutes=1))

    assert len(batch.told) == 2
    assert [batch.told for batch in later] == [()]
    assert batch.place == {"until": NOW.isoformat()}
    assert [method for method, _ in service.asked] == ["get_sites", "site_get_statistics"] * 2


def test_long_outage_is_asked_in_weeks(service: FakeCallibri) -> None:
    batches = looked(service, START, {"until": (NOW - timedelta(days=20)).isoformat()})

    assert [(query["date1"], query["date2"]) for method, query in service.asked if "date1" in query] == [
        ("23.02.2026", "01.03.2026"),
        ("02.03.2026", "08.03.2026"),
        ("09.03.2026", "15.03.2026"),
        ("16.03.2026", "16.03.2026"),
    ]
    assert [told.call_id for batch in batches for told in batch.told] == [
        told.call_id for told in looked(service, START)[0].told
    ]


def test_projects_that_are_named_are_asked_alone(service: FakeCallibri) -> None:
    list(callibri(service.address, site_ids=" 7 ").look({}, START, NOW))

    assert [method for method, _ in service.asked] == ["site_get_statistics"]


def test_refusal_and_failure_are_told_apart(service: FakeCallibri) -> None:
    with pytest.raises(AccessLost) as refused:
        list(callibri(service.address, user_token="wr0ng").look({}, START, NOW))
    service.down = True
    with pytest.raises(Unavailable):
        looked(service, START)

    assert "wr0ng" not in refused.value.answer
