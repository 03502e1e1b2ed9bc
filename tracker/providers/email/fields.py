"""The fields of a form as bytes: services send whole letters in them, in any charset."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from urllib.parse import parse_qsl

from werkzeug.exceptions import RequestEntityTooLarge
from werkzeug.http import parse_options_header
from werkzeug.sansio import multipart

from tracker.errors import InvalidInput
from tracker.providers.webhook import FORM_FIELDS, WebhookRequest

MULTIPART = "multipart/form-data"


@dataclass(frozen=True)
class Field:
    """One field or file. `filename` is None for a field."""

    name: str
    data: bytes
    filename: str | None = None
    content_type: str = ""


class Form:
    """Fields in their order."""

    def __init__(self, fields: Sequence[Field]) -> None:
        self.fields = tuple(fields)

    def __contains__(self, name: str) -> bool:
        return any(field.name == name for field in self.fields)

    def data(self, name: str) -> bytes:
        """Returns the first value with this name, empty when absent."""
        return next((field.data for field in self.fields if field.name == name), b"")

    def text(self, name: str) -> str:
        """Returns the same as text in UTF-8."""
        return self.data(name).decode("utf-8", "replace")

    def files(self) -> list[Field]:
        """Returns what was sent as files."""
        return [field for field in self.fields if field.filename is not None]


def form_of(request: WebhookRequest) -> Form:
    """Returns the fields of an urlencoded or multipart body.

    Raises:
        InvalidInput: the body cannot be read or has more than 1000 fields; `field` is `body`.
    """
    kind, options = parse_options_header(request.content_type)
    try:
        if kind == MULTIPART:
            return Form(list(_parts(request.body, options.get("boundary", "").encode("utf-8", "replace"))))
        # Latin-1 gives every byte back as it was sent; the charset is found out later.
        text = request.body.decode("latin-1")
        pairs = parse_qsl(text, keep_blank_values=True, encoding="latin-1", max_num_fields=FORM_FIELDS)
    except (ValueError, RequestEntityTooLarge) as error:
        raise InvalidInput(f"the form cannot be read, or has more than {FORM_FIELDS} fields", "body") from error
    return Form([Field(name, value.encode("latin-1")) for name, value in pairs])


def _parts(body: bytes, boundary: bytes) -> Iterator[Field]:
    decoder = multipart.MultipartDecoder(boundary, max_parts=FORM_FIELDS)
    decoder.receive_data(body)
    decoder.receive_data(None)
    while not isinstance(event := decoder.next_event(), multipart.Epilogue | multipart.NeedData):
        if isinstance(event, multipart.Field | multipart.File):
            filename = event.filename if isinstance(event, multipart.File) else None
            yield Field(event.name, _content(decoder), filename, event.headers.get("Content-Type", ""))


def _content(decoder: multipart.MultipartDecoder) -> bytes:
    chunks = []
    while isinstance(event := decoder.next_event(), multipart.Data):
        chunks.append(event.data)
        if not event.more_data:
            break
    return b"".join(chunks)
