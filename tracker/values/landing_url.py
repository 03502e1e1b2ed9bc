"""The address of a page, taken apart once: host, path, and what advertisements put into the query.

Advertisers' links are written by hand and by machines; the reading is forgiving: names in any case, old Russian
encodings, macros that were never filled in, marks behind `#`. Click ids keep their case.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from types import MappingProxyType
from urllib.parse import unquote_to_bytes

MAX_VALUE = 255  # characters of one parameter that are kept
REMEMBERED = 1024  # addresses; a visitor's next page often has one that was just taken apart

UTM_NAMES = (
    "utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content",
    "utm_id", "utm_source_platform", "utm_creative_format", "utm_marketing_tactic", "utm_referrer",
)  # fmt: skip

# Marks that ad systems, search engines and mail services add to a click. Names are lower-case here;
# which of them prove a paid click is decided in `visits.source`.
CLICK_ID_NAMES = (
    "gclid", "gbraid", "wbraid", "dclid", "gclsrc", "gad_source", "gad_campaignid", "srsltid",
    "yclid", "ymclid", "ysclid", "msclkid", "fbclid", "igshid", "rb_clickid", "ttclid", "twclid", "li_fat_id",
    "epik", "sccid", "rdt_cid", "_openstat", "roistat", "rs", "erid",
    "mc_cid", "mc_eid", "_hsenc", "mkt_tok", "vero_id",
)  # fmt: skip

_CLICK_IDS = frozenset(CLICK_ID_NAMES)
_MARKS = _CLICK_IDS | frozenset(UTM_NAMES) | {"from"}

_MACRO = re.compile(r"\$?\{\{?[^{}]*\}?\}|%%[^%]+%%|\[\[?[A-Z_]+\]?\]|__[A-Z_]+__")
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class LandingUrl:
    """A page address.

    Args:
        text: the address as received.
        scheme: `https`, `android-app`, …; empty when there is none.
        host: lower-case, IDNA, without port and final dot; empty when there is none.
        path: as written, `/` when empty.
        params: lower-case names to decoded values; absent, empty and unfilled ones are not there.
    """

    text: str
    scheme: str
    host: str
    path: str
    params: Mapping[str, str]

    @property
    def click_ids(self) -> dict[str, str]:
        """The click ids present: `{"gclid": "EAIa…"}`."""
        return {name: value for name, value in self.params.items() if name in _CLICK_IDS}


@lru_cache(maxsize=REMEMBERED)
def parse(text: str) -> LandingUrl:
    """Takes an address apart; any text gives a value, one that is no address has an empty host."""
    rest, _, fragment = text.partition("#")
    rest, _, query = rest.partition("?")
    scheme, host, path = _place(rest)
    params = _first_values(query)
    if fragment and "=" in fragment and _MARKS.isdisjoint(params):
        behind = _first_values(fragment.rpartition("?")[2])
        params.update((name, value) for name, value in behind.items() if name in _MARKS)
    return LandingUrl(text, scheme, host, path, MappingProxyType(params))


@lru_cache(maxsize=REMEMBERED)
def host_of(text: str | None) -> str:
    """Returns the normalised host of an address, empty when there is none."""
    if not text:
        return ""
    return _place(re.split(r"[?#]", text, maxsplit=1)[0])[1]


def _place(address: str) -> tuple[str, str, str]:
    found = _SCHEME.match(address.strip())
    if found is None:
        return "", "", address or "/"
    authority, slash, path = address.strip()[found.end() :].partition("/")
    return found[0][:-3].lower(), _host(authority), slash + path or "/"


def _host(authority: str) -> str:
    name = authority.rpartition("@")[2]
    if name.startswith("["):  # IPv6 literal
        return name.partition("]")[0].lower() + "]"
    return normal_host(name.partition(":")[0])


@lru_cache(maxsize=4096)
def normal_host(name: str) -> str:
    """Lower-cases a host name, drops the final dot, writes national letters in IDNA: `xn--…`."""
    name = name.strip().rstrip(".").lower()
    if name.isascii():
        return name
    try:
        return name.encode("idna").decode("ascii")
    except UnicodeError:
        return ""


def _first_values(query: str) -> dict[str, str]:
    values: dict[str, str] = {}
    for name, raw in _pairs(query):
        if raw and name not in values and (value := _value(raw)):
            values[name] = value
    return values


def _pairs(query: str) -> Iterator[tuple[str, str]]:
    for pair in query.split("&"):
        name, equals, raw = pair.partition("=")
        if equals:
            # `&amp;` in a link that was escaped twice leaves `amp;` before the name
            yield _decoded(name).strip().lower().removeprefix("amp;"), raw


def _value(raw: str) -> str:
    if raw.isalnum():  # most are; nothing to decode, no macro
        return raw[:MAX_VALUE]
    if _MACRO.fullmatch(raw):  # before decoding: %%CAMPAIGN%% holds what looks like an escape
        return ""
    value = _CONTROL.sub("", _decoded(raw)).strip()[:MAX_VALUE].rstrip()
    return "" if _MACRO.fullmatch(value) else value


def _decoded(text: str) -> str:
    if "+" in text:
        text = text.replace("+", " ")
    if "%" not in text and text.isascii():
        return text
    octets = unquote_to_bytes(text.encode("utf-8", "replace"))
    try:
        return octets.decode("utf-8")
    except UnicodeDecodeError:
        return octets.decode("cp1251", "replace")  # links made before 2010 and by some mail programs
