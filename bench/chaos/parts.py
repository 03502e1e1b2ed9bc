"""The parts as processes that can be killed: store, web server with its workers, two background workers.

They are forked from a process that has imported everything, so that a restart costs a tenth of a second and not
the three seconds that Python takes to import the product; what they run is the product's own command line.
"""

from __future__ import annotations

import multiprocessing
import os
import signal
import sys
import time
from collections.abc import Callable, Mapping
from multiprocessing.process import BaseProcess
from pathlib import Path

import gunicorn.workers.gthread  # noqa: F401 - loaded here once, before processes part
from gunicorn.app import wsgiapp

import demo  # noqa: F401  imported here once, as `wsgi` would in every process
from bench.installation import Installation, family
from tracker import commands
from tracker.leases import publishing, redis_store

# Instead of a minute. As long as a hold: other than real pages, ours do not tell in time what they hold, so a lease
# of the two seconds that a kill may take must have ended by itself.
ADOPT_MS = 3_000
PARTS = ("store", "web", "worker-1", "worker-2")
_context = multiprocessing.get_context("forkserver")
_context.set_forkserver_preload([__name__])


class Parts:
    """All parts of an installation whose folder and site are set up."""

    def __init__(self, installation: Installation) -> None:
        self._installation = installation
        self._running: dict[str, BaseProcess] = {}

    def start(self, name: str) -> None:
        """Starts a part; returns when it answers.

        Raises:
            TimeoutError, ConfigurationError: it does not come up.
        """
        ours = self._installation
        if name == "store":
            ours.store.start()
            return
        command = _web if name == "web" else _worker
        process = _context.Process(target=_run, args=(command, ours.port, ours.settings, self.log(name)), daemon=True)
        process.start()
        self._running[name] = process
        if name == "web":
            ours.wait_for_web()

    def kill(self, name: str) -> None:
        """Kills a part with all its processes, as `kill -9` does; returns when it is dead."""
        if name == "store":
            pid = self._installation.store.pid
            assert pid is not None
            os.kill(pid, signal.SIGKILL)
            while self._installation.store.is_alive():
                time.sleep(0.01)
        else:
            process = self._running[name]
            assert process.pid is not None
            os.killpg(process.pid, signal.SIGKILL)
            process.join()

    def kill_web_process(self, choose: Callable[[list[int]], int]) -> bool:
        """Kills one process of the web server, which its master replaces; False when there was none."""
        master = self._running["web"].pid
        workers = family(master)[1:] if master else []
        if workers:
            os.kill(choose(workers), signal.SIGKILL)
        return bool(workers)

    def dead(self) -> list[str]:
        """The parts that should run and do not."""
        gone = [name for name, process in self._running.items() if not process.is_alive()]
        return gone if self._installation.store.is_alive() else ["store", *gone]

    def log(self, name: str) -> Path:
        return self._installation.folder / f"{name}.log"

    def stop(self) -> None:
        for name, process in self._running.items():
            if process.is_alive():
                self.kill(name)
        if self._installation.store.is_alive():
            self._installation.store.stop()


def _run(command: Callable[[int], None], port: int, settings: Mapping[str, str], log: Path) -> None:
    """What happens in the forked process: a session of its own, its settings, its log, the command."""
    os.setsid()
    os.environ.update(settings)
    redis_store.ADOPT_MS = publishing.ADOPT_MS = ADOPT_MS
    with log.open("ab") as file:
        os.dup2(file.fileno(), 1)
        os.dup2(file.fileno(), 2)
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is for whoever runs us
    command(port)


def _web(port: int) -> None:
    options = ("-c", "python:tracker.commands.web_server", "--preload", "--bind", f"127.0.0.1:{port}")
    sys.argv = ["gunicorn", *options, "wsgi:app"]
    wsgiapp.run()


def _worker(_port: int) -> None:
    sys.argv = ["skvoz", "worker", "--only", "ingest"]
    commands.main()
