"""The request limit: seven a second, then 429, and for those who do not listen 403 until support unlocks."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

SECOND = timedelta(seconds=1)


@dataclass
class RequestLimit:
    """Counts requests within the last second.

    Args:
        per_second: how many are served; 0 switches the limit off.
        patience: refusals within ten seconds after which the account is blocked.
    """

    per_second: int = 7
    patience: int = 30
    is_blocked: bool = False
    refused: int = 0
    _served: deque[datetime] = field(default_factory=deque)
    _refusals: deque[datetime] = field(default_factory=deque)

    def verdict(self, at: datetime) -> int:
        """Counts one request and returns the status it deserves: 200, 429 or 403."""
        if self.is_blocked:
            return 403
        if not self.per_second:
            return 200
        _forget(self._served, at - SECOND)
        if len(self._served) < self.per_second:
            self._served.append(at)
            return 200
        self.refused += 1
        _forget(self._refusals, at - 10 * SECOND)
        self._refusals.append(at)
        self.is_blocked = len(self._refusals) > self.patience
        return 429


def _forget(times: deque[datetime], before: datetime) -> None:
    while times and times[0] <= before:
        times.popleft()
