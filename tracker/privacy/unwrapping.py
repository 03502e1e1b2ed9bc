"""What a raw message says once its wrappings are off: letters encode their parts, webhooks carry letters in JSON."""

from __future__ import annotations

import base64
import binascii
import quopri
import re
from collections.abc import Iterator
from email import message_from_bytes
from email.header import decode_header, make_header
from email.message import Message

IN_JSON = re.compile(rb'"((?:[A-Za-z0-9+/]|\\/){16,}={0,2})"')


def readable(body: bytes) -> bytes:
    """Returns the body as it is and after it, in any order, what stands in it encoded; texts in UTF-8.

    Quoted-printable, base64 and encoded words of letters (RFC 2045, 2047), base64 texts in JSON.
    """
    found = [body, quopri.decodestring(body)]
    for text in IN_JSON.findall(body):
        try:
            inner = base64.b64decode(text.replace(b"\\/", b"/"), validate=True)
        except binascii.Error:
            continue
        found += [inner, *_parts(inner)]
    found += _parts(body)
    return b"\n".join(found)


def _parts(letter: bytes) -> Iterator[bytes]:
    try:
        parts = list(message_from_bytes(letter).walk())
    except (ValueError, RecursionError):
        return
    for part in parts:
        for _name, value in part.items():
            yield _words(str(value))
        yield from _content(part)


def _words(header: str) -> bytes:
    try:
        return str(make_header(decode_header(header))).encode("utf-8", "replace")
    except (ValueError, LookupError):
        return header.encode("utf-8", "replace")


def _content(part: Message) -> Iterator[bytes]:
    content = part.get_payload(decode=True)
    if isinstance(content, bytes):
        yield content
        try:
            yield content.decode(part.get_content_charset("utf-8"), "replace").encode()
        except LookupError:
            return
