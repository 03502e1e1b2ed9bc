"""A letter taken apart, by our own parser or by the service that received it for us."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from tracker.inquiries.events import AttachedFile
from tracker.providers.email.attachments import kept_files
from tracker.providers.email.body import MAX_TEXT
from tracker.providers.email.decoding import clean
from tracker.providers.email.fields import Field
from tracker.providers.email.forwards import Forwarded, forwarded
from tracker.providers.email.headers import Headers
from tracker.providers.email.html_text import text_of_html
from tracker.providers.email.limits import is_parsable


@dataclass(frozen=True)
class Letter:
    """What is read of a letter.

    Args:
        text: as people read it.
        body: bytes that tell the letter from others when it has no Message-ID.
        inner: letters attached to it.
        files: other files attached to it.
    """

    headers: Headers
    text: str
    body: bytes
    inner: tuple[Forwarded, ...] = ()
    files: tuple[AttachedFile, ...] = ()


def told(
    pairs: Iterable[tuple[str, object]], plain: str | None, html: str | None, files: Sequence[Field] = ()
) -> Letter:
    """Builds the letter that a service has parsed for us.

    Args:
        pairs: names and values of the headers, top-most first; encoded words may still stand in them.
        plain, html: the two forms of the text; the plain one is preferred.
        files: what is attached, letters among it.
    """
    text = clean(plain or "").strip() or text_of_html(clean(html or ""))
    body = (plain or html or "").encode("utf-8", "replace")
    letters = [file for file in files if _is_letter(file)]
    others = kept_files((file.filename, file.data) for file in files if file not in letters)
    return Letter(Headers(pairs), text[:MAX_TEXT], body, tuple(forwarded(file.data) for file in letters), others)


def _is_letter(file: Field) -> bool:
    claims = file.content_type.lower().startswith("message/rfc822") or (file.filename or "").lower().endswith(".eml")
    return claims and is_parsable(file.data)
