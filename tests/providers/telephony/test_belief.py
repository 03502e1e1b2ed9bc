"""A provider whose clock is half a day off is not believed: the receipt decides."""

from __future__ import annotations

import json
from datetime import datetime, timedelta

import pytest
from one_call import END, START, recorded, ringing, talked
from sqlalchemy import select
from world import EXAMPLE, World

from tracker import clock
from tracker.extensions import db
from tracker.inquiries.models import Inquiry
from tracker.providers.telephony.belief import FARTHEST_OFF, believed
from tracker.reports.clocks import skew_of

SECOND = timedelta(seconds=1)


@pytest.mark.parametrize("off", [FARTHEST_OFF, -FARTHEST_OFF, timedelta()])
def test_time_within_half_a_day_is_believed(off: timedelta) -> None:
    assert believed(ringing("c1"), START + off) == ringing("c1")


@pytest.mark.parametrize("received_at", [END + FARTHEST_OFF + SECOND, END - FARTHEST_OFF - SECOND])
def test_time_that_cannot_be_true_gives_way_and_the_seconds_between_stay(received_at: datetime) -> None:
    event = believed(talked("c1"), received_at)

    assert (event.at, event.told_at) == (received_at, END)
    assert event.started_at == received_at - (END - START)


def test_recording_may_come_days_later() -> None:
    assert believed(recorded("c1", END), END + timedelta(days=3)) == recorded("c1", END)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_call_of_a_wrong_clock_began_when_we_heard_of_it_and_the_clock_is_named(world: World) -> None:
    pbx = "\n      - {key: group, provider: telephony/onlinepbx, settings: {secret: group-secret}}\n"
    world.apply(EXAMPLE.rstrip() + pbx)
    told = clock.now() - timedelta(days=1)
    for number in range(5):
        said = {"event": "call_start", "direction": "inbound", "uuid": f"c{number}", "caller": f"7916000001{number}"}
        body = json.dumps({**said, "gateway": "74957770001", "date": str(int(told.timestamp()))})
        address = "/hooks/telephony/onlinepbx/group?secret=group-secret"
        world.client.post(address, data=body, content_type="application/json")

    calls = db.session.scalars(select(Inquiry)).all()
    assert all(abs(call.at - clock.now()) < timedelta(minutes=5) for call in calls)
    skew = skew_of(db.session(), calls[0].connection_id or 0)
    assert skew is not None
    assert (skew.events, skew.hours) == (5, -24)


def test_our_own_webhook_may_tell_of_old_calls(world: World) -> None:
    world.call("c1", "ringing", **{"from": "+79160000017", "to": "+74957770001", "at": "2020-01-01T12:00:00Z"})

    assert world.inquiries()[0]["at"] == "2020-01-01T12:00:00Z"
