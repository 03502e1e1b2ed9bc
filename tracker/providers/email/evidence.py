"""Gathers every string of a letter that may be a tag, the best evidence first.

Order of trust: the envelope, headers of the delivering side, the hop that took the letter in, headers of
the writer, the subject, a forwarded letter, the text, a quotation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence

from tracker.inquiries.events import TagCandidate
from tracker.providers.email.body import without_quotation
from tracker.providers.email.forwards import Forwarded
from tracker.providers.email.headers import Headers
from tracker.providers.email.tag_places import (
    FoundTag,
    TagRules,
    addresses_of_ours,
    tags_in_subject,
    tags_in_text,
)

MAX_RECIPIENTS = 500
MAX_CANDIDATES = 50

DELIVERING = (
    "delivered-to",
    "x-original-to",
    "envelope-to",
    "x-envelope-to",
    "x-rcpt-to",
    "original-recipient",
    "x-forwarded-to",
    "x-resent-to",
    "x-gm-original-to",
)
WRITTEN = ("to", "cc", "resent-to", "resent-cc")

RECEIVED_FOR = re.compile(r"\bfor\s+(<?[^\s;]{3,320})")


def recipient_texts(headers: Headers, envelope_to: Sequence[str], rules: TagRules) -> list[tuple[str, str]]:
    """Returns pairs of place and decoded text that name recipients, the best evidence first."""
    texts = [("envelope", address) for address in envelope_to]
    texts += [("delivered_to", text) for text in headers.texts(*DELIVERING)]
    texts += [("received", text) for text in _received_for(headers, rules)]
    return texts + [("to", text) for name in WRITTEN for text in headers.texts(name)]


def recipients(texts: Iterable[tuple[str, str]], rules: TagRules) -> tuple[str, ...]:
    """Returns the addresses in those texts, each once."""
    found = [address for _, text in texts for address in addresses_of_ours(text, rules)]
    return tuple(dict.fromkeys(found))[:MAX_RECIPIENTS]


def header_candidates(texts: Iterable[tuple[str, str]], subject: str, rules: TagRules) -> tuple[TagCandidate, ...]:
    """Returns the candidates of the recipients and the subject."""
    found = [(place, tag) for place, text in texts for tag in tags_in_text(text, rules)]
    found += [("subject", tag) for tag in tags_in_subject(subject, rules)]
    return _first_places(found)


def inner_candidates(forwarded: Iterable[Forwarded], text: str, rules: TagRules) -> tuple[TagCandidate, ...]:
    """Returns the candidates inside the letter: weaker evidence, for it may quote somebody else's tag."""
    own, quoted = without_quotation(text)
    found = [("forward", tag) for letter in forwarded for tag in tags_in_text(letter.recipients, rules)]
    found += [("body", tag) for tag in tags_in_text(own, rules)]
    found += [("quote", tag) for tag in tags_in_text(quoted, rules)]
    return _first_places(found)


def merged(*groups: tuple[TagCandidate, ...]) -> tuple[TagCandidate, ...]:
    """Joins candidates; each tag keeps its best place."""
    return _first_places([(one.place, FoundTag(one.tag, one.domain)) for group in groups for one in group])


def _first_places(found: Iterable[tuple[str, FoundTag]]) -> tuple[TagCandidate, ...]:
    best: dict[FoundTag, str] = {}
    for place, tag in found:
        best.setdefault(tag, place)
    return tuple(TagCandidate(tag.tag, tag.domain, place) for tag, place in best.items())[:MAX_CANDIDATES]


def _received_for(headers: Headers, rules: TagRules) -> Iterator[str]:
    """The top-most hop that took the letter in for one of our domains; lower ones may be forged."""
    for hop in headers.texts("received"):
        named = RECEIVED_FOR.search(hop)
        if named and any(map(rules.takes, addresses_of_ours(named[1], rules))):
            yield named[1]
            return
