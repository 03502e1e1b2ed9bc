"""The fields of a message whatever carried them: query, form, multipart or JSON; several senders let people choose."""

from __future__ import annotations

import re
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any

from tracker.errors import InvalidInput
from tracker.providers.webhook import FORM_FIELDS, WebhookRequest

LOST_PLUS = re.compile(r" \d{10,15}")  # `?from=+7916…` sent without encoding: a plus means a blank there


def parameters(request: WebhookRequest) -> dict[str, Any]:
    """Returns query and body as one; the body wins, and of repeated names the last.

    A JSON object is read whatever the content type says. Values of forms are texts, those of JSON are as they came.

    Raises:
        InvalidInput: the body is broken JSON or has too many fields; `field` is `body`.
    """
    return {**_mended(request.query), **_of_body(request)}


def _of_body(request: WebhookRequest) -> dict[str, Any]:
    if request.body.lstrip()[:1] in (b"{", b"["):
        return request.json()
    if request.content_type.lower().startswith("multipart/form-data"):
        return _mended(_multipart(request))
    return _mended(request.form())


def _multipart(request: WebhookRequest) -> list[tuple[str, str]]:
    head = f"Content-Type: {request.content_type}\r\n\r\n".encode("utf-8", "replace")
    message = BytesParser(policy=HTTP).parsebytes(head + request.body)
    parts = [part for part in message.walk() if not part.is_multipart()]
    if len(parts) > FORM_FIELDS:
        raise InvalidInput(f"the form has more than {FORM_FIELDS} fields", "body")
    pairs = []
    for part in parts:
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if isinstance(name, str) and isinstance(content, bytes):
            pairs.append((name, content.decode("utf-8", "replace")))
    return pairs


def _mended(pairs: Any) -> dict[str, Any]:
    return {name: "+" + value[1:] if LOST_PLUS.fullmatch(value) else value for name, value in pairs}
