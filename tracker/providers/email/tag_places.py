"""Where a tag may stand in an address, a subject or a text. Whether it exists is for others to ask."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field

from tracker.providers.email.address import addresses_in, ascii_domain, plain
from tracker.providers.email.tag_spelling import tags_spelt


@dataclass(frozen=True)
class TagRules:
    """How the sites of a connection write tags.

    Args:
        plus_domains: domains of addresses such as `sales+k3v9xq@example.com`.
        tag_domains: domains of addresses such as `k3v9xq@in.example.com`, or `sales@k3v9xq.in.example.com`.
        bases: the published local parts (`sales`); they let a lost plus be restored.
        lengths: lengths of tags in use.
        delimiters: characters that part a local part.
        loop_id: what our own letters carry in `X-Loop`; None when we send none.
    """

    plus_domains: frozenset[str] = frozenset()
    tag_domains: frozenset[str] = frozenset()
    bases: frozenset[str] = frozenset()
    lengths: frozenset[int] = frozenset({6})
    delimiters: str = "+"
    loop_id: str | None = None
    domains: frozenset[str] = field(init=False)

    def __post_init__(self) -> None:
        for name in ("plus_domains", "tag_domains"):
            object.__setattr__(self, name, frozenset(ascii_domain(domain) for domain in getattr(self, name)))
        object.__setattr__(self, "domains", self.plus_domains | self.tag_domains)

    @classmethod
    def of_addresses(
        cls,
        plus: Iterable[str],
        catchall_domains: Iterable[str] = (),
        lengths: Iterable[int] = (6,),
        *,
        delimiters: str = "+",
        loop_id: str | None = None,
    ) -> TagRules:
        """Builds the rules from original addresses of style `plus` and mail domains of style `catchall`."""
        parts = [address.rpartition("@") for address in plus]
        return cls(
            plus_domains=frozenset(domain for _, _, domain in parts),
            tag_domains=frozenset(catchall_domains),
            bases=frozenset(local.lower() for local, _, _ in parts),
            lengths=frozenset(lengths),
            delimiters=delimiters,
            loop_id=loop_id,
        )

    def takes(self, address: str) -> bool:
        """Tells whether an envelope recipient is on a domain of ours, or on a label below a tag domain."""
        domain = ascii_domain(address.rpartition("@")[2])
        return domain in self.domains or domain.partition(".")[2] in self.tag_domains


@dataclass(frozen=True)
class FoundTag:
    """A string of the shape of a tag and the mail domain it belongs to."""

    tag: str
    domain: str


def addresses_of_ours(text: str, rules: TagRules) -> list[str]:
    """Returns all addresses of a decoded header or line, with lost plus signs of our own restored."""
    return addresses_in(_with_plus(plain(text), rules))


def tags_in_address(address: str, rules: TagRules) -> list[FoundTag]:
    """Returns the tags an address may carry, likeliest first; none when its domain is not ours."""
    local, _, written_domain = address.rpartition("@")
    domain = ascii_domain(written_domain)
    label, _, parent = domain.partition(".")
    segments = _segments(local, rules)
    if domain in rules.tag_domains:
        return _found([local, *segments], domain, rules)
    if domain in rules.plus_domains:
        return _found(segments[:-1], domain, rules)
    return _found([label], parent, rules) if parent in rules.tag_domains else []


def tags_in_subject(subject: str, rules: TagRules) -> list[FoundTag]:
    """Returns tags with a marker: `[#k3v9xq]`, `(k3v9xq)` or `#k3v9xq`, for each domain of ours."""
    words = re.findall(r"(?:#|\()([^\s#()\[\].,;:!?]{4,12})(?=[\])\s.,;:!?]|$)", plain(subject))
    return [found for domain in sorted(rules.domains) for found in _found(words, domain, rules)]


def tags_in_text(text: str, rules: TagRules) -> list[FoundTag]:
    """Returns the tags of all our addresses in a decoded header or text."""
    addresses = addresses_of_ours(text, rules)
    return [found for address in addresses for found in tags_in_address(address, rules)]


def _segments(local: str, rules: TagRules) -> list[str]:
    """The parts of a local part, last first; the base is the last of the list."""
    return re.split(f"[{re.escape(rules.delimiters)}]", local)[::-1]


def _found(texts: Iterable[str], domain: str, rules: TagRules) -> list[FoundTag]:
    tags = [tag for text in texts for tag in tags_spelt(text, rules.lengths)]
    return [FoundTag(tag, domain) for tag in dict.fromkeys(tags)]


def _with_plus(text: str, rules: TagRules) -> str:
    """Mends `sales k3v9xq@…`, `sales+ k3v9xq@…` and `salesk3v9xq@…`: mail programs lose the plus."""
    if not rules.bases or not rules.delimiters:
        return text
    bases = "|".join(re.escape(base) for base in sorted(rules.bases, key=len, reverse=True))
    pattern = rf"(?<![\w.+-])({bases})\s{{0,3}}\+?\s{{0,3}}([^\s@<>()\",;:+]{{1,12}})@"

    def mended(match: re.Match[str]) -> str:
        if not tags_spelt(match[2], rules.lengths):
            return match[0]
        return f"{match[1]}{rules.delimiters[0]}{match[2]}@"

    return re.sub(pattern, mended, text, flags=re.IGNORECASE)
