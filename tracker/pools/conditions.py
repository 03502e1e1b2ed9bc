"""Which visits a pool serves: the `when:` of the configuration, read once and asked for each visit.

All keys given must fit. Whether the visitor has been here before is known to the lease script alone, so
`returning` is only carried here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import blake2b
from typing import Protocol
from urllib.parse import unquote

from tracker.errors import InvalidInput
from tracker.values import patterns
from tracker.values.landing_url import normal_host

DEVICES = ("mobile", "tablet", "desktop", "other")
VISITORS = {"new": False, "returning": True}


@dataclass(frozen=True, slots=True)
class VisitFacts:
    """What conditions look at. None is unknown or absent, and fits only where nothing is asked.

    Args:
        visitor: our visitor id; decides the share of traffic.
        utm_source … utm_content: as in the address of the landing page.
        referrer_host: lower-case, `www.google.com`.
        landing_path: as in the address, `/catalog/`.
        country: ISO 3166; region and city: names as the geo file gives them.
        device: mobile, tablet, desktop or other.
        language: of the browser, `ru-RU`.
    """

    visitor: str
    channel: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_term: str | None = None
    utm_content: str | None = None
    referrer_host: str | None = None
    landing_path: str | None = None
    country: str | None = None
    region: str | None = None
    city: str | None = None
    device: str | None = None
    language: str | None = None


class Test(Protocol):
    """Something that a fact fits or not."""

    def match(self, text: str | None) -> bool:
        """True when the fact fits."""


@dataclass(frozen=True, slots=True)
class HostTest:
    """Hosts with their sub-domains: `vk.com` takes `m.vk.com` and not `notvk.com`."""

    hosts: tuple[str, ...]
    endings: tuple[str, ...]

    def match(self, text: str | None) -> bool:
        """True when the host is one of them or below one of them."""
        return text is not None and (text in self.hosts or text.endswith(self.endings))


@dataclass(frozen=True, slots=True)
class LanguageTest:
    """Languages: `ru` takes `ru-RU` as well, `pt-br` takes only itself."""

    languages: frozenset[str]

    def match(self, text: str | None) -> bool:
        """True when the browser's language is one of them, or a variety of one."""
        language = (text or "").lower().replace("_", "-")
        return language in self.languages or language.partition("-")[0] in self.languages


@dataclass(frozen=True, slots=True)
class PathTest:
    """Paths, compared as people read them: `/каталог/*` takes `/%D0%BA…/`."""

    patterns: patterns.Patterns

    def match(self, text: str | None) -> bool:
        """True when the decoded path fits."""
        return text is not None and self.patterns.match(unquote(text))


@dataclass(frozen=True, slots=True)
class Conditions:
    """The conditions of a pool.

    Args:
        tests: field of `VisitFacts` and what it must fit.
        share: part of the visitors that the pool takes, above 0 and up to 1; None takes all.
        returning: True asks for visitors who have been here before, False for new ones, None for either.
    """

    tests: tuple[tuple[str, Test], ...] = ()
    share: float | None = None
    returning: bool | None = None


def read(when: Mapping[str, object], field: str = "when") -> Conditions:
    """Reads the `when:` mapping of a pool.

    Args:
        when: `{"channel": ["paid-search", "paid-social"], "utm_campaign": "brand*", "device": "mobile",
            "visitor": "new", "share": "50%"}`; each value a text or a list of texts, of which one must fit.
        field: dotted path of the mapping, for messages.

    Raises:
        InvalidInput: an unknown key or a value that cannot be read; names the key.
    """
    for key in when:
        if key not in KEYS:
            raise InvalidInput(f"unknown condition; known are {', '.join(KEYS)}", f"{field}.{key}")
    tests = tuple((key, _READERS[key](value, f"{field}.{key}")) for key, value in when.items() if key in _READERS)
    share = _share(when["share"], f"{field}.share") if "share" in when else None
    returning = _returning(when["visitor"], f"{field}.visitor") if "visitor" in when else None
    return Conditions(tests, share, returning)


def matches(conditions: Conditions, facts: VisitFacts) -> bool:
    """True when a visit fits all conditions; `returning` is not looked at."""
    if not all(test.match(getattr(facts, name)) for name, test in conditions.tests):
        return False
    return conditions.share is None or place_of(facts.visitor) < conditions.share


def place_of(visitor: str) -> float:
    """Returns the visitor's fixed place between 0 and 1 (excluded); shares take the visitors below them."""
    octets = blake2b(visitor.encode("utf-8", "replace"), digest_size=6, person=b"share").digest()
    return int.from_bytes(octets, "big") / 2**48


def _plain(value: object, field: str) -> Test:
    return patterns.read(value, field, wildcards=False)


def _wild(value: object, field: str) -> Test:
    return patterns.read(value, field)


def _path(value: object, field: str) -> Test:
    read = patterns.read(value, field)
    for path in (*read.exact, *read.starts):
        if not path.startswith("/"):
            raise InvalidInput(f"{path!r}: a path starts with / or *", field)
    decoded = [
        tuple(unquote(text).casefold() for text in group) for group in (read.exact, read.starts, read.ends, read.parts)
    ]
    return PathTest(patterns.Patterns(frozenset(decoded[0]), *decoded[1:]))


def _host(value: object, field: str) -> Test:
    hosts = tuple(sorted(map(normal_host, patterns.read(value, field, wildcards=False).exact)))
    for host in hosts:
        if not _HOST.fullmatch(host):
            raise InvalidInput(f"{host!r} is no host such as vk.com", field)
    return HostTest(hosts, tuple(f".{host}" for host in hosts))


_HOST = re.compile(r"[a-z0-9_-]+(?:\.[a-z0-9_-]+)*")


def _device(value: object, field: str) -> Test:
    read = patterns.read(value, field, wildcards=False)
    for text in read.exact - set(DEVICES):
        raise InvalidInput(f"{text!r}: a device is one of {', '.join(DEVICES)}", field)
    return read


def _language(value: object, field: str) -> Test:
    return LanguageTest(
        frozenset(text.replace("_", "-") for text in patterns.read(value, field, wildcards=False).exact)
    )


_READERS: dict[str, Callable[[object, str], Test]] = {
    "channel": _plain,
    "utm_source": _wild,
    "utm_medium": _wild,
    "utm_campaign": _wild,
    "utm_term": _wild,
    "utm_content": _wild,
    "referrer_host": _host,
    "landing_path": _path,
    "country": _plain,
    "region": _plain,
    "city": _plain,
    "device": _device,
    "language": _language,
}
KEYS = (*_READERS, "visitor", "share")


def _share(value: object, field: str) -> float:
    try:
        if isinstance(value, str) and value.strip().endswith("%"):
            share = float(value.strip()[:-1]) / 100
        elif isinstance(value, bool) or not isinstance(value, str | int | float):
            raise ValueError
        else:
            share = float(value)
    except ValueError:
        raise InvalidInput("a share is written 0.5 or 50%", field)
    if not 0 < share <= 1:
        raise InvalidInput("a share lies above 0 and is at most 1, or 100%", field)
    return share


def _returning(value: object, field: str) -> bool | None:
    chosen = patterns.read(value, field, wildcards=False).exact
    if not chosen <= VISITORS.keys():
        raise InvalidInput("write new or returning", field)
    return VISITORS[next(iter(chosen))] if len(chosen) == 1 else None
