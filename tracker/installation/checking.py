"""Looks at one page of a site and says what keeps the snippet from working: the page, its script, its numbers."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

from tracker.installation import page as pages
from tracker.installation.findings import Finding, error, good, warning
from tracker.installation.loading import CannotLoad, Loaded, Loader
from tracker.installation.page import Page, Script, host_of, joined
from tracker.installation.policy import CONNECT, SCRIPT, Wanted, refusing_directive

HTML = ("text/html", "application/xhtml+xml")


@dataclass(frozen=True)
class Expected:
    """What a page of a site should hold.

    Args:
        key: of the site.
        is_enabled: whether the site is switched on.
        domains: hosts of the site; their sub-domains are its own too.
        server: our own address, `https://track.example.com`.
        names: file names the snippet is served under.
        prefix: path below which it talks to us, `/w`.
        version: of the snippet that we serve, as its text says it.
        originals: numbers of enabled pools, E.164, to the digits pages may write for them.
    """

    key: str
    is_enabled: bool
    domains: Sequence[str]
    server: str
    names: Sequence[str]
    prefix: str
    version: str
    originals: Mapping[str, Sequence[str]]

    def owns(self, url: str) -> bool:
        """True for an address on the site's domains."""
        host = host_of(url)
        return any(host == domain or host.endswith(f".{domain}") for domain in self.domains)


def check(loader: Loader, expected: Expected, url: str) -> list[Finding]:
    """Loads the page and what its snippet needs; returns what was found, in the order it should be mended."""
    if not expected.is_enabled:
        return [error("site-switched-off")]
    if not expected.owns(url):
        return [error("not-on-domains", host=host_of(url) or url)]
    try:
        loaded = loader.get(url, may_follow=expected.owns)
    except CannotLoad as failure:
        return [failure.finding]
    trouble = _trouble_of_answer(loaded)
    if trouble:
        return [trouble]
    page = pages.read(loaded.text, loaded.url, expected.names)
    return [*_scripts(loader, expected, loaded, page), *_numbers(expected, page)]


def _trouble_of_answer(loaded: Loaded) -> Finding | None:
    status = str(loaded.status)
    if 300 <= loaded.status < 400:
        target = joined(loaded.url, loaded.headers.get("location", ""))
        return error("leads-elsewhere", host=host_of(target) or target)
    if loaded.status in (401, 407):
        return error("page-needs-login", status=status)
    if loaded.status in (403, 429):
        return error("page-refuses", status=status)
    if loaded.status >= 500:
        return error("page-fails", status=status)
    if loaded.status >= 400:
        return error("page-not-found", status=status)
    kind = loaded.headers.get("content-type", "text/html").partition(";")[0].strip().lower()
    return None if kind in HTML else error("not-a-page", type=kind)


def _scripts(loader: Loader, expected: Expected, loaded: Loaded, page: Page) -> Iterator[Finding]:
    ours = [script for script in page.scripts if script.key == expected.key]
    if not page.scripts:
        yield warning("only-tag-manager") if page.has_tag_manager else error("script-missing")
        return
    if not ours:
        wrong = page.scripts[0].key
        yield error("wrong-key", key=wrong, wanted=expected.key) if wrong else error("no-key", wanted=expected.key)
        return
    if len(page.scripts) > 1:
        others = sorted({script.key or "—" for script in page.scripts} - {expected.key})
        yield error("two-sites", keys=", ".join(others)) if others else error("twice", times=str(len(page.scripts)))
    script = ours[0]
    found = [*_element(script, loaded), *_policies(script, expected, loaded, page)]
    found += _served(loader, script, expected, loaded)
    yield from found
    if not any(one.level == "error" for one in found):
        yield good("script-works", url=script.url)


def _element(script: Script, loaded: Loaded) -> Iterator[Finding]:
    if not script.runs:
        yield error("does-not-run", type=script.type)
    if loaded.url.startswith("https:") and script.url.startswith("http:"):
        yield error("mixed-content", url=script.url)
    if script.waits_for_consent:
        yield warning("waits-for-consent")
    if script.is_test:
        yield warning("marked-as-test")


def _policies(script: Script, expected: Expected, loaded: Loaded, page: Page) -> Iterator[Finding]:
    talk = joined(script.url, "." + expected.prefix) + "/visit"
    places = [("header", loaded.headers.get("content-security-policy", ""))]
    places += [("meta", policy) for policy in page.policies]
    for place, policies in places:
        wanted = Wanted(script.url, loaded.url, script.nonce, script.is_loaded)
        if directive := refusing_directive(policies, wanted, SCRIPT):
            yield error(f"script-blocked-{place}", directive=directive, source=_origin(script.url))
        if directive := refusing_directive(policies, Wanted(talk, loaded.url), CONNECT):
            yield error(f"talk-blocked-{place}", directive=directive, source=_origin(script.url))


def _served(loader: Loader, script: Script, expected: Expected, loaded: Loaded) -> list[Finding]:
    """Whether the script's address answers with the script of today, and its server passes on what it says."""
    try:
        answer = loader.get(script.url)
        is_ours = answer.status == 200 and f'"{expected.version}"' in answer.text
        if not is_ours:
            return [_wrong_script(answer, script, expected)]
        return _talk(loader, script, expected)
    except CannotLoad as failure:
        is_certificate = failure.finding.code == "bad-certificate"
        return [error("script-bad-certificate" if is_certificate else "script-unreachable", url=script.url)]


def _wrong_script(answer: Loaded, script: Script, expected: Expected) -> Finding:
    host = host_of(script.url)
    if answer.status != 200:
        return error("script-not-served", url=script.url, status=str(answer.status))
    if "javascript" not in answer.headers.get("content-type", ""):
        return error("script-is-no-script", url=script.url)
    if host != host_of(expected.server) and not expected.owns(script.url):
        return error("other-host", host=host, server=expected.server)
    return error("old-version", url=script.url)


def _talk(loader: Loader, script: Script, expected: Expected) -> list[Finding]:
    """A visit without anything in it is refused by us with a sentence in JSON, and by others otherwise."""
    address = joined(script.url, "." + expected.prefix) + "/visit"
    answer = loader.post(address, "{}")
    try:
        is_ours = answer.status == 400 and "error" in json.loads(answer.text)
    except ValueError:
        is_ours = False
    return [] if is_ours else [error("talk-not-passed-on", url=address, status=str(answer.status))]


def _numbers(expected: Expected, page: Page) -> Iterator[Finding]:
    if not expected.originals:
        yield warning("no-pools")
    for number, writings in expected.originals.items():
        yield good("number-found", number=number) if page.shows(writings) else warning("number-missing", number=number)


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
