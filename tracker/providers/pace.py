"""Keeps within another company's request limit by waiting, one pace for each connection."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import timedelta

LONGEST_REST = timedelta(seconds=10)
SHORTEST_REST = timedelta(seconds=1)


class Pace:
    """Lets `per_second` requests start in the long run, and up to `burst` at once after a rest; call it before each.

    Like a bucket that leaks: every request fills it, and one that would spill waits. One worker owns a connection, so
    its pace lives there; `full_until` and `resume` take it along when another worker takes over.

    Args:
        now: seconds on a clock that all workers share.
    """

    def __init__(
        self,
        per_second: float,
        burst: int = 1,
        now: Callable[[], float] = time.time,
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        self._interval = 1 / per_second
        self._ahead = (burst - 1) * self._interval
        self._now = now
        self._sleep = sleep
        self.full_until = 0.0
        """When everything sent so far has leaked away, on the clock."""

    def __call__(self) -> None:
        """Waits until the next request may start."""
        wait = self.full_until - self._ahead - self._now()
        if wait > 0:
            self._sleep(wait)
        self.full_until = max(self.full_until, self._now()) + self._interval

    def rest(self, asked: timedelta | None) -> None:
        """Lets nothing start for a while: the other side has said that it is too much.

        Args:
            asked: how long it wants; kept within one and ten seconds, for a longer wait concerns one delivery only.
        """
        seconds = min(max(asked or SHORTEST_REST, SHORTEST_REST), LONGEST_REST).total_seconds()
        self.full_until = max(self.full_until, self._now() + self._ahead + seconds)

    def resume(self, full_until: float | None) -> None:
        """Goes on where another worker stopped; None when nobody knows: then without a burst."""
        without_burst = self._now() + self._ahead
        latest = without_burst + max(self._interval, LONGEST_REST.total_seconds())  # else the clock has jumped
        self.full_until = without_burst if full_until is None or full_until > latest else full_until
