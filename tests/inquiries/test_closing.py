"""Calls of which nobody tells the end: closed after hours, told to others, and open to all that is told later."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select
from world import World

from tracker import clock, upkeep
from tracker.extensions import db
from tracker.inquiries.calls import fold
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.inquiries.models import Inquiry

NUMBER, CALLER = "+74957770001", "+79161234567"
LONG_AGO = timedelta(hours=4, minutes=1)


def rings(world: World, call_id: str, ago: timedelta = LONG_AGO, event: str = "ringing") -> None:
    at = clock.now() - ago
    world.call(call_id, event, **{"from": CALLER, "to": NUMBER, "at": clock.to_iso(at)})
    db.session.execute(Inquiry.__table__.update().where(Inquiry.external_id == call_id).values(created_at=at))
    db.session.commit()


def told(world: World) -> dict[str, tuple[Any, Any]]:
    return {one["external_id"]: (one["status"], one["talk_seconds"]) for one in world.inquiries()}


def test_call_without_an_end_is_closed_after_hours_and_told_once(world: World) -> None:
    rings(world, "forgotten")
    rings(world, "rings still", timedelta(hours=1))
    rings(world, "spoke", event="answered")
    before = db.session.scalar(select(Inquiry.revision).where(Inquiry.external_id == "forgotten"))
    db.session.rollback()

    assert upkeep.close_calls(world.services) == 1
    assert upkeep.close_calls(world.services) == 0

    assert told(world) == {
        "forgotten": ("unknown_end", None),
        "rings still": ("ringing", None),
        "spoke": ("answered", None),
    }
    after = db.session.scalar(select(Inquiry.revision).where(Inquiry.external_id == "forgotten"))
    assert after == before + 1


def test_what_is_told_later_overrules_the_unknown_end(world: World) -> None:
    rings(world, "c1")
    upkeep.close_calls(world.services)

    world.call("c1", "ended", status="answered", talk_seconds=95)

    assert told(world) == {"c1": ("answered", 95)}


CLOSED = CallEvent("c1", CallStage.ENDED, None, None, None, status=CallStatus.UNKNOWN_END)
RING = CallEvent("c1", CallStage.RINGING, CALLER, NUMBER, None)


@pytest.mark.parametrize(
    ("later", "status"),
    [
        ([], CallStatus.UNKNOWN_END),
        ([CallEvent("c1", CallStage.RECORDED, None, None, None)], CallStatus.UNKNOWN_END),
        ([CallEvent("c1", CallStage.ANSWERED, None, None, None)], CallStatus.ANSWERED),
        ([CallEvent("c1", CallStage.ENDED, None, None, None)], CallStatus.MISSED),
        ([CallEvent("c1", CallStage.ENDED, None, None, None, status=CallStatus.BUSY)], CallStatus.BUSY),
        ([CallEvent("c1", CallStage.ENDED, None, None, None, leg="101")], CallStatus.MISSED),
    ],
)
def test_unknown_end_is_the_last_word_only_while_there_is_no_other(
    later: Iterable[CallEvent], status: CallStatus
) -> None:
    assert fold([RING, CLOSED, *later]).status is status
