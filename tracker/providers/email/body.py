"""The text of a letter: which part is the text, in which charset, and which of its lines are quoted."""

from __future__ import annotations

import re
from collections.abc import Iterator
from email.message import Message

from tracker.providers.email.decoding import decoded
from tracker.providers.email.html_text import text_of_html

MAX_TEXT = 100_000  # characters that are kept; the raw letter has the rest

CHARSET = re.compile(r'charset\s*=\s*"?([^\s";]+)', re.IGNORECASE)
FLOWED = re.compile(r"format\s*=\s*\"?flowed", re.IGNORECASE)
ATTRIBUTION_LINE = re.compile(
    r"(?:wrote|writes|пишет|пишут|написал|написала|написал\(а\)|schrieb|a écrit|escribió)[^\n]{0,80}:\s*$",
    re.IGNORECASE,
)


def parts(message: Message) -> Iterator[Message]:
    """Yields the leaf parts in order; an attached letter is one leaf, its inside is not entered."""
    waiting = [message]
    while waiting:
        part = waiting.pop()
        payload = part.get_payload()
        if isinstance(payload, list) and part.get_content_maintype() == "multipart":
            waiting.extend(child for child in reversed(payload) if isinstance(child, Message))
        else:
            yield part


def letter_text(message: Message) -> str:
    """Returns the readable text: the plain parts, else the HTML parts; empty when there is neither."""
    inline = [part for part in parts(message) if not _is_attachment(part)]
    plain = _joined(_part_text(part) for part in inline if part.get_content_type() == "text/plain")
    if plain:
        return plain[:MAX_TEXT]
    markup = (part for part in inline if part.get_content_type() == "text/html")
    return _joined(text_of_html(_part_text(part)) for part in markup)[:MAX_TEXT]


def without_quotation(text: str) -> tuple[str, str]:
    """Splits a text into what was written now and what is quoted: `>` lines, all below `… wrote:`."""
    own: list[str] = []
    quoted: list[str] = []
    below = False
    for line in text.split("\n"):
        if line.lstrip().startswith(">"):
            quoted.append(line)
            continue
        # The line that announces a quotation is often folded into two.
        announcement = f"{own[-1] if own else ''} {line}"
        below = below or bool(ATTRIBUTION_LINE.search(line) and re.search(r"[@\d]", announcement))
        (quoted if below else own).append(line)
    return "\n".join(own), "\n".join(quoted)


def _is_attachment(part: Message) -> bool:
    return str(part.get("Content-Disposition", "")).strip().lower().startswith("attachment")


def _joined(texts: Iterator[str]) -> str:
    return "\n".join(text for text in (text.strip() for text in texts) if text)


def _part_text(part: Message) -> str:
    data = part.get_payload(decode=True)
    if not isinstance(data, bytes):
        return ""
    content_type = str(part.get("Content-Type", ""))
    charset = CHARSET.search(content_type)
    text = decoded(data, charset[1] if charset else None)
    return _unflowed(text) if FLOWED.search(content_type) else text


def _unflowed(text: str) -> str:
    """Joins lines that end in a blank (RFC 3676); the signature mark `-- ` stays."""
    return re.sub(r"(?<!\n--) \n(?!>)", " ", text)
