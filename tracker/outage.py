"""Remembers that the database is away, so that not everybody waits for it again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable

QUIET_SECONDS = 2.0  # between two attempts; what comes meanwhile goes to the spool at once


class Outage:
    """For one process. After a failure one caller in two seconds tries the database; the others take the other way.

    A database that hangs would otherwise hold every thread of a web process for the length of its timeout, and
    page views, which need no database, would wait behind them.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._until: float | None = None

    def may_try(self) -> bool:
        """True when the database is worth an attempt; during an outage the one who hears True is the one to try."""
        with self._lock:
            if self._until is None:
                return True
            if self._monotonic() < self._until:
                return False
            self._until = self._monotonic() + QUIET_SECONDS
            return True

    def begin(self) -> None:
        """An attempt has failed."""
        with self._lock:
            self._until = self._monotonic() + QUIET_SECONDS

    def end(self) -> None:
        """An attempt has succeeded."""
        with self._lock:
            self._until = None
