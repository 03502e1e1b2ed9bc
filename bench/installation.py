"""A whole installation for measurements and for chaos: store, web server and worker as processes of their own."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from urllib.request import urlopen

from sqlalchemy import insert, select
from sqlalchemy.orm import Session

from tracker import config, create_app, database
from tracker.database import writing
from tracker.embedded import EmbeddedStore
from tracker.extensions import db
from tracker.pools.models import LeaseOn, Number, Overflow, Pool, PoolKind
from tracker.sites.models import Domain, EmailStyle, Site, SiteEmail

ROOT = Path(__file__).resolve().parent.parent
ORIGINAL = "+74951112233"
TICKS = os.sysconf("SC_CLK_TCK")


class Installation:
    """Its state lives in a folder; whatever is killed can be started again.

    Args:
        folder: empty; becomes the instance folder.
        database_url: None is SQLite in the folder.
    """

    def __init__(self, folder: Path, database_url: str | None = None) -> None:
        self.folder = folder
        self.port = free_port()
        self.store = EmbeddedStore(folder)
        settings = {"SKVOZ_INSTANCE": str(folder), "DATABASE_URL": database_url or "", "SECRET_KEY": "bench"}
        self.settings = settings | {"SKVOZ_TRUSTED_PROXIES": "127.0.0.1", "SKVOZ_LOG_LEVEL": "ERROR"}
        self.processes: dict[str, subprocess.Popen[bytes]] = {}
        database.upgrade(config.load(self.settings))
        self.app = create_app(config.load(self.settings))

    def add_site(self, numbers: int, **pool: object) -> None:
        """Adds the site `example` with one pool of so many numbers."""
        with self.app.app_context(), writing(db.session()) as session:
            site = Site(key="example", name="Example", domains=[Domain(host="example.com")])
            site.emails = [SiteEmail(address="sales@example.com", style=EmailStyle.PLUS)]
            session.add(site)
        self.add_pool("all", ORIGINAL, numbers, **pool)

    def add_pool(self, key: str, swap: str, numbers: int, first: int = 0, **pool: object) -> None:
        """Adds a pool of the site `example`, with the numbers from `first` on."""
        plain = {"kind": PoolKind.DYNAMIC, "lease_on": LeaseOn.ARRIVAL, "overflow": Overflow.ORIGINAL}
        with self.app.app_context(), writing(db.session()) as session:
            site = session.scalars(select(Site).where(Site.key == "example")).one()
            made = Pool(site_id=site.id, key=key, swap=swap, network_limit=0, **(plain | pool))
            session.add(made)
            session.flush()
            add_numbers(session, made.id, numbers, first)

    def start(self, *names: str, web_workers: int = 2) -> None:
        """Starts `store`, `web` and `worker`, or those named; returns when they answer."""
        for name in names or ("store", "web", "worker"):
            if name == "store":
                self.store.start()
            elif name == "web":
                self.processes["web"] = self._run(*gunicorn(self.port, web_workers), "wsgi:app")
                self.wait_for_web()
            else:
                self.processes[name] = self._run("-m", "tracker.commands", "worker", "--only", "ingest")

    def stop(self) -> None:
        for process in self.processes.values():
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait()
        if self.store.is_alive():
            self.store.stop()

    def close(self) -> None:
        """Ends our own connections to the database and the store."""
        with self.app.app_context():
            db.session.remove()
            db.engine.dispose()
        self.app.extensions["services"].store.raw.close()

    def cpu_seconds(self) -> dict[str, float]:
        """CPU used so far by each part, its children included."""
        pids = {name: family(process.pid) for name, process in self.processes.items()}
        pids["store"] = [self.store.pid] if self.store.pid else []
        return {name: sum(map(cpu_of, family_pids)) for name, family_pids in pids.items()}

    def wait_for_web(self, seconds: float = 60) -> None:
        """Returns when the web server answers.

        Raises:
            TimeoutError: it does not.
        """
        deadline = time.monotonic() + seconds
        while time.monotonic() < deadline:
            with suppress(OSError), urlopen(f"http://127.0.0.1:{self.port}/health/live", timeout=seconds):
                return
            time.sleep(0.05)
        raise TimeoutError("the web server does not answer")

    def _run(self, *words: str) -> subprocess.Popen[bytes]:
        return subprocess.Popen(
            [sys.executable, *words], cwd=ROOT, env={**os.environ, **self.settings}, start_new_session=True
        )


def add_numbers(session: Session, pool_id: int, count: int, first: int) -> None:
    rows = [{"pool_id": pool_id, "e164": f"+7495{number:07d}"} for number in range(first, first + count)]
    session.execute(insert(Number), rows)


def gunicorn(port: int, workers: int) -> list[str]:
    """The same settings for whatever is compared."""
    options = {"bind": f"127.0.0.1:{port}", "workers": workers, "worker-class": "sync", "log-level": "error"}
    return ["-m", "gunicorn", *(word for name, value in options.items() for word in (f"--{name}", str(value)))]


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


def wait_for_port(port: int, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 0.2).close()
            return
        except OSError:
            time.sleep(0.05)
    raise TimeoutError(f"nothing answers on port {port}")


def family(pid: int) -> list[int]:
    """A process and all below it."""
    children = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    return [pid, *(one for child in children for one in family(int(child)))]


def cpu_of(pid: int) -> float:
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS


def difference(after: Mapping[str, float], before: Mapping[str, float]) -> dict[str, float]:
    return {name: after[name] - before.get(name, 0) for name in after}
