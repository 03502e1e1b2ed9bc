"""What a letter may cost us, checked on its bytes before the parser sees it.

Twenty thousand empty parts take the standard parser seconds, deep nesting takes its stack. Past a limit
only the headers are read: they hold the sender and the tag.
"""

from __future__ import annotations

import re

MAX_BYTES = 25 * 1024 * 1024  # what senders expect to be accepted; base64 has added 37 % to the files by then
MAX_PARTS = 500
MAX_NESTING = 20
MAX_HEADER_BYTES = 256 * 1024

BOUNDARY = re.compile(rb'boundary\s*=\s*(?:"([^"\r\n]{1,200})"|([^\s;"]{1,200}))', re.IGNORECASE)
DELIMITER = re.compile(rb"^--([^\r\n]{1,202})", re.MULTILINE)
ATTACHED = re.compile(rb"^content-type:\s*message/", re.MULTILINE | re.IGNORECASE)
BLANK_LINE = re.compile(rb"\r?\n\r?\n")


def is_parsable(raw: bytes) -> bool:
    """Tells whether size, number of parts and nesting stay within the limits."""
    if len(raw) > MAX_BYTES or len(head_of(raw)) > MAX_HEADER_BYTES:
        return False
    if sum(1 for _ in ATTACHED.finditer(raw)) > MAX_NESTING:
        return False
    parts, depth = _structure(raw)
    return parts <= MAX_PARTS and depth <= MAX_NESTING


def head_of(raw: bytes) -> bytes:
    """Returns the header section."""
    end = BLANK_LINE.search(raw)
    return raw[: end.start()] if end else raw


def _structure(raw: bytes) -> tuple[int, int]:
    """Counts parts and the greatest depth by following the boundary lines, without parsing."""
    boundaries = {quoted or bare for quoted, bare in BOUNDARY.findall(raw)}
    open_ones: list[bytes] = []
    parts = depth = 0
    for match in DELIMITER.finditer(raw):
        name, closes = _delimiter(match[1].rstrip(), boundaries)
        if name is None:
            continue
        if name in open_ones:
            del open_ones[open_ones.index(name) + 1 :]
        elif len(open_ones) <= MAX_NESTING:
            open_ones.append(name)
        depth = max(depth, len(open_ones))
        parts += not closes
        if parts > MAX_PARTS:
            break
    return parts, depth


def _delimiter(line: bytes, boundaries: set[bytes]) -> tuple[bytes | None, bool]:
    if line in boundaries:
        return line, False
    closed = line.removesuffix(b"--")
    return (closed, True) if closed in boundaries else (None, False)
