"""Says a stored explanation in another language: it was written in the site's, and its reader may have another."""

from __future__ import annotations

import re
from collections.abc import Mapping

from tracker.inquiries.sentences import WORDS

SPANS = ("minutes", "hours", "days")  # not sentences: they stand inside one, as {ago}
END = r"(?=; |$)"  # what follows a part is another one, or nothing


def retold(sentence: str, language: str) -> str:
    """Returns an explanation of `sentences` in that language; one that is not ours, or not wholly, as it stands."""
    for words in WORDS.values():
        found = _parts(sentence, words, WORDS[language])
        if found is not None:
            return found
    return sentence


def _parts(text: str, words: Mapping[str, str], others: Mapping[str, str]) -> str | None:
    if not text:
        return ""
    for name in sorted(words.keys() - set(SPANS), key=lambda name: len(words[name]), reverse=True):
        match = re.match(_pattern(words[name]) + END, text)
        rest = _parts(text[match.end() :], words, others) if match else None
        if match and rest is not None:
            values = match.groupdict()
            return others[name].format_map(values | {"ago": _span(values.get("ago", ""), words, others)}) + rest
    return None


def _span(text: str, words: Mapping[str, str], others: Mapping[str, str]) -> str:
    for name in SPANS:
        if match := re.fullmatch(_pattern(words[name]), text):
            return others[name].format_map(match.groupdict())
    return text


def _pattern(template: str) -> str:
    return re.sub(r"\\{(\w+)\\}", r"(?P<\1>.+?)", re.escape(template))
