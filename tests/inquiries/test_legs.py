"""A call with several phones: whatever the order and however often it is told, it ends the same."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tracker.inquiries.calls import fold
from tracker.inquiries.events import CallEvent, CallStage, CallStatus

START = datetime(2026, 3, 14, 9, 30, 5, tzinfo=UTC)
CALLER, CALLED = "+79160000017", "+74950000101"


def event(stage: CallStage, after: int, leg: str | None = None, status: CallStatus | None = None) -> CallEvent:
    by = leg if stage is CallStage.ANSWERED else None
    at = START + timedelta(seconds=after)
    return CallEvent("1", stage, CALLER, CALLED, at, leg=leg, status=status, answered_by=by)


RING, RING_1, RING_2 = (event(CallStage.RINGING, after, leg) for after, leg in ((0, None), (4, "101"), (4, "102")))
ANSWER_2 = event(CallStage.ANSWERED, 12, "102")
END_1, END_2 = event(CallStage.ENDED, 12, "101", CallStatus.MISSED), event(CallStage.ENDED, 85, "102")
END = event(CallStage.ENDED, 85)
GROUP = [RING, RING_1, RING_2, ANSWER_2, END_1, END_2, END]


@settings(max_examples=100, deadline=None)
@given(st.permutations(GROUP), st.lists(st.sampled_from(GROUP)))
def test_any_order_and_repetition_ends_the_same(order: list[CallEvent], again: list[CallEvent]) -> None:
    state = fold([*order, *again])

    assert (state.started_at, state.status, state.answered_by) == (START, CallStatus.ANSWERED, "102")
    assert (state.ring_seconds, state.talk_seconds) == (12, 73)


@pytest.mark.parametrize(
    ("events", "status"),
    [
        ([RING], CallStatus.RINGING),
        ([RING_1, RING_2, END_1], CallStatus.RINGING),
        ([RING_1, END_1], CallStatus.MISSED),
        ([RING_1, RING_2, END_1, ANSWER_2], CallStatus.ANSWERED),
        ([RING, END_1, event(CallStage.ENDED, 30, status=CallStatus.BUSY)], CallStatus.BUSY),
        ([ANSWER_2, event(CallStage.ENDED, 30, status=CallStatus.MISSED)], CallStatus.MISSED),
        ([RING, END], CallStatus.MISSED),
    ],
)
def test_outcome_of_a_group(events: list[CallEvent], status: CallStatus) -> None:
    assert fold(events).status is status


def test_seconds_that_are_said_overrule_reckoned_ones() -> None:
    said = CallEvent("1", CallStage.ENDED, None, None, None, ring_seconds=10, talk_seconds=70)

    state = fold([*GROUP, said])

    assert (state.ring_seconds, state.talk_seconds) == (10, 70)


def test_talk_of_legs_adds_up_after_a_transfer() -> None:
    legs = [
        CallEvent("1", CallStage.ENDED, None, None, None, talk_seconds=talk, leg=leg)
        for leg, talk in (("1", 30), ("2", 43))
    ]

    assert fold([RING, *legs]).talk_seconds == 73
