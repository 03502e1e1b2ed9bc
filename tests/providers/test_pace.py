"""The pace of a connection's requests."""

from __future__ import annotations

from tracker.providers.pace import Pace


def test_no_second_holds_more_requests_than_allowed() -> None:
    at = [0.0]
    started: list[float] = []
    pace = Pace(6, now=lambda: at[0], sleep=lambda seconds: at.__setitem__(0, at[0] + seconds))

    for _ in range(40):
        pace()
        started.append(at[0])
        at[0] += 0.01

    assert all(later - earlier > 0.999 for earlier, later in zip(started, started[6:], strict=False))
    assert at[0] < 8


def test_slow_requests_never_wait() -> None:
    at, waits = [0.0], list[float]()
    pace = Pace(2, now=lambda: at[0], sleep=waits.append)

    for _ in range(10):
        pace()
        at[0] += 0.6

    assert waits == []
