"""The pace of a connection's requests, held against the limits of the two sandboxes."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from demo.sandbox.amocrm.limits import RequestLimit
from demo.sandbox.bitrix24.limits import Bucket
from tracker.providers.crm.amocrm import AmoCrm
from tracker.providers.crm.bitrix24 import Bitrix24
from tracker.providers.pace import Pace

START = datetime(2026, 1, 1, tzinfo=UTC)


class Clock:
    """Seconds that pass only while somebody sleeps."""

    def __init__(self) -> None:
        self.seconds = START.timestamp()
        self.slept = 0.0

    def now(self) -> float:
        return self.seconds

    def sleep(self, seconds: float) -> None:
        self.seconds += seconds
        self.slept += seconds

    @property
    def at(self) -> datetime:
        return datetime.fromtimestamp(self.seconds, UTC)

    @property
    def passed(self) -> timedelta:
        return self.at - START


def paced(clock: Clock, per_second: float, burst: int) -> Pace:
    return Pace(per_second, burst, now=clock.now, sleep=clock.sleep)


def test_sustained_load_never_meets_the_limit_of_amocrm() -> None:
    clock, limit = Clock(), RequestLimit()
    pace = paced(clock, AmoCrm.REQUESTS_PER_SECOND, AmoCrm.BURST)

    for _ in range(200):
        pace()
        assert limit.verdict(clock.at) == 200
        clock.seconds += 0.01

    assert clock.passed < timedelta(seconds=200 / 6 + 1)


def test_sustained_load_never_fills_the_bucket_of_bitrix24() -> None:
    clock, bucket = Clock(), Bucket()
    pace = paced(clock, Bitrix24.REQUESTS_PER_SECOND, Bitrix24.BURST)

    for _ in range(400):
        pace()
        assert bucket.admits("192.0.2.1", clock.at)
        clock.seconds += 0.01

    assert clock.passed < timedelta(seconds=400 / 2)


def test_whole_burst_goes_at_once_after_a_rest() -> None:
    clock = Clock()
    pace = paced(clock, 2, 40)

    for _ in range(40):
        pace()

    assert clock.slept == 0
    pace()
    assert clock.slept == pytest.approx(0.5)


def test_slow_requests_never_wait() -> None:
    clock = Clock()
    pace = paced(clock, 2, 1)

    for _ in range(10):
        pace()
        clock.seconds += 0.6

    assert clock.slept == 0


def test_successor_goes_on_with_the_bucket_as_it_was_left() -> None:
    clock = Clock()
    first, second = paced(clock, 2, 40), paced(clock, 2, 40)
    for _ in range(40):
        first()

    second.resume(first.full_until)
    second()

    assert clock.slept == pytest.approx(0.5)


@pytest.mark.parametrize("full_until", [None, 4e9])
def test_unknown_or_impossible_state_only_costs_the_burst(full_until: float | None) -> None:
    clock = Clock()
    pace = paced(clock, 2, 40)
    pace.resume(full_until)

    pace()

    assert clock.slept <= 0.51


@pytest.mark.parametrize(("asked", "seconds"), [(None, 1.0), (timedelta(seconds=4), 4.0), (timedelta(hours=1), 10.0)])
def test_nothing_starts_while_the_other_side_wants_rest(asked: timedelta | None, seconds: float) -> None:
    clock = Clock()
    first, second = paced(clock, 2, 40), paced(clock, 2, 40)

    first.rest(asked)
    second.resume(first.full_until)
    second()

    assert clock.slept == pytest.approx(seconds)
