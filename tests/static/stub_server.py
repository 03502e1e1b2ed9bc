"""A small strict server for the browser tests: serves pages, answers the snippet, remembers what it was told.

Hosts below `localhost` resolve to loopback in every browser, so each test page has its own host, and with it
its own storage and cookies. A request that breaks the contract is answered 400 and kept in `faults`.
"""

from __future__ import annotations

import json
import mimetypes
import re
import threading
from collections import defaultdict
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from page_contract import LARGEST_BODY, fault

from tracker.web.snippet import build

HERE = Path(__file__).parent

NUMBER = {
    "swap": "+74951112233",
    "match": ["74951112233", "84951112233", "4951112233"],
    "number": "+74957770001",
    "until": "2026-01-01T12:15:00Z",
    "ttl": 900,
    "shared": False,
}
EMAIL = {"swap": "sales@example.com", "address": "sales+k3v9xq@example.com"}


@dataclass
class Site:
    """How the stub behaves towards one site, and what that site's pages told it.

    `status` maps a path such as `visit` to the status to answer; `hang` lists paths that wait for `release`.
    """

    numbers: list[dict[str, Any]] = field(default_factory=lambda: [NUMBER])
    emails: list[dict[str, Any]] = field(default_factory=lambda: [EMAIL])
    beat: float = 45
    lease_on: str = "arrival"
    reason: str | None = None
    status: dict[str, int] = field(default_factory=dict)
    hang: tuple[str, ...] = ()
    extra: dict[str, Any] = field(default_factory=dict)
    pages: dict[str, str] = field(default_factory=dict)
    headers: dict[str, str] = field(default_factory=dict)
    told: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    release: threading.Event = field(default_factory=threading.Event)
    pieces: threading.Event | None = None  # pages are sent at once but for their end, which waits for this

    def bodies(self, path: str) -> list[dict[str, Any]]:
        """What was sent to `/w/<path>`, oldest first."""
        return [body for said, body in self.told if said == path]

    def answer(self, body: dict[str, Any]) -> dict[str, Any]:
        """The answer to a visit or a beat: leases for those configured numbers that the page named."""
        wanted = body.get("numbers")
        named = None if wanted is None else {re.sub(r"\D", "", text) for text in wanted}
        granted = [n for n in self.numbers if named is None or any(d.removeprefix("00") in n["match"] for d in named)]
        reason = self.reason
        if self.lease_on == "engagement" and not body.get("engaged"):
            granted, reason = [], "not-engaged"
        if body.get("late_ms"):
            granted, reason = [], "late"
        visitor = body.get("visitor") or "0" * 32
        answer = {"visitor": visitor, "visit": "v-" + visitor[:8], "tag": "k3v9xq"}
        leases = {"numbers": granted, "emails": self.emails, "beat": self.beat, "reason": reason}
        return {**answer, **leases, **self.extra}


class Stub:
    """The server and the state of every site; `url(site)` is the address of its first page."""

    def __init__(self) -> None:
        self.sites: dict[str, Site] = defaultdict(Site)
        self.faults: list[str] = []
        self.lock = threading.Condition()
        handler = type("Handler", (_Handler,), {"stub": self})
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
        self.server.daemon_threads = True
        self.port = self.server.server_address[1]
        threading.Thread(target=self.server.serve_forever, daemon=True).start()

    def close(self) -> None:
        for site in self.sites.values():
            site.release.set()
        self.server.shutdown()
        self.server.server_close()

    def origin(self, host: str) -> str:
        return f"http://{host}.localhost:{self.port}"

    def url(self, site: str, path: str = "/") -> str:
        return self.origin(f"www.{site}") + path

    def remember(self, path: str, body: dict[str, Any], site: Site) -> None:
        with self.lock:
            site.told.append((path, body))
            self.lock.notify_all()

    def wait(self, site: str, path: str, count: int = 1, seconds: float = 5) -> list[dict[str, Any]]:
        """Waits until `path` was told `count` times; returns the bodies so far, however many came."""
        with self.lock:
            self.lock.wait_for(lambda: len(self.sites[site].bodies(path)) >= count, seconds)
        return self.sites[site].bodies(path)


class _Handler(BaseHTTPRequestHandler):
    stub: Stub
    protocol_version = "HTTP/1.1"

    def log_message(self, format: str, *args: Any) -> None:
        pass

    def do_GET(self) -> None:
        if self.path == "/favicon.ico":
            return self._send(204, b"", None)
        path, query = urlsplit(self.path).path, parse_qs(urlsplit(self.path).query)
        if path == "/w.js":
            served = build(query.get("part", ["core"])[0])
            caching = {"Cache-Control": "max-age=600", "Access-Control-Allow-Origin": "*"}
            return self._send(200, served.body, "text/javascript", caching)
        if path.startswith("/vendor/"):
            file = HERE / "vendor" / Path(path).name
            return self._send(200, file.read_bytes(), mimetypes.guess_type(file)[0] or "text/plain")
        labels = self.headers["Host"].split(":")[0].split(".")
        site = self.stub.sites[labels[-2] if len(labels) > 1 else labels[0]]
        page = site.pages.get(path)
        if page is None:
            return self._send(404, b"", "text/plain")
        return self._send(200, page.encode(), "text/html; charset=utf-8", site.headers, site.pieces)

    def do_OPTIONS(self) -> None:
        self._fault(f"preflight for {self.path}")

    def do_POST(self) -> None:
        path = urlsplit(self.path).path.removeprefix("/w/")
        raw = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        body = self._understood(path, raw)
        if body is None:
            return
        site = self.stub.sites[body["site"]]
        self.stub.remember(path, body, site)
        if path in site.hang:
            site.release.wait(20)
        self._answer(path, body, site)

    def _understood(self, path: str, raw: bytes) -> dict[str, Any] | None:
        problem: str | None = None
        body: Any = None
        try:
            body = json.loads(raw)
            problem = fault(path, body)
        except (ValueError, KeyError) as error:
            problem = repr(error)
        if len(raw) > LARGEST_BODY:
            problem = "body too large"
        if not self.headers.get("Content-Type", "").startswith("text/plain"):
            problem = "not sent as text/plain"
        origin = self.headers.get("Origin", "")
        if self.headers.get("Cookie") and not origin.endswith("//" + self.headers["Host"]):
            problem = "credentials sent to another origin"
        if problem:
            return self._fault(f"{path}: {problem}: {raw[:300]!r}")
        assert isinstance(body, dict)
        return body

    def _answer(self, path: str, body: dict[str, Any], site: Site) -> None:
        status = site.status.get(path)
        if status:
            return self._send(
                status, b'{"error": "as the test wants", "field": null}', "application/json", self._cors()
            )
        if path in ("visit", "beat"):
            text = json.dumps(site.answer(body)).encode()
            return self._send(200, text, "application/json", {**self._cors(), "Cache-Control": "no-store"})
        if path == "form":
            return self._send(202, b'{"inquiry": "i-1"}', "application/json", self._cors())
        return self._send(204, b"", None, self._cors())

    def _cors(self) -> dict[str, str]:
        return {"Access-Control-Allow-Origin": self.headers.get("Origin", "*"), "Vary": "Origin"}

    def _fault(self, problem: str) -> None:
        self.stub.faults.append(problem)
        answer = json.dumps({"error": problem, "field": None}).encode()
        self._send(400, answer, "application/json", {"Access-Control-Allow-Origin": "*"})

    def _send(
        self,
        status: int,
        body: bytes,
        kind: str | None,
        headers: dict[str, str] | None = None,
        pieces: threading.Event | None = None,
    ) -> None:
        self.send_response(status)
        if kind:
            self.send_header("Content-Type", kind)
        if status != 204:
            self.send_header("Content-Length", str(len(body) + (1 if pieces else 0)))
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        self.end_headers()
        self.wfile.write(body)
        if pieces:
            pieces.wait(20)
            self.wfile.write(b"\n")
