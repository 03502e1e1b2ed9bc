"""Fetches a page the way a browser would, with bounds on time, size and redirects, and never from a private network."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass

import requests
from requests import Response

from tracker.errors import PrivateHost
from tracker.installation.findings import Finding, error
from tracker.installation.page import host_of, joined
from tracker.public_hosts import guarded_session

CONNECT_SECONDS = 5
READ_SECONDS = 8
WHOLE_SECONDS = 15
MAX_BYTES = 3_000_000  # the heaviest home pages have half of that as HTML
MAX_REDIRECTS = 4
REDIRECTS = (301, 302, 303, 307, 308)
# Many sites refuse what does not look like a browser.
BROWSER = (
    "Mozilla/5.0 (X11; Linux x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36 SkvozCheck/1"
)


@dataclass(frozen=True)
class Loaded:
    """What an address answered. `url` is where it came from after redirects; header names are lower-case."""

    url: str
    status: int
    headers: Mapping[str, str]
    text: str


class CannotLoad(Exception):
    """There is no answer; `finding` says why."""

    def __init__(self, finding: Finding) -> None:
        super().__init__(finding.code)
        self.finding = finding


class Loader:
    """Loads addresses for one look at a page.

    Args:
        allowed: private hosts that may be called all the same.
    """

    def __init__(self, allowed: Collection[str]) -> None:
        self._session = guarded_session(allowed)
        self._session.headers["User-Agent"] = BROWSER
        self._until = time.monotonic() + 2 * WHOLE_SECONDS

    def get(self, url: str, may_follow: Callable[[str], bool] = lambda _url: True) -> Loaded:
        """Loads an address with its redirects.

        Args:
            may_follow: asked before each redirect; one it refuses is returned as the answer.

        Raises:
            CannotLoad: no answer, too many redirects, or one that leads nowhere.
        """
        for _ in range(MAX_REDIRECTS + 1):
            answer = self._send("GET", url)
            target = joined(url, answer.headers.get("location", ""))
            if answer.status not in REDIRECTS or "location" not in answer.headers or not may_follow(target):
                return answer
            url = target
        raise CannotLoad(error("too-many-redirects", url=url))

    def post(self, url: str, body: str) -> Loaded:
        """Sends a small text; redirects are not followed.

        Raises:
            CannotLoad: no answer.
        """
        return self._send("POST", url, body)

    def _send(self, method: str, url: str, body: str | None = None) -> Loaded:
        host = host_of(url)
        if not url.startswith(("http://", "https://")) or not host:
            raise CannotLoad(error("not-an-address", url=url))
        try:
            with self._session.request(
                method,
                url,
                data=body,
                headers={"Content-Type": "text/plain"} if body else None,
                timeout=(CONNECT_SECONDS, READ_SECONDS),
                allow_redirects=False,
                stream=True,
            ) as response:
                headers = {name.lower(): value for name, value in response.headers.items()}
                return Loaded(url, response.status_code, headers, self._read(response))
        except PrivateHost as failure:
            raise CannotLoad(error("private-host", host=host)) from failure
        except (requests.RequestException, OSError, UnicodeError) as failure:
            raise CannotLoad(_why(failure, host)) from failure

    def _read(self, response: Response) -> str:
        """At most MAX_BYTES of the body, in the charset that header or page name."""
        body = b""
        until = min(self._until, time.monotonic() + WHOLE_SECONDS)
        for chunk in response.iter_content(65_536):
            body += chunk
            if len(body) > MAX_BYTES or time.monotonic() > until:
                break
        return _decoded(body, response)


def _decoded(body: bytes, response: Response) -> str:
    named = response.encoding if "charset" in response.headers.get("Content-Type", "").lower() else None
    start = body[:2048].lower()
    guessed = "cp1251" if b"windows-1251" in start or b"cp1251" in start else "utf-8"
    try:
        return body.decode(named or guessed, "replace")
    except LookupError:
        return body.decode("utf-8", "replace")


def _why(failure: Exception, host: str) -> Finding:
    text = repr(failure)
    if isinstance(failure, requests.exceptions.SSLError):
        return error("bad-certificate", host=host)
    if isinstance(failure, requests.exceptions.Timeout):
        return error("too-slow", host=host)
    if isinstance(failure, socket.gaierror | UnicodeError) or "NameResolutionError" in text or "gaierror" in text:
        return error("no-such-host", host=host)
    return error("unreachable", host=host)
