"""What both measurements stand on: `skvoz run` and further workers as real processes, two pretend CRMs beside them."""

from __future__ import annotations

import os
import random
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from threading import Thread
from typing import Any

import requests
from werkzeug.serving import WSGIRequestHandler, make_server

from demo.sandbox.amocrm import Account, create_sandbox
from demo.sandbox.bitrix24 import Portal, create_app, demo_portal

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = "bench-pbx"
MOST_REPEATS = 10
NUMBERS = [f"+7495777{number:04}" for number in range(10)]
CONFIGURATION = """
sites:
  - key: example
    name: Example LLC
    domains: [example.com]
    country: RU
    language: en
    pools:
      - {{key: ads, kind: dynamic, swap: "+74951112233", numbers: [{numbers}]}}
    connections:
      - {{key: pbx, provider: telephony/generic, settings: {{secret: {secret}}}}}
{crms}
"""
CRMS = {
    "amocrm": "{{key: amo, provider: crm/amocrm, settings: {{base_url: '{url}', access_token: demo-token}}}}",
    "bitrix24": "{{key: b24, provider: crm/bitrix24, settings: {{webhook_url: '{url}/rest/1/secret/'}}}}",
}


class Silent(WSGIRequestHandler):
    """Serves without a line per request, and without waiting for the client's acknowledgements."""

    disable_nagle_algorithm = True

    def log_request(self, *args: Any) -> None:
        pass


@dataclass
class Stage:
    """A running installation with its CRMs."""

    folder: Path
    port: int
    account: Account
    portal: Portal
    environ: Mapping[str, str]
    main: subprocess.Popen[bytes] | None = None
    workers: list[subprocess.Popen[bytes]] = field(default_factory=list)
    token: str = ""
    kills: int = 0
    repeated: int = 0

    def skvoz(self, *words: str) -> subprocess.Popen[bytes]:
        log = (self.folder / "skvoz.log").open("ab")
        command = [sys.executable, "-m", "tracker.commands", *words]
        return subprocess.Popen(
            command, cwd=ROOT, env=dict(self.environ), stdout=log, stderr=log, start_new_session=True
        )

    def call(self, call_id: str, event: str, **facts: object) -> str:
        """The PBX reports; returns the inquiry."""
        said = {"call_id": call_id, "event": event, **facts}
        return self._post("/hooks/telephony/generic/pbx", said, SECRET)

    def inquire(self, **facts: object) -> str:
        """A server of the customer reports a form or letter; returns the inquiry."""
        return self._post("/api/v1/inquiries", {"site": "example", **facts}, self.token)

    def _post(self, path: str, said: Mapping[str, object], secret: str) -> str:
        """Repeats what got no answer, as telephone systems do."""
        headers = {"Authorization": f"Bearer {secret}"}
        for _ in range(MOST_REPEATS):
            try:
                answer = requests.post(f"http://127.0.0.1:{self.port}{path}", json=said, headers=headers, timeout=30)
            except requests.RequestException:
                self.repeated += 1
                continue
            answer.raise_for_status()
            body = answer.json()
            if key := body.get("inquiry") or body.get("id"):
                return str(key)
            time.sleep(1)  # taken into the spool: the database was busy
            self.repeated += 1
        raise RuntimeError(f"{path} was not answered")

    def add_worker(self) -> None:
        self.workers.append(self.skvoz("worker", "--only", "ingest,deliver,recover"))

    def kill_a_worker(self, dice: random.Random) -> None:
        """`kill -9` to one of the workers; a new one takes its place."""
        assert self.main is not None
        own = [pid for pid in children(self.main.pid) if "tracker.commands\0worker" in command_of(pid)]
        victim = dice.randrange(len(self.workers) + len(own))
        self.kills += 1
        if victim < len(self.workers):
            process = self.workers.pop(victim)
            process.kill()
            process.wait()
            self.add_worker()
        else:
            os.kill(own[0], signal.SIGKILL)  # its parent starts it again

    def open_deliveries(self) -> dict[str, int]:
        """How many deliveries stand in each status, by the program's own database."""
        import sqlite3

        with sqlite3.connect(f"file:{self.folder / 'skvoz.db'}?mode=ro", uri=True) as database:
            rows = database.execute("select status, count(*) from deliveries group by status").fetchall()
        return dict(rows)

    def stop(self) -> None:
        for process in [*self.workers, self.main]:
            if process is not None and process.poll() is None:
                process.terminate()
                process.wait(60)


@contextmanager
def stage(*crms: str, workers: int = 1) -> Iterator[Stage]:
    """Starts everything in a folder of its own, and stops it again."""
    account, portal = Account(), demo_portal()
    servers = {"amocrm": serve(create_sandbox(account)), "bitrix24": serve(create_app(portal))}
    with tempfile.TemporaryDirectory(prefix="skvoz-bench-") as name:
        folder, port = Path(name), free_port()
        environ = {**os.environ, "SKVOZ_INSTANCE": name, "SKVOZ_LOG_LEVEL": "WARNING", "SECRET_KEY": "bench"}
        made = Stage(folder, port, account, portal, environ)
        connections = "\n".join("      - " + CRMS[crm].format(url=url_of(servers[crm])) for crm in crms)
        numbers = ", ".join(f'"{number}"' for number in NUMBERS)
        text = CONFIGURATION.format(numbers=numbers, secret=SECRET, crms=connections)
        (folder / "skvoz.yaml").write_text(text)
        try:
            begin(made, workers)
            yield made
        finally:
            made.stop()
            for server in servers.values():
                server.shutdown()


def begin(made: Stage, workers: int) -> None:
    made.main = made.skvoz("run", "--port", str(made.port), "--workers", "2")
    wait_until_ready(made.port)
    apply = made.skvoz("apply", str(made.folder / "skvoz.yaml"))
    if apply.wait(60):
        raise RuntimeError((made.folder / "skvoz.log").read_text())
    made.token = spoken(made, "token", "add", "bench", "--scope", "read,write")
    for _ in range(workers - 1):
        made.add_worker()
    time.sleep(3)


def spoken(made: Stage, *words: str) -> str:
    command = [sys.executable, "-m", "tracker.commands", *words]
    done = subprocess.run(command, cwd=ROOT, env=dict(made.environ), capture_output=True, text=True, check=True)
    return done.stdout.strip()


def serve(app: Any) -> Any:
    server = make_server("127.0.0.1", 0, app, threaded=True, request_handler=Silent)
    Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
    return server


def url_of(server: Any) -> str:
    return f"http://127.0.0.1:{server.server_port}"


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_ready(port: int, seconds: float = 240) -> None:
    deadline = time.monotonic() + seconds
    while time.monotonic() < deadline:
        try:
            if requests.get(f"http://127.0.0.1:{port}/health/live", timeout=2).ok:
                return
        except requests.RequestException:
            pass
        time.sleep(0.2)
    raise TimeoutError("the installation does not answer")


def children(pid: int) -> list[int]:
    try:
        return [int(one) for one in Path(f"/proc/{pid}/task/{pid}/children").read_text().split()]
    except OSError:
        return []


def command_of(pid: int) -> str:
    try:
        return Path(f"/proc/{pid}/cmdline").read_text()
    except OSError:
        return ""
