"""Letters inside a letter: attached ones, and headers that a mail program wrote into the text of a forward."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from tracker.providers.email.body import parts
from tracker.providers.email.headers import Headers

MAX_LINES = 2000
LINES_AFTER_SEPARATOR = 100

SEPARATOR = re.compile(
    r"^[>\s]*(?:[-_]{2,}.*(?:forward|original|пересыла|пересла|исходн|weitergeleitet|ursprüngliche"
    r"|transféré|reenviado).*"
    r"|begin forwarded message:|начало переадресованного сообщения:)",
    re.IGNORECASE,
)
FROM = re.compile(r"^\*?(?:from|от|от кого|von|de)\s?:\*?\s*(.+)$", re.IGNORECASE)
TO = re.compile(r"^\*?(?:to|cc|кому|копия|an|kopie|à|para|copie)\s?:\*?\s*(.+)$", re.IGNORECASE)
LABEL = re.compile(r"^\*?[^\W\d_][\w -]{0,30}\s?:\*?(?:\s|$)")


@dataclass(frozen=True)
class Forwarded:
    """The headers of an inner letter that matter here; `sender` is its From value, empty if unsaid."""

    sender: str
    recipients: str


def attached_letters(message: Message) -> Iterator[Forwarded]:
    """Yields the attached letters (`message/rfc822`), in order."""
    for part in parts(message):
        payload = part.get_payload()
        inner = payload[0] if isinstance(payload, list) and payload else None
        if part.get_content_type() != "message/rfc822" or not isinstance(inner, Message):
            continue
        yield _inner(inner)


def forwarded(raw: bytes) -> Forwarded:
    """Returns what matters of a letter that came as a file of its own."""
    return _inner(message_from_bytes(raw, policy=compat32))


def _inner(message: Message) -> Forwarded:
    headers = Headers(message.raw_items())
    named = headers.texts("delivered-to", "x-original-to", "envelope-to", "to", "cc")
    return Forwarded(headers.text("from"), ", ".join(named))


def letters_in_text(text: str) -> Iterator[Forwarded]:
    """Yields header blocks in the text: below a separator, or unquoted lines with both From and To."""
    since_separator = LINES_AFTER_SEPARATOR
    block: list[str] = []
    for line in [*text.split("\n")[:MAX_LINES], ""]:
        since_separator = 0 if SEPARATOR.match(line) else since_separator + 1
        bare = line.lstrip("> \t") if since_separator < LINES_AFTER_SEPARATOR else line.strip()
        if LABEL.match(bare):
            block.append(bare)
        elif bare.strip() and block:
            block[-1] += " " + bare  # a folded list of recipients
        else:
            yield from _read(block)
            block = []


def _read(block: list[str]) -> Iterator[Forwarded]:
    senders = [match[1] for match in map(FROM.match, block) if match]
    recipients = [match[1] for match in map(TO.match, block) if match]
    if senders and recipients:
        yield Forwarded(senders[0], ", ".join(recipients))
