"""Google Analytics cookies: the client id of `_ga` and the session ids of `_ga_<stream>`.

Ids stay text: they may have leading zeros and exceed any size; their second number need not be a date.
Source: field meanings as documented by practitioners; the GS2 form is Google's since May 2025.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from urllib.parse import unquote

MAX_COOKIE = 256  # characters; longer ones are not Google's
MAX_STREAMS = 20  # a page has one or two; more is somebody's joke

_CLIENT_ID = re.compile(r"[0-9]{1,20}\.[0-9]{1,20}")
_COOKIE = re.compile(r"(?:GA[0-9]+|[0-9]+)\.([0-9]+)(?:-([0-9]+))?\.([0-9]{1,20}\.[0-9]{1,20})")
_AMP = re.compile(r"GA[0-9]+\.[0-9]+(?:-[0-9]+)?\.([A-Za-z0-9_.-]+)")
_STREAM = re.compile(r"_ga_([A-Za-z0-9]+)")
_SESSION_ID = re.compile(r"[0-9]{1,20}")


@lru_cache(maxsize=4096)
def client_id(cookie: str | None) -> str | None:
    """Reads a `_ga` cookie, e.g. `GA1.2.147852369.1692587411`, and returns `147852369.1692587411`.

    Also reads the old `1.2.…` form, the form with a path depth (`GA1.3-2.…`), AMP ids and a bare client id.
    Returns None for anything else.
    """
    text = _cookie_text(cookie)
    if _CLIENT_ID.fullmatch(text):
        return text
    found = _COOKIE.fullmatch(text)
    if found:
        return found[3]
    amp = _AMP.fullmatch(text)
    return amp[1] if amp else None


def best_client_id(cookies: Iterable[str]) -> str | None:
    """Returns the client id of the cookie set for the deepest domain and path, where a browser sends several."""
    readable = [cookie for cookie in cookies if client_id(cookie)]
    return client_id(max(readable, key=_depth)) if readable else None


def _depth(cookie: str) -> tuple[int, int]:
    found = _COOKIE.fullmatch(_cookie_text(cookie))
    return (int(found[1]), int(found[2] or 0)) if found else (0, 0)


@lru_cache(maxsize=4096)
def session_id(cookie: str | None) -> str | None:
    """Reads a `_ga_<stream>` cookie of either form and returns the session id, the second the session began.

    `GS1.1.1759999900.3.1.…` and `GS2.1.s1759999900$o3$g1…` (letters in any order) give `1759999900`.
    """
    version, _, rest = _cookie_text(cookie).partition(".")
    _, _, fields = rest.partition(".")
    if version == "GS1":
        found = fields.partition(".")[0]
    elif version == "GS2":
        found = next((piece[1:] for piece in fields.split("$") if piece.startswith("s")), "")
    else:
        return None
    return found if _SESSION_ID.fullmatch(found) else None


def session_ids(cookies: Mapping[str, str]) -> dict[str, str]:
    """Reads all stream cookies: `{"_ga_ABC123": "GS1.1.17…"}` gives `{"G-ABC123": "17…"}`; others are left out."""
    found: dict[str, str] = {}
    for name, cookie in list(cookies.items())[:MAX_STREAMS]:
        stream = _STREAM.fullmatch(name)
        session = session_id(cookie) if stream else None
        if stream and session:
            found[f"G-{stream[1]}"] = session
    return found


def _cookie_text(cookie: str | None) -> str:
    text = cookie or ""
    if len(text) > MAX_COOKIE:
        return ""
    return unquote(text).strip() if "%" in text else text.strip()
