"""What makes a letter the same letter when it arrives again, and which earlier ones it answers."""

from __future__ import annotations

import hashlib
import re

from tracker.providers.email.headers import Headers

MAX_ID = 250  # characters; longer ones are replaced by their hash
MAX_REFERENCES = 200

BRACKETED = re.compile(r"<([^<>]+)>")


def message_id(headers: Headers, sender: str | None, body: bytes) -> str:
    """Returns the Message-ID without brackets and blanks, its case kept.

    Without a usable one: `sha256:` and a hash over sender, Date and Subject as received and the body.
    """
    named = _ids(headers.raw("message-id"))
    if not named:
        seed = "\n".join((sender or "", headers.raw("date").strip(), headers.raw("subject").strip()))
        return _hashed(seed.encode("utf-8", "surrogateescape") + b"\n" + body)
    return named[0] if len(named[0]) <= MAX_ID else _hashed(named[0].encode("utf-8", "replace"))


def references(headers: Headers) -> tuple[str, ...]:
    """Returns the ids of the letters this one follows, the oldest first."""
    found = [id_ for value in headers.raws("references") for id_ in _ids(value)]
    answered = [id_ for value in headers.raws("in-reply-to") for id_ in _ids(value)]
    known = list(dict.fromkeys([*found, *answered]))
    # Both ends of a long thread matter: where it began, and what was answered now.
    return tuple(known if len(known) <= MAX_REFERENCES else known[:100] + known[-100:])


def body_hash(text: str) -> str:
    """Returns a hash of the text that does not change with line breaks and blanks.

    The same Message-ID with another text is another letter: some mailers use one id for all.
    """
    return _hashed(" ".join(text.split()).encode("utf-8", "replace"))


def _ids(raw: str) -> list[str]:
    # Some mailers fold an id in the middle, so blanks go before anything is looked for.
    joined = re.sub(r"[\s\x00-\x1f]+", "", raw).encode("utf-8", "replace").decode()
    return BRACKETED.findall(joined) or [bare for bare in (joined.strip("<>"),) if bare]


def _hashed(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()
