"""Starts, adopts and stops the embedded Valkey.

The server inherits a locked file, so the lock lives exactly as long as the server: that is how we know,
without trusting process ids, that nobody else works on its files.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import signal
import subprocess
import time
from pathlib import Path

import redis

from tracker.embedded.address import make_private, socket_path, socket_url, store_folder
from tracker.embedded.binary import find_binary
from tracker.errors import ConfigurationError, StoreDown

CLEAN_MARK = "skvoz:clean"  # "1" written last before an orderly stop: nothing accepted was lost

START_SECONDS = 60  # reading back an append-only file of some gigabytes
STOP_SECONDS = 20
_POLL_SECONDS = 0.02


class EmbeddedStore:
    """The Valkey of one instance folder; whoever uses it holds the lock of that folder.

    Args:
        instance: absolute path of the instance folder, which exists.
    """

    def __init__(self, instance: Path) -> None:
        self.folder = store_folder(instance)
        self.socket = socket_path(instance)
        self.url = socket_url(instance)
        self._child: subprocess.Popen[bytes] | None = None

    @property
    def pid(self) -> int | None:
        """Process id as the server wrote it down, None if it never did."""
        try:
            return int((self.folder / "valkey.pid").read_text())
        except (FileNotFoundError, ValueError):
            return None

    def start(self) -> bool:
        """Brings the store up and returns once it answers; True when a living one was adopted.

        A server that lives but does not answer within `START_SECONDS` is left alone and reported.

        Raises:
            ConfigurationError: no server program, no usable folder, or the server gives up; with its words.
        """
        make_private(self.folder)
        if self.socket.parent != self.folder:
            make_private(self.socket.parent)
        adopted = self.is_alive() and self._answers_or_dies()
        if not adopted:
            self._launch()
            self._wait_for_answer()
        return adopted

    def is_alive(self) -> bool:
        """Whether a server, started by us or by a predecessor, still owns the files."""
        if self._child is not None and self._child.poll() is not None:
            self._child = None
        self._end_orphans()
        locked = self._is_locked()
        if not locked and self._child is not None:
            self._child.wait()  # its files are closed: it is all but gone
            self._child = None
        return locked

    def _end_orphans(self) -> None:
        """Ends what a killed server leaves: a process that rewrites the append-only file, now for nobody."""
        pid = self.pid
        if pid is not None and self._child is None:
            try:
                os.kill(pid, 0)
            except ProcessLookupError:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(pid, signal.SIGKILL)

    def _is_locked(self) -> bool:
        try:
            with (self.folder / "lock").open("rb") as lock:
                fcntl.flock(lock, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except FileNotFoundError:
            return False
        except BlockingIOError:
            return True
        return False

    def stop(self) -> None:
        """Leaves the clean mark and shuts the server down; returns when its files are free.

        Raises:
            StoreDown: it did not end in `STOP_SECONDS`, even when told by signal.
        """
        try:
            with self._client() as client:
                client.set(CLEAN_MARK, "1")
                client.shutdown()
        except redis.RedisError:
            self._signal(signal.SIGTERM)
        if not self._ends_within(STOP_SECONDS):
            self._signal(signal.SIGKILL)
            if not self._ends_within(STOP_SECONDS):
                raise StoreDown(f"The embedded store (process {self.pid}) does not end.")

    def _client(self) -> redis.Redis:
        return redis.Redis.from_url(self.url, socket_timeout=5, retry=None)

    def _launch(self) -> None:
        program = find_binary()
        with (self.folder / "lock").open("wb") as lock, self._log.open("ab") as log:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            self._child = subprocess.Popen(  # noqa: S603  a server program we found ourselves
                [program, *self._options()],
                pass_fds=[lock.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=log,
                umask=0o077,
                start_new_session=True,  # Ctrl-C in a terminal is for `skvoz run` alone
            )

    @property
    def _log(self) -> Path:
        return self.folder / "valkey.log"

    def _options(self) -> list[str]:
        options = {
            "port": "0",
            "unixsocket": str(self.socket),
            "unixsocketperm": "700",
            "dir": str(self.folder),
            "pidfile": str(self.folder / "valkey.pid"),
            "logfile": str(self._log),
            "daemonize": "no",
            "save": "",
            "appendonly": "yes",
            "appendfsync": "everysec",
            "maxmemory-policy": "noeviction",
        }
        return [word for name, value in options.items() for word in (f"--{name}", value)]

    def _answers_or_dies(self) -> bool:
        """True when the living server answers, False when it ended while we asked (it was about to stop)."""
        deadline = time.monotonic() + START_SECONDS
        while time.monotonic() < deadline:
            if self._answers():
                return True
            if not self.is_alive():
                return False
            time.sleep(_POLL_SECONDS)
        raise ConfigurationError(
            f"An embedded store from an earlier start (process {self.pid}) holds {self.folder} and does not "
            f"answer. Look into {self._log}, end that process and start again."
        )

    def _wait_for_answer(self) -> None:
        if not self._answers_or_dies():
            raise ConfigurationError(f"The embedded store does not start. {self._last_words()}")

    def _answers(self) -> bool:
        try:
            with self._client() as client:
                return bool(client.ping())
        except (redis.ConnectionError, redis.TimeoutError):  # also while it loads: BusyLoadingError
            return False

    def _last_words(self) -> str:
        lines = self._log.read_text(errors="replace").splitlines()[-3:]
        return f"The last lines of {self._log}: " + " / ".join(line.strip() for line in lines)

    def _signal(self, number: signal.Signals) -> None:
        pid = self.pid
        if pid is not None and self._is_ours(pid):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, number)

    def _is_ours(self, pid: int) -> bool:
        """Whether the process that has this id now is our server: its title names the socket."""
        if not Path("/proc/self").exists():
            return self.is_alive()
        try:
            return os.fsencode(self.socket) in Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return False

    def _ends_within(self, seconds: float) -> bool:
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            if not self.is_alive():
                return True
            time.sleep(_POLL_SECONDS)
        return False
