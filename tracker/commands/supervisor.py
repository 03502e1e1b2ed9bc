"""Keeps the embedded store and the children alive until told to stop, then ends the children in order."""

from __future__ import annotations

import http.client
import signal
import sys
import time
from collections.abc import Callable, Sequence
from types import FrameType

from tracker.commands.children import Child, restart_delay
from tracker.embedded import EmbeddedStore
from tracker.errors import SkvozError

TICK_SECONDS = 0.1
STOP_SECONDS = 30.0  # longer than the web server's own patience with a last request


class Orders:
    """What signals have asked for: SIGTERM and SIGINT a stop (a second one: at once), SIGHUP a reload.

    A closed terminal sends SIGHUP too, and means a stop.
    """

    def __init__(self) -> None:
        self.stops = 0
        self.reload = False

    def listen(self) -> None:
        """From here on signals are written down instead of ending the process half-way."""
        signal.signal(signal.SIGTERM, self._stop)
        signal.signal(signal.SIGINT, self._stop)
        if signal.getsignal(signal.SIGHUP) is not signal.SIG_IGN:  # as nohup leaves it
            signal.signal(signal.SIGHUP, self._stop if sys.stdin.isatty() else self._reload)

    def _stop(self, _number: int, _frame: FrameType | None) -> None:
        self.stops += 1

    def _reload(self, _number: int, _frame: FrameType | None) -> None:
        self.reload = True


class Supervisor:
    """Web and worker of one instance, and the embedded store under them.

    Args:
        children: in the order of their stop; the first is the web server.
        store: the running embedded store, None with `REDIS_URL`; it is mended here, not stopped.
        is_ready: asked until it says True for the first time.
        on_ready: called then.
        say: gets sentences for whoever watches the terminal.
    """

    def __init__(
        self,
        children: Sequence[Child],
        store: EmbeddedStore | None,
        is_ready: Callable[[], bool],
        on_ready: Callable[[], None],
        say: Callable[[str], None],
    ) -> None:
        self._children = children
        self._store = store
        self._is_ready = is_ready
        self._on_ready = on_ready
        self._say = say
        self._ready = False
        self._store_failures = 0
        self._store_due_at = 0.0

    def run(self, orders: Orders) -> None:
        """Runs until a stop is asked for, and returns when the children have ended."""
        try:
            while not orders.stops:
                self._tend()
                if orders.reload:
                    orders.reload = False
                    self._reload()
                time.sleep(TICK_SECONDS)
        finally:
            self._say("Stopping.")
            for child in self._children:
                child.stop(STOP_SECONDS, hurry=lambda: orders.stops > 1)

    def _tend(self) -> None:
        self._tend_store()
        for child in self._children:
            child.tend()
        if not self._ready and self._is_ready():
            self._ready = True
            self._on_ready()

    def _tend_store(self) -> None:
        if self._store is None or self._store.is_alive() or time.monotonic() < self._store_due_at:
            return
        self._say("The embedded store ended; it is started again.")
        try:
            self._store.start()
            self._store_failures = 0
        except SkvozError as error:
            self._store_failures += 1
            self._store_due_at = time.monotonic() + restart_delay(self._store_failures + 1)
            self._say(str(error))

    def _reload(self) -> None:
        web, *others = self._children
        web.send(signal.SIGHUP)
        for child in others:
            child.replace()
        self._say("Reloading: what has begun is finished first.")


def answers(host: str, port: int) -> bool:
    """Whether the web server there says that it lives."""
    connection = http.client.HTTPConnection(host, port, timeout=1)
    try:
        connection.request("GET", "/health/live")
        return connection.getresponse().status == 200
    except (OSError, http.client.HTTPException):
        return False
    finally:
        connection.close()
