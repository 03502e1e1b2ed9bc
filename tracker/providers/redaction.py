"""Takes the secrets of a connection out of what is kept of a message: nobody needs them to read it again."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Sequence
from functools import lru_cache
from urllib.parse import quote, quote_plus

HIDDEN = b"***"
SHORTEST = 6  # a shorter secret may be a part of any number, and is none


def hidden(text: bytes, secrets: Sequence[str]) -> bytes:
    """Returns the text with `***` in place of each secret, in the writings of forms, addresses and JSON.

    A secret counts where it stands alone, not as a part of a longer word.
    """
    pattern = _pattern(tuple(secrets))
    return pattern.sub(HIDDEN, text) if pattern else text


def hidden_text(text: str, secrets: Sequence[str]) -> str:
    """The same for a text."""
    return hidden(text.encode("utf-8", "surrogatepass"), secrets).decode("utf-8", "surrogatepass")


@lru_cache(maxsize=256)  # one entry per connection in use
def _pattern(secrets: tuple[str, ...]) -> re.Pattern[bytes] | None:
    writings = sorted({one for secret in secrets if len(secret) >= SHORTEST for one in _writings(secret)}, key=len)
    if not writings:
        return None
    either = b"|".join(re.escape(one) for one in reversed(writings))
    return re.compile(rb"(?:(?<![A-Za-z0-9])|(?<=%[0-9A-Fa-f]{2}))(?:" + either + rb")(?![A-Za-z0-9])")


def _writings(secret: str) -> Iterable[bytes]:
    for one in (secret, quote(secret, safe=""), quote_plus(secret), json.dumps(secret)[1:-1]):
        yield one.encode("utf-8", "replace")
