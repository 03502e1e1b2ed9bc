"""Keeps within another company's request limit by waiting, one pace for each connection."""

from __future__ import annotations

import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Pace:
    """Lets at most `per_second` requests start within any one second; call it before each.

    One worker owns a connection, so its pace lives in that worker as long as the ownership.
    """

    per_second: float
    now: Callable[[], float] = time.monotonic
    sleep: Callable[[float], None] = time.sleep
    _started: deque[float] = field(default_factory=deque)

    def __call__(self) -> None:
        """Waits until the next request may start."""
        if len(self._started) >= self.per_second:
            wait = self._started.popleft() + 1 - self.now()
            if wait > 0:
                self.sleep(wait)
        self._started.append(self.now())
