"""One call of a page over HTTP: reads the request into a `Call`, writes the `Reply` with its CORS headers and cookie.

Pages send JSON as text/plain, so that no preflight is asked; errors are readable from any origin, for the debug mode.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import urlsplit

import msgspec

from tracker.values import json_body
from tracker.values.landing_url import host_of
from tracker.visits.arrival import Client

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment

T = TypeVar("T")
Headers = tuple[tuple[str, str], ...]

LARGEST_BODY = 16 * 1024
COOKIE = "_skv"
COOKIE_SECONDS = 2 * 365 * 86_400
LOCAL_HOSTS = frozenset({"localhost", "127.0.0.1", "[::1]"})
REASONS = {status.value: f"{status.value} {status.phrase}" for status in HTTPStatus}

ANYBODY: Headers = (("Access-Control-Allow-Origin", "*"),)
PREFLIGHT: Headers = (
    *ANYBODY,
    ("Access-Control-Allow-Methods", "POST"),
    ("Access-Control-Allow-Headers", "Content-Type"),
    ("Access-Control-Max-Age", "86400"),
)


class Problem(Exception):
    """An answer that is no success: `{"error": …, "field": …}`."""

    def __init__(self, status: int, error: str, field: str | None = None) -> None:
        super().__init__(error)
        self.status = status
        self.field = field


@dataclass(frozen=True)
class Call:
    """One request of a page."""

    environ: Mapping[str, Any]
    body: bytes
    client: Client
    origin: str | None  # as sent, None when absent or `null`

    @property
    def is_same_origin(self) -> bool:
        """True when script and page share an origin, so that our cookie is the page's own.

        Proxies that cannot keep the Host of the page (rewrites of Next.js, Apache with a checked certificate) do keep
        what the browser itself says of it, which no page can forge.
        Source: https://www.w3.org/TR/fetch-metadata/#sec-fetch-site-header (read 2026-11).
        """
        if self.origin is None:
            return False
        if self.environ.get("HTTP_SEC_FETCH_SITE") == "same-origin":
            return True
        here = f"{self.environ['wsgi.url_scheme']}://{self.environ.get('HTTP_HOST', '')}"
        return self.origin.lower() == here.lower()

    def cookie(self) -> str | None:
        """The visitor id of our cookie; None when absent, not ours to read, or no visitor id."""
        if not self.is_same_origin:
            return None
        for pair in self.environ.get("HTTP_COOKIE", "").split(";"):
            name, _, value = pair.strip().partition("=")
            if name == COOKIE and len(value) == 32 and set(value) <= set("0123456789abcdef"):
                return str(value)
        return None


@dataclass(frozen=True)
class Reply:
    """An answer; `body` None sends none."""

    status: int
    body: object = None
    headers: Headers = ()


def read(environ: WSGIEnvironment) -> Call:
    """Reads a request.

    Raises:
        Problem: it is no POST, or its body is too large.
    """
    if environ["REQUEST_METHOD"] != "POST":
        raise Problem(405, "use POST")
    stated = environ.get("CONTENT_LENGTH") or "0"
    if not stated.isdecimal():
        raise Problem(400, "Content-Length is not a number")
    length = int(stated)
    if length > LARGEST_BODY:
        raise Problem(413, f"the body is larger than {LARGEST_BODY} bytes")
    origin = environ.get("HTTP_ORIGIN")
    return Call(
        environ=environ,
        body=environ["wsgi.input"].read(length),
        client=Client(environ.get("REMOTE_ADDR", ""), environ.get("HTTP_USER_AGENT", "")),
        origin=origin if origin and origin != "null" else None,
    )


def parse(body: bytes, kind: type[T]) -> T:
    """Reads a body as one of the messages.

    Raises:
        Problem: it is none; the field that is wrong is named.
    """
    try:
        return json_body.read(body, kind)
    except msgspec.ValidationError as error:
        text, _, path = str(error).partition(" - at `$")
        missing = text.partition("missing required field `")[2].rstrip("`")
        field = (path.rstrip("`").replace("[...]", "") + "." + missing).strip(".").replace("[", ".").replace("]", "")
        raise Problem(400, text, field or None) from error
    except ValueError as error:
        raise Problem(400, "the body is not JSON in UTF-8") from error


def cors(call: Call) -> Headers:
    """Lets the page read the answer, and keep our cookie where script and page share an origin."""
    if call.origin is None:
        return ANYBODY
    headers = [("Access-Control-Allow-Origin", call.origin), ("Vary", "Origin")]
    if call.is_same_origin:
        headers.append(("Access-Control-Allow-Credentials", "true"))
    return tuple(headers)


def visitor_cookie(call: Call, visitor: str, domains: Iterable[str]) -> Headers:
    """Our own cookie lives two years where browsers cut those of scripts to seven days.

    Args:
        domains: of the site; the cookie is for the whole of the one that the page stands on.
    """
    if not call.is_same_origin:
        return ()
    host = host_of(call.origin)
    domain = next((d for d in domains if host == d or host.endswith("." + d)), None)
    parts = [f"{COOKIE}={visitor}", f"Max-Age={COOKIE_SECONDS}", "Path=/", "SameSite=Lax"]
    if domain and domain not in LOCAL_HOSTS:
        parts.append(f"Domain={domain}")
    if urlsplit(call.origin or "").scheme == "https":
        parts.append("Secure")
    return (("Set-Cookie", "; ".join(parts)),)


def send(reply: Reply, start_response: StartResponse) -> Iterable[bytes]:
    """Writes the answer; what it says is meant for this moment and this page, so nobody may keep it."""
    body = b"" if reply.body is None else msgspec.json.encode(reply.body)
    headers = [*reply.headers, ("Cache-Control", "no-store"), ("Content-Length", str(len(body)))]
    if body:
        headers.append(("Content-Type", "application/json"))
    start_response(REASONS[reply.status], headers)
    return [body]
