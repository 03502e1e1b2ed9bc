"""A letter taken apart, by our own parser or by the service that received it for us."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from tracker.providers.email.body import MAX_TEXT
from tracker.providers.email.decoding import clean
from tracker.providers.email.forwards import Forwarded
from tracker.providers.email.headers import Headers
from tracker.providers.email.html_text import text_of_html


@dataclass(frozen=True)
class Letter:
    """What is read of a letter.

    Args:
        text: as people read it.
        body: bytes that tell the letter from others when it has no Message-ID.
        inner: letters attached to it.
    """

    headers: Headers
    text: str
    body: bytes
    inner: tuple[Forwarded, ...] = ()


def told(
    pairs: Iterable[tuple[str, object]], plain: str | None, html: str | None, inner: Iterable[Forwarded] = ()
) -> Letter:
    """Builds the letter that a service has parsed for us.

    Args:
        pairs: names and values of the headers, top-most first; encoded words may still stand in them.
        plain, html: the two forms of the text; the plain one is preferred.
    """
    text = clean(plain or "").strip() or text_of_html(clean(html or ""))
    body = (plain or html or "").encode("utf-8", "replace")
    return Letter(Headers(pairs), text[:MAX_TEXT], body, tuple(inner))
