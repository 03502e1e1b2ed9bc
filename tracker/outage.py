"""Remembers that a part is away: that not everybody waits for it again, nor everybody writes it into the log."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable
from typing import TypeVar

from sqlalchemy.exc import InterfaceError, OperationalError

from tracker.errors import DatabaseAway

QUIET_SECONDS = 2.0  # between two attempts; what comes meanwhile goes to the spool at once

CALM_SECONDS = 30.0  # without a failure: the next one is another outage

log = logging.getLogger(__name__)
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


class Complaint:
    """For one process: a line in the log per outage, and not per request. Costs nothing while all is well."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._monotonic = monotonic
        self._last: float | None = None

    def tell(self, what: str, error: Exception) -> None:
        """Writes down what is away and what that means, unless it was so half a minute ago already."""
        now, last = self._monotonic(), self._last
        self._last = now
        if last is None or now - last > CALM_SECONDS:
            log.warning("%s: %s", what, error)
