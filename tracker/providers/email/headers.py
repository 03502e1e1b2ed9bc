"""The headers of a letter as an ordered list of raw values: repeated ones and broken ones stay visible."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from itertools import islice

from tracker.providers.email.decoding import header_text

MAX_HEADERS = 2000
MAX_VALUE = 64_000  # characters; a thread's References and a long Cc list stay well below


class Headers:
    """Raw header values by lower-case name, top-most first."""

    def __init__(self, pairs: Iterable[tuple[str, object]]) -> None:
        self._pairs = [(name.strip().lower(), str(value)[:MAX_VALUE]) for name, value in islice(pairs, MAX_HEADERS)]

    def raw(self, name: str) -> str:
        """Returns the first value as it stands in the letter, empty when absent."""
        return next(self.raws(name), "")

    def raws(self, *names: str) -> Iterator[str]:
        """Yields all values of the named headers in their order, names in lower case."""
        return (value for name, value in self._pairs if name in names)

    def text(self, name: str) -> str:
        """Returns the first value decoded for people, empty when absent."""
        return header_text(self.raw(name))

    def texts(self, *names: str) -> list[str]:
        """Returns all values of the named headers, decoded."""
        return [header_text(value) for value in self.raws(*names)]

    def word(self, name: str) -> str:
        """Returns the first value up to a semicolon, lower case: `auto-replied; type=x` is `auto-replied`."""
        return re.split(r"[;(]", self.text(name), maxsplit=1)[0].strip().lower()

    def __contains__(self, name: str) -> bool:
        return any(name == known for known, _ in self._pairs)
