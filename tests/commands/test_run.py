from __future__ import annotations

import json
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from redis import Redis
from redis.exceptions import RedisError

from tracker.access import first_user
from tracker.embedded import CLEAN_MARK, EmbeddedStore

STAND_IN = Path(__file__).with_name("run_stand_in.py")
PATIENCE_SECONDS = 120  # a busy machine starts slowly; nothing waits longer than it must


class Running:
    """A supervisor process on an instance folder; its output is a file."""

    def __init__(self, instance: Path, *words: str, port: int = 0) -> None:
        self.instance = instance
        self._log = instance.with_suffix(".log")
        self._log.touch()
        self._heard = len(self._log.read_text())
        self.store = EmbeddedStore(instance)
        environ = {**os.environ, "SKVOZ_INSTANCE": str(instance), "REDIS_URL": "", "DATABASE_URL": ""}
        environ["STAND_IN_STORE"] = self.store.url
        with self._log.open("a") as log:
            self.process = subprocess.Popen(
                [sys.executable, STAND_IN, str(port), *words], env=environ, stdout=log, stderr=log
            )

    @property
    def output(self) -> str:
        return self._log.read_text()[self._heard :]

    @property
    def port(self) -> int:
        return int(json.loads((self.instance / "run.lock").read_text())["port"])

    @property
    def worker(self) -> int:
        return int((self.instance / "worker.pid").read_text())

    def ready(self) -> Running:
        wait_for(lambda: self._is_up() or self.process.poll() is not None)
        assert self.process.poll() is None, self.output
        return self

    def _is_up(self) -> bool:
        return "is ready" in self.output and (self.instance / "worker.pid").exists()

    def get(self, path: str) -> dict[str, object]:
        with urllib.request.urlopen(f"http://127.0.0.1:{self.port}{path}", timeout=PATIENCE_SECONDS) as answer:
            found: dict[str, object] = json.load(answer)
            return found

    def end(self, number: signal.Signals) -> int:
        self.process.send_signal(number)
        return self.process.wait(PATIENCE_SECONDS)


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


def is_alive(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Running]]:
    started: list[Running] = []

    def begin(*words: str, folder: str = "instance", port: int = 0) -> Running:
        started.append(Running(tmp_path / folder, *words, port=port))
        return started[-1]

    yield begin
    for running in started:
        running.process.terminate()
        running.process.wait(PATIENCE_SECONDS)
        if running.store.is_alive():
            running.store.stop()


def test_everything_runs_and_stops_cleanly_on_sigterm(start: Callable[..., Running]) -> None:
    running = start().ready()
    web, worker, store = running.get("/")["pid"], running.worker, running.store.pid

    code = running.end(signal.SIGTERM)

    assert code == 0
    assert [pid for pid in (web, worker, store) if is_alive(int(str(pid)))] == []
    assert "Stopped." in running.output


def test_sigint_is_a_clean_stop_that_the_next_run_can_see(start: Callable[..., Running]) -> None:
    running = start().ready()
    running.get("/store")

    assert running.end(signal.SIGINT) == 0

    again = start().ready()
    with Redis.from_url(again.store.url) as store:
        assert store.get(CLEAN_MARK) == b"1"
        assert store.get("count") == b"1"


def test_first_start_prints_where_and_with_which_code_to_log_in(
    start: Callable[..., Running], tmp_path: Path, sqlite_template: Path
) -> None:
    (tmp_path / "instance").mkdir()
    shutil.copy(sqlite_template, tmp_path / "instance" / "skvoz.db")

    running = start().ready()
    wait_for(lambda: "Ctrl-C" in running.output)

    code = first_user.code((tmp_path / "instance" / "secret_key").read_text())
    assert f"http://127.0.0.1:{running.port}/admin/setup with the code {code}\n" in running.output
    assert running.output.count(code) == 1


def test_children_trust_loopback_and_know_the_demo(start: Callable[..., Running]) -> None:
    told = start("demo").ready().get("/")

    assert told["SKVOZ_TRUSTED_PROXIES"] == "127.0.0.0/8,::1/128"
    assert told["SKVOZ_DEMO"] == "1"


def test_silent_connections_of_browsers_hold_nobody_up(start: Callable[..., Running]) -> None:
    running = start().ready()

    silent = [socket.create_connection(("127.0.0.1", running.port)) for _ in range(32)]
    before = time.monotonic()
    running.get("/")
    waited = time.monotonic() - before
    for connection in silent:
        connection.close()

    assert waited < 10  # each thread would wait 5 s for each of them


def test_second_run_on_one_instance_is_refused_by_name(start: Callable[..., Running]) -> None:
    first = start().ready()

    second = start()

    assert second.process.wait(PATIENCE_SECONDS) == 1
    assert f"process {first.process.pid}, http://127.0.0.1:{first.port}/" in second.output
    assert "SKVOZ_INSTANCE" in second.output


def test_busy_port_is_told_before_anything_starts(start: Callable[..., Running]) -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        running = start(port=port)

        assert running.process.wait(PATIENCE_SECONDS) == 1
    assert f"Port {port} on 127.0.0.1 is taken" in running.output
    assert not running.store.folder.exists()


def test_two_instances_run_side_by_side(start: Callable[..., Running]) -> None:
    one, other = start(folder="one"), start(folder="other")
    one.ready(), other.ready()
    one.get("/store")

    assert one.get("/store")["count"] == 2
    assert other.get("/store")["count"] == 1


def test_killed_store_is_started_again_with_its_data(start: Callable[..., Running]) -> None:
    running = start().ready()
    running.get("/store")
    with Redis.from_url(running.store.url) as store:
        assert store.execute_command("WAITAOF", 1, 0, 5000)[0] == 1
    killed = running.store.pid
    assert killed is not None

    os.kill(killed, signal.SIGKILL)

    wait_for(lambda: running.store.pid not in (killed, None) and _counts(running))
    with Redis.from_url(running.store.url) as store:
        assert store.get("count") == b"1"


def _counts(running: Running) -> bool:
    with Redis.from_url(running.store.url) as store:
        try:
            return store.get("count") is not None
        except RedisError:
            return False


def test_killed_web_server_and_worker_are_started_again(start: Callable[..., Running]) -> None:
    running = start().ready()
    worker, master = running.worker, running.get("/")["master"]

    os.kill(worker, signal.SIGKILL)
    os.kill(int(str(master)), signal.SIGKILL)

    wait_for(lambda: running.worker != worker)
    wait_for(lambda: running.get("/")["master"] != master)
    assert re.search(r"The web process ended \(signal SIGKILL\); it is started again now", running.output)


def test_run_after_a_killed_one_takes_over_its_store_and_port(start: Callable[..., Running]) -> None:
    killed = start().ready()
    killed.get("/store")
    store, worker, port = killed.store.pid, killed.worker, killed.port

    killed.end(signal.SIGKILL)
    successor = start(port=port).ready()

    assert successor.store.pid == store
    assert successor.get("/store")["count"] == 2
    wait_for(lambda: not is_alive(worker))
    assert "Took over the embedded store" in successor.output
    assert successor.end(signal.SIGTERM) == 0
    assert not successor.store.is_alive()


def test_reload_replaces_the_children_without_refusing_a_request(start: Callable[..., Running]) -> None:
    running = start().ready()
    web, worker = running.get("/")["pid"], running.worker

    running.process.send_signal(signal.SIGHUP)

    seen = {web}
    wait_for(lambda: seen.add(running.get("/")["pid"]) or (len(seen) >= 3 and running.worker != worker))
    assert is_alive(running.process.pid)
