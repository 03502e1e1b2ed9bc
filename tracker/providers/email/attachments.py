"""What is attached to a letter: names, sizes and contents. The contents stay in the raw message."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from email.message import Message
from itertools import islice

from tracker.inquiries.events import AttachedFile
from tracker.providers.email.body import parts
from tracker.providers.email.decoding import header_text

MAX_FILES = 50
MAX_NAME = 200  # characters
UNNAMED = "file"

NAME = re.compile(r"name\s*=\s*(?:\"([^\"]*)\"|([^\s;]+))", re.IGNORECASE)


def described(files: Iterable[AttachedFile]) -> tuple[str, ...]:
    """Returns `price.pdf (12345 bytes)` for each file."""
    return tuple(f"{file.name} ({len(file.content)} bytes)" for file in files)


def kept_files(files: Iterable[tuple[str | None, bytes]]) -> tuple[AttachedFile, ...]:
    """Returns the first files of pairs of name and content; a name never has a path, and is never empty."""
    return tuple(AttachedFile(_bare(name or ""), content) for name, content in islice(files, MAX_FILES))


def attached_files(message: Message) -> tuple[AttachedFile, ...]:
    """Returns the files of a parsed letter; letters inside are none."""
    return kept_files(_files(message))


def _files(message: Message) -> Iterator[tuple[str, bytes]]:
    for part in parts(message):
        disposition = str(part.get("Content-Disposition", "")).strip().lower()
        name = _name(part)
        if part.get_content_maintype() != "message" and (name or disposition.startswith("attachment")):
            content = part.get_payload(decode=True)
            yield name, content if isinstance(content, bytes) else b""


def _name(part: Message) -> str:
    """The name by the standards; else as many programs write it, in bytes of no known charset."""
    named = header_text(part.get_filename() or "")
    if named and "\ufffd" not in named:
        return named
    raw = [str(value) for header, value in part.raw_items() if header.lower() == "content-disposition"]
    found = NAME.search(header_text(raw[0])) if raw else None
    return (found[1] or found[2] or "") if found else named


def _bare(name: str) -> str:
    last = re.split(r"[/\\]", name.strip())[-1]
    return "".join(letter for letter in last if letter.isprintable())[:MAX_NAME] or UNNAMED
