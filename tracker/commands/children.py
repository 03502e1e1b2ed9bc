"""One child process of `skvoz run`: started, watched, started again with back-off, stopped."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence

LONGEST_DELAY_SECONDS = 30.0
HEALTHY_SECONDS = 60.0  # a child that lived this long did not die of its start
_PR_SET_PDEATHSIG = 1  # Source: prctl(2)


def restart_delay(failures: int) -> float:
    """Seconds to wait before the next start: the first is at once, then 1, 2, 4 … 30."""
    return 0.0 if failures <= 1 else min(LONGEST_DELAY_SECONDS, 2.0 ** min(failures - 2, 10))


class Child:
    """A process with its own session, so that only its parent speaks to it; dies with the parent (on Linux).

    Args:
        name: how it is called in messages.
        command: program and its words.
        environ: its whole environment.
        pass_fds: open files it inherits under the same numbers.
        say: gets a sentence for whoever watches the terminal.
    """

    def __init__(
        self,
        name: str,
        command: Sequence[str],
        environ: Mapping[str, str],
        pass_fds: Sequence[int] = (),
        say: Callable[[str], None] = print,
    ) -> None:
        self.name = name
        self._command = list(command)
        self._environ = dict(environ)
        self._pass_fds = tuple(pass_fds)
        self._say = say
        self._process: subprocess.Popen[bytes] | None = None
        self._started_at = 0.0
        self._failures = 0
        self._next_start_at = 0.0
        self._replacing = False

    @property
    def pid(self) -> int | None:
        """Process id while it runs."""
        return self._process.pid if self._process else None

    def tend(self) -> None:
        """Notices a death and starts the process when it is due; called several times a second."""
        if self._process is not None and self._process.poll() is not None:
            self._bury(self._process)
        if self._process is None and time.monotonic() >= self._next_start_at:
            self._start()

    def send(self, number: signal.Signals) -> None:
        """Sends a signal to the process, if it runs."""
        if self._process is not None:
            self._process.send_signal(number)

    def replace(self) -> None:
        """Asks the process to end in its own time; `tend` starts its successor at once."""
        self._replacing = True
        self.send(signal.SIGTERM)

    def stop(self, seconds: float, hurry: Callable[[], bool]) -> None:
        """Ends the process with what it started; by force after `seconds`, or as soon as `hurry()`."""
        if self._process is None:
            return
        self.send(signal.SIGTERM)
        deadline = time.monotonic() + seconds
        while self._process.poll() is None and time.monotonic() < deadline and not hurry():
            time.sleep(0.02)
        self._signal_group(signal.SIGKILL)
        self._process.wait()
        self._process = None

    def _start(self) -> None:
        self._process = subprocess.Popen(  # noqa: S603  our own programs
            self._command,
            env=self._environ,
            pass_fds=self._pass_fds,
            stdin=subprocess.DEVNULL,
            start_new_session=True,
            preexec_fn=_dying_with(os.getpid()),  # safe: we have one thread
        )
        self._started_at = time.monotonic()

    def _bury(self, process: subprocess.Popen[bytes]) -> None:
        # Workers of a killed gunicorn finish their request and go; the successor shares their socket.
        self._signal_group(signal.SIGTERM)
        self._process = None
        if self._replacing:
            self._replacing = False
            return
        lived = time.monotonic() - self._started_at
        self._failures = 1 if lived >= HEALTHY_SECONDS else self._failures + 1
        delay = restart_delay(self._failures)
        self._next_start_at = time.monotonic() + delay
        when = f"in {delay:.0f} s" if delay else "now"
        self._say(f"The {self.name} process ended ({_how(process.returncode)}); it is started again {when}.")

    def _signal_group(self, number: signal.Signals) -> None:
        if self._process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(self._process.pid, number)


def _how(code: int) -> str:
    return f"exit code {code}" if code >= 0 else f"signal {signal.Signals(-code).name}"


def _dying_with(parent: int) -> Callable[[], None] | None:
    """Makes what a new process runs first: on Linux it asks to be told (SIGTERM) when its parent dies."""
    if sys.platform != "linux":
        return None
    prctl = ctypes.CDLL(None).prctl

    def ask() -> None:
        prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
        if os.getppid() != parent:  # it died before we asked
            os._exit(1)

    return ask
