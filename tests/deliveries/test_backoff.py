from __future__ import annotations

from datetime import timedelta

import pytest

from tracker.deliveries.backoff import LONGEST, wait

SECONDS = {1: 2, 2: 4, 3: 8, 9: 512, 10: 1024, 11: 1800, 12: 1800, 200: 1800, 10_000: 1800}


@pytest.mark.parametrize("attempts", SECONDS)
def test_wait_doubles_up_to_half_an_hour(attempts: int) -> None:
    assert wait(attempts, spread=0) == timedelta(seconds=SECONDS[attempts])


def test_many_do_not_come_together() -> None:
    assert wait(3, spread=-1) == timedelta(seconds=6.4)
    assert wait(3, spread=1) == timedelta(seconds=9.6)
    assert len({wait(3) for _ in range(50)}) > 10


@pytest.mark.parametrize("asked", [timedelta(seconds=1), timedelta(minutes=7), timedelta(hours=2)])
def test_never_sooner_than_the_other_side_asked(asked: timedelta) -> None:
    assert wait(1, asked) >= asked
    assert wait(200, asked) >= max(asked, LONGEST * 0.8)
