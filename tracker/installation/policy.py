"""Reads a Content-Security-Policy as browsers do, as far as it decides about the snippet.

Source: Content Security Policy Level 3, W3C working draft, sections 6.7.1 and 6.7.2 (read 2026-11).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import SplitResult, urlsplit

SCRIPT = ("script-src-elem", "script-src", "default-src")
CONNECT = ("connect-src", "default-src")
PORTS = {"http": 80, "https": 443, "ws": 80, "wss": 443}
UPGRADES = {("http", "https"), ("ws", "wss"), ("http", "wss"), ("http", "ws"), ("https", "wss")}


@dataclass(frozen=True)
class Wanted:
    """Something a page loads: its address, the page's own, and the nonce the script carries."""

    url: str
    page: str
    nonce: str | None = None
    is_made_by_script: bool = False  # a loader put it there: trusted wherever its maker is


def refusing_directive(policies: str, wanted: Wanted, directives: Sequence[str]) -> str | None:
    """Returns the name of the directive that refuses the address, None when all policies let it through.

    Args:
        policies: one or several, as the header or `<meta>` has them: `default-src 'self'; img-src *`.
        directives: `SCRIPT` or `CONNECT`: the first one present decides.
    """
    for policy in policies.split(","):
        rules = _rules(policy)
        name = next((name for name in directives if name in rules), None)
        if name is not None and not _allows(rules[name], wanted, is_script=directives is SCRIPT):
            return name
    return None


def _rules(policy: str) -> dict[str, list[str]]:
    rules: dict[str, list[str]] = {}
    for directive in policy.split(";"):
        name, *values = directive.split() or [""]
        rules.setdefault(name.lower(), values)
    return rules


def _allows(sources: list[str], wanted: Wanted, is_script: bool) -> bool:
    if is_script:
        if wanted.nonce and f"'nonce-{wanted.nonce}'" in sources:
            return True
        if "'strict-dynamic'" in (source.lower() for source in sources):
            return wanted.is_made_by_script
    url, page = urlsplit(wanted.url), urlsplit(wanted.page)
    return any(_fits(source, url, page) for source in sources if "[" not in source)


def _fits(source: str, url: SplitResult, page: SplitResult) -> bool:
    plain = source.lower()
    if plain == "'self'":
        return _is_own(url, page)
    if plain.startswith("'"):
        return False
    if plain == "*":
        return url.scheme in ("http", "https", page.scheme)
    if plain.endswith(":") and "/" not in plain:
        return _scheme_fits(plain[:-1], url.scheme)
    return _host_fits(source, url, page)


def _is_own(url: SplitResult, page: SplitResult) -> bool:
    if url.hostname != page.hostname:
        return False
    if (url.scheme, _port(url)) == (page.scheme, _port(page)):
        return True
    both_usual = _port(url) == PORTS.get(url.scheme) and _port(page) == PORTS.get(page.scheme)
    return (page.scheme, url.scheme) in UPGRADES and both_usual


def _host_fits(source: str, url: SplitResult, page: SplitResult) -> bool:
    scheme, _, rest = source.rpartition("://")
    wanted = urlsplit(f"//{rest}")
    if not _scheme_fits(scheme.lower() or page.scheme, url.scheme):
        return False
    host, _, port = wanted.netloc.lower().partition(":")
    name = url.hostname or ""
    if not (name.endswith(host[1:]) if host.startswith("*.") else name == host):
        return False
    if port != "*" and _port(url) != (int(port) if port.isdigit() else PORTS.get(url.scheme)):
        return False
    if wanted.path in ("", "/"):
        return True
    return url.path.startswith(wanted.path) if wanted.path.endswith("/") else url.path == wanted.path


def _scheme_fits(allowed: str, scheme: str) -> bool:
    return allowed == scheme or (allowed, scheme) in UPGRADES


def _port(url: SplitResult) -> int | None:
    try:
        return url.port or PORTS.get(url.scheme)
    except ValueError:
        return None
