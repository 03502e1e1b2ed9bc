"""Remembers that the database is away, so that not everybody waits for it again."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError

from tracker.errors import DatabaseAway

QUIET_SECONDS = 2.0  # between two attempts; what comes meanwhile goes to the spool at once

T = TypeVar("T")


class Outage:
    """For one process. After a failure one caller in two seconds tries the database; the others are refused at once.

    A database that hangs would otherwise hold every thread of a web process for the length of its timeout, and
    page views, which need no database, would wait behind them.
    """

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self._quiet_until: float | None = None

    def ask(self, step: Callable[[], T]) -> T:
        """Runs a step that needs the database and returns what it returns.

        Raises:
            DatabaseAway: it does not answer, or has not a moment ago. The caller rolls its session back.
        """
        if not self._may_try():
            raise DatabaseAway("the database is away; try again shortly")
        try:
            answer = step()
        except (OperationalError, InterfaceError) as error:
            self._begin()
            raise DatabaseAway("the database is away; try again shortly") from error
        except Exception:
            self._end()
            raise
        self._end()
        return answer

    def _may_try(self) -> bool:
        with self._lock:
            if self._quiet_until is not None and self._monotonic() < self._quiet_until:
                return False
            if self._quiet_until is not None:
                self._quiet_until = self._monotonic() + QUIET_SECONDS
            return True

    def _begin(self) -> None:
        with self._lock:
            self._quiet_until = self._monotonic() + QUIET_SECONDS

    def _end(self) -> None:
        with self._lock:
            self._quiet_until = None
