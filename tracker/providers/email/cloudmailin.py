"""CloudMailin: JSON, multipart or raw; its server answers the writer's server with what we answer.

Source: the vendor's pages on HTTP POST formats and status codes.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, ClassVar

from tracker.errors import InvalidInput
from tracker.inquiries.events import EmailEvent
from tracker.providers.email.fields import Field, Form, form_of
from tracker.providers.email.jsons import decoded_base64, objects, pairs_of_mapping, texts
from tracker.providers.email.letter import Letter, told
from tracker.providers.email.message import read_letter, taken_apart
from tracker.providers.email.pushing import Pushing
from tracker.providers.email.tag_places import TagRules
from tracker.providers.webhook import WebhookRequest

IN_BRACKETS = re.compile(r"^(headers|envelope)\[([^\]]+)\](?:\[\d*\])?$")


class CloudMailin(Pushing):
    """Reads any of the formats: 2xx takes the letter, 4xx returns it to its writer, 5xx has it sent again."""

    NAME: ClassVar[str] = "email/cloudmailin"

    def parse(self, request: WebhookRequest) -> list[EmailEvent]:
        """Returns the one letter.

        Raises:
            InvalidInput: the body holds no letter.
        """
        if request.body.lstrip()[:1] == b"{":
            data = request.json()
            envelope = data.get("envelope")
            return [_event(_of_json(data), envelope if isinstance(envelope, dict) else {}, self.rules, request)]
        form = form_of(request)
        return [_event(_of_form(form), _envelope(form), self.rules, request)]


def _event(letter: Letter, envelope: Mapping[str, Any], rules: TagRules, request: WebhookRequest) -> EmailEvent:
    sender = envelope.get("from")
    return read_letter(
        letter,
        rules,
        received_at=request.received_at,
        envelope_to=list(dict.fromkeys([*texts(envelope, "to"), *texts(envelope, "recipients")])),
        envelope_from=sender if isinstance(sender, str) else None,
    )


def _of_json(data: dict[str, Any]) -> Letter:
    raw = data.get("message")
    if isinstance(raw, str):
        return taken_apart(raw.encode("utf-8", "surrogatepass"))
    headers = pairs_of_mapping(data.get("headers"))
    if not headers:
        raise InvalidInput("headers are required", "headers")
    files = [
        Field("", decoded_base64(one.get("content")), str(one.get("file_name") or ""), str(one.get("content_type")))
        for one in objects(data, "attachments")
    ]
    plain, html = ("".join(texts(data, name)) for name in ("plain", "html"))
    return told(headers, plain, html, files)


def _of_form(form: Form) -> Letter:
    if "message" in form:
        return taken_apart(form.data("message"))
    headers = [(name.replace("_", "-"), value) for name, value in _in_brackets(form, "headers")]
    if not headers:
        raise InvalidInput("the form has neither the raw letter (message) nor headers", "headers")
    return told(headers, form.text("plain"), form.text("html"), form.files())


def _envelope(form: Form) -> dict[str, Any]:
    pairs = list(_in_brackets(form, "envelope"))
    return {**dict(pairs), "recipients": [value for name, value in pairs if name == "recipients"]}


def _in_brackets(form: Form, outer: str) -> Iterator[tuple[str, str]]:
    """Yields the pairs of `headers[Subject]`, `envelope[to]`, `envelope[recipients][0]`."""
    for field in form.fields:
        match = IN_BRACKETS.match(field.name)
        if match and match[1] == outer:
            yield match[2], field.data.decode("utf-8", "replace")
