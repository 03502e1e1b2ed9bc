"""Takes a page apart as far as the snippet is concerned: its scripts, its policies, and the digits people can read."""

from __future__ import annotations

import re
from collections.abc import Collection
from dataclasses import dataclass
from html.parser import HTMLParser
from urllib.parse import parse_qs, urljoin, urlsplit

SILENT = frozenset({"script", "style", "textarea", "title", "noscript", "template", "code"})
INLINE = frozenset(
    {"a", "abbr", "b", "bdi", "big", "cite", "em", "font", "i", "mark", "nobr", "s", "small", "span", "strong", "sub",
     "sup", "tt", "u", "wbr"}
)  # fmt: skip
TELEPHONE = re.compile(r"^(?:tel|callto):", re.IGNORECASE)
DIGITS = re.compile(r"\d(?:(?:[^\S\n]|[()./\[\]~\-\xad\u2010-\u2015\u2060\u200b-\u200f\u2212])*\d){6,}")
# What a tag manager's tag or a hand-written loader says: ….src = 'https://track.example.com/w.js?site=example'
LOADED = r"""["']([^"'\s]*/(?:{names})\?[^"'\s]*site=[^"'\s]*)["']"""
JAVASCRIPT = frozenset({"", "module", "text/javascript", "application/javascript", "text/ecmascript"})


@dataclass(frozen=True)
class Script:
    """One snippet on a page.

    Args:
        url: absolute address.
        key: of its site, empty when it names none.
        nonce: as written.
        type: of the element; browsers run only what is JavaScript.
        waits_for_consent: it says so itself.
        is_test: likewise.
        is_loaded: another script puts it onto the page.
    """

    url: str
    key: str
    nonce: str | None = None
    type: str = ""
    waits_for_consent: bool = False
    is_test: bool = False
    is_loaded: bool = False

    @property
    def runs(self) -> bool:
        return self.type.lower() in JAVASCRIPT


@dataclass(frozen=True)
class Page:
    """What stands on a page. `digits`: every run of seven digits and more that a visitor can see or tap."""

    scripts: tuple[Script, ...]
    policies: tuple[str, ...]
    digits: tuple[str, ...]
    has_tag_manager: bool

    def shows(self, writings: Collection[str]) -> bool:
        """True when a number stands on the page in one of its writings, given as digits only."""
        return any(writing in run for run in self.digits for writing in writings)


def read(html: str, url: str, names: Collection[str]) -> Page:
    """Reads a page.

    Args:
        url: where it was loaded from, after redirects.
        names: file names the snippet is served under, such as `w.js`.
    """
    reader = _Reader(url, frozenset(names))
    reader.feed(html)
    reader.close()
    digits = [re.sub(r"\D", "", run) for run in DIGITS.findall("".join(reader.texts))]
    return Page(tuple(reader.scripts), tuple(reader.policies), tuple(digits), reader.has_tag_manager)


def joined(base: str, address: str) -> str:
    """The address as seen from the base; empty when it cannot be read, as `http://[`."""
    try:
        return urljoin(base, address.strip())
    except ValueError:
        return ""


def host_of(url: str) -> str:
    """The host of an absolute address, empty when there is none."""
    try:
        return (urlsplit(url).hostname or "").rstrip(".")
    except ValueError:
        return ""


class _Reader(HTMLParser):
    def __init__(self, url: str, names: frozenset[str]) -> None:
        super().__init__()
        self.scripts: list[Script] = []
        self.policies: list[str] = []
        self.texts: list[str] = []
        self.has_tag_manager = False
        self._base, self._names = url, names
        self._loaded = re.compile(LOADED.format(names="|".join(map(re.escape, names))))
        self._silent: list[str] = []

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        said = {name: value or "" for name, value in reversed(attributes)}
        if tag == "base" and said.get("href"):
            self._base = joined(self._base, said["href"]) or self._base
        elif tag == "meta" and said.get("http-equiv", "").lower() == "content-security-policy":
            self.policies.append(said.get("content", ""))
        elif tag == "script" and not self._silent:
            self._note_script(said)
        if tag in SILENT:
            self._silent.append(tag)
        elif tag not in INLINE:
            self.texts.append("\n")
        self._note_attributes(said)

    def handle_endtag(self, tag: str) -> None:
        if tag in self._silent:
            while self._silent.pop() != tag:
                pass
        elif tag not in INLINE:
            self.texts.append("\n")

    def handle_data(self, data: str) -> None:
        if not self._silent:
            self.texts.append(data.replace("\n", " "))
        elif self._silent[-1] == "script":
            self._note_loader(data)

    def _note_attributes(self, said: dict[str, str]) -> None:
        shown = [said.get("data-skv-phone", "")]
        if TELEPHONE.match(said.get("href", "").strip()):
            shown.append(said["href"])
        if said.get("itemprop", "").lower() == "telephone":
            shown.append(said.get("content", ""))
        self.texts.extend(f"\n{text}\n" for text in shown if text)

    def _note_script(self, said: dict[str, str]) -> None:
        url = joined(self._base, said.get("src") or said.get("data-src") or said.get("data-rocket-src") or "")
        self.has_tag_manager |= "googletagmanager.com/" in url
        if urlsplit(url).path.rpartition("/")[2] in self._names:
            self.scripts.append(_script(url, said))

    def _note_loader(self, text: str) -> None:
        self.has_tag_manager |= "googletagmanager.com/gtm.js" in text
        for found in self._loaded.findall(text):
            self.scripts.append(_script(joined(self._base, found), {}, is_loaded=True))


def _script(url: str, said: dict[str, str], is_loaded: bool = False) -> Script:
    query = {name: values[0] for name, values in parse_qs(urlsplit(url).query).items()}

    def option(name: str) -> str:
        return said.get(f"data-{name}") or query.get(name, "")

    return Script(
        url,
        option("site"),
        said.get("nonce"),
        said.get("type", "").strip(),
        option("consent") == "required",
        option("test") == "true",
        is_loaded,
    )
