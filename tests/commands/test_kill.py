"""kill -9 at random moments in a real `skvoz run`: nothing accepted is lost or doubled, no number has two visitors."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import sys
import threading
import time
import urllib.error
import urllib.request
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import create_engine, text

SETTLED_SECONDS = 2.0  # what was accepted longer before a kill must survive it
PATIENCE_SECONDS = 90
VISITORS = 8
CONFIGURATION = """
sites:
  - key: example
    name: Example
    domains: [example.com]
    pools:
      - key: ads
        kind: dynamic
        swap: "+74951112233"
        lease_on: arrival
        numbers: [NUMBERS]
    connections:
      - {key: pbx, provider: telephony/generic, settings: {secret: pbx-secret}}
""".replace("NUMBERS", ", ".join(f'"+7495777{number:04}"' for number in range(30)))


class Instance:
    """A whole installation in a folder of its own."""

    def __init__(self, folder: Path, **environ: str) -> None:
        self.folder = folder
        folder.mkdir()
        empty = {"REDIS_URL": "", "DATABASE_URL": ""}
        self._environ = {**os.environ, **empty, "SKVOZ_INSTANCE": str(folder), "SKVOZ_LOG_LEVEL": "ERROR", **environ}
        self._log = (folder.parent / f"{folder.name}.log").open("w+")
        self._process = subprocess.Popen(
            [sys.executable, "-m", "tracker.commands", "run", "--port", "0", "--workers", "1"],
            env=self._environ, stdout=self._log, stderr=self._log,
        )  # fmt: skip

    def ready(self) -> Instance:
        wait_for(lambda: "is ready" in self.output or self._process.poll() is not None)
        assert self._process.poll() is None, self.output
        self.port = int(json.loads((self.folder / "run.lock").read_text())["port"])
        return self

    @property
    def output(self) -> str:
        return Path(self._log.name).read_text()

    def command(self, *words: str) -> str:
        done = subprocess.run(
            [sys.executable, "-m", "tracker.commands", *words],
            env=self._environ, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == 0, done.stderr
        return done.stdout

    def post(self, path: str, said: dict[str, Any], **headers: str) -> tuple[int, dict[str, Any]]:
        """Posts once; 0 when nobody answered."""
        request = urllib.request.Request(f"http://127.0.0.1:{self.port}{path}", json.dumps(said).encode(), headers)
        try:
            with urllib.request.urlopen(request, timeout=20) as answer:
                body = answer.read()
                return answer.status, json.loads(body) if body else {}
        except urllib.error.HTTPError as error:
            return error.code, {}
        except (OSError, ValueError):
            return 0, {}

    def processes(self, name: str) -> list[int]:
        """Ids of the web server with its workers, of the worker, or of the store."""
        marks = {"web": "gunicorn", "worker": "tracker.commands\0worker", "store": "valkey-server"}
        return [pid for pid in _descendants(self._process.pid) if marks[name] in _command_line(pid)]

    def stop(self) -> None:
        self._process.terminate()
        self._process.wait(PATIENCE_SECONDS)
        self._log.close()


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def _descendants(pid: int) -> list[int]:
    children: dict[int, list[int]] = {}
    for entry in Path("/proc").glob("[0-9]*/stat"):
        try:
            parent = int(entry.read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(parent, []).append(int(entry.parent.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def _command_line(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return ""


class Traffic:
    """Visitors and callers who go on whatever happens. `views` and `calls` hold when each was accepted."""

    def __init__(self, instance: Instance) -> None:
        self._instance = instance
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._visit, args=(number,)) for number in range(VISITORS)]
        self._threads.append(threading.Thread(target=self._call))
        self.views: dict[str, float] = {}
        self.calls: set[str] = set()
        self.shown: list[tuple[float, float, str, str]] = []  # from, until, number, visitor
        self.bad: Counter[int] = Counter()

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _visit(self, number: int) -> None:
        visitor, count = f"{number:032x}", 0
        headers = {"Origin": "https://example.com", "User-Agent": CHROME}
        held: list[str] = []
        while not self._stop.is_set():
            count += 1
            view = f"{number:04x}{count:012x}"
            said = {"site": "example", "url": "https://example.com/", "visitor": visitor, "view": view, "held": held}
            status, answer = self._instance.post("/w/visit", {**said, "engaged": True}, **headers)
            if status == 200 and answer["reason"] in (None, "exhausted"):
                self.views[view] = time.monotonic()
            elif status not in (0, 200):
                self.bad[status] += 1
            for shown in answer.get("numbers", []):
                until = datetime.fromisoformat(shown["until"]).astimezone(UTC).timestamp()
                self.shown.append((time.time(), until, shown["number"], visitor))
                held = [shown["number"]]
            self._stop.wait(random.uniform(0.05, 0.3))

    def _call(self) -> None:
        count = 0
        while not self._stop.is_set():
            count += 1
            call_id = f"call-{count}"
            said = {"call_id": call_id, "event": "ringing", "from": f"+7916{count:07}", "to": "+74957770000"}
            for _ in range(2):  # a PBX repeats itself
                status, _answer = self._instance.post("/hooks/telephony/generic/pbx", said, **BEARER)
                if status == 202:
                    self.calls.add(call_id)
                elif status:
                    self.bad[status] += 1
            self._stop.wait(0.2)


CHROME = "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"
BEARER = {"Authorization": "Bearer pbx-secret"}


@pytest.fixture
def start(tmp_path: Path) -> Iterator[Callable[..., Instance]]:
    started: list[Instance] = []

    def begin(name: str = "instance", **environ: str) -> Instance:
        started.append(Instance(tmp_path / name, **environ))
        return started[-1]

    yield begin
    for instance in started:
        instance.stop()


def configured(instance: Instance) -> Instance:
    instance.ready()
    path = instance.folder / "skvoz.yaml"
    path.write_text(CONFIGURATION)
    instance.command("apply", str(path))
    return instance


def rows(url: str, query: str) -> list[Any]:
    engine = create_engine(url)
    with engine.connect() as connection:
        found = list(connection.execute(text(query)))
    engine.dispose()
    return found


def test_killed_parts_lose_and_double_nothing(start: Callable[..., Instance]) -> None:
    instance = configured(start())
    url = f"sqlite:///{instance.folder / 'skvoz.db'}"
    dice = random.Random(20260101)
    traffic = Traffic(instance)
    traffic.start()
    kills: list[float] = []
    for name in ("worker", "web", "store"):
        time.sleep(SETTLED_SECONDS + dice.uniform(0.1, 1.0))
        kills.append(time.monotonic())
        for pid in instance.processes(name):
            os.kill(pid, signal.SIGKILL)
        seen = len(traffic.views)
        wait_for(lambda seen=seen: len(traffic.views) > seen + VISITORS)
    traffic.stop()

    def stored() -> set[str]:
        return {row[0] for row in rows(url, "SELECT key FROM page_views")}

    doubtful = {view for view, at in traffic.views.items() if any(0 <= kill - at < SETTLED_SECONDS for kill in kills)}
    wait_for(lambda: set(traffic.views) - doubtful <= stored())
    wait_for(lambda: traffic.calls <= {row[0] for row in rows(url, "SELECT external_id FROM inquiries")})
    doubled = rows(url, "SELECT external_id FROM inquiries GROUP BY scope, external_id HAVING COUNT(*) > 1")
    assert doubled == []
    assert rows(url, "SELECT visit_id, key FROM page_views GROUP BY visit_id, key HAVING COUNT(*) > 1") == []
    assert traffic.bad == Counter()
    assert not _shared(traffic.shown)


def _shared(shown: list[tuple[float, float, str, str]]) -> list[tuple[str, str, str]]:
    """Numbers that one visitor was shown while another still had the right to them."""
    found = []
    for at, _, number, visitor in shown:
        for since, until, other_number, other in shown:
            if number == other_number and visitor != other and since < at < until:
                found.append((number, visitor, other))
    return found


def test_two_instances_side_by_side_know_nothing_of_each_other(start: Callable[..., Instance]) -> None:
    one, two = start("one"), start("two")
    configured(one)
    two.ready()

    said = {"site": "example", "url": "https://example.com/", "engaged": True}
    headers = {"Origin": "https://example.com", "User-Agent": CHROME}

    assert one.post("/w/visit", said, **headers)[0] == 200
    assert two.post("/w/visit", said, **headers)[0] == 404
    assert one.port != two.port


def test_two_variables_switch_to_real_servers(
    start: Callable[..., Instance], postgres_url: str, redis_url: str
) -> None:
    instance = configured(start(DATABASE_URL=postgres_url, REDIS_URL=redis_url))
    said = {"site": "example", "url": "https://example.com/", "engaged": True}

    status, answer = instance.post("/w/visit", said, Origin="https://example.com", **{"User-Agent": CHROME})
    call = {"call_id": "c1", "event": "ringing", "from": "+79161234567", "to": answer["numbers"][0]["number"]}
    call_status, matched = instance.post("/hooks/telephony/generic/pbx", call, **BEARER)

    assert (status, call_status) == (200, 202)
    assert matched["attribution"]["visitor"] == answer["visitor"]
    wait_for(lambda: rows(postgres_url, "SELECT key FROM page_views"))
    assert not (instance.folder / "skvoz.db").exists()
    assert instance.processes("store") == []
