"""Makes raw letters for the tests of this folder."""

from __future__ import annotations

from datetime import UTC, datetime

from tracker.inquiries.events import EmailEvent
from tracker.providers.email.message import read_letter, taken_apart
from tracker.providers.email.tag_places import TagRules

RECEIVED_AT = datetime(2026, 3, 14, 9, 30, tzinfo=UTC)

RULES = TagRules.of_addresses(["sales@example.com"], ["in.example.com"], lengths=(6,), loop_id="skvoz-1")


def raw(headers: str = "To: sales@example.com", body: str | bytes = "How much is it?\r\n") -> bytes:
    """Returns a letter with the usual headers, unless `headers` brings its own."""
    usual = {"From": "Ivan <ivan@client.example>", "Subject": "Price", "Message-ID": "<m1@client.example>"}
    given = {line.partition(":")[0].lower() for line in headers.splitlines()}
    lines = [f"{name}: {value}" for name, value in usual.items() if name.lower() not in given]
    head = "\r\n".join([*lines, *headers.splitlines()])
    return head.encode() + b"\r\n\r\n" + (body.encode() if isinstance(body, str) else body)


def read(
    headers: str = "To: sales@example.com",
    body: str | bytes = "How much is it?\r\n",
    envelope_to: tuple[str, ...] = (),
    envelope_from: str | None = None,
    rules: TagRules = RULES,
) -> EmailEvent:
    """Reads such a letter."""
    return read_letter(
        taken_apart(raw(headers, body)),
        rules,
        received_at=RECEIVED_AT,
        envelope_to=envelope_to,
        envelope_from=envelope_from,
    )


def found(event: EmailEvent) -> list[tuple[str, str]]:
    """Returns the candidates as pairs of tag and place."""
    return [(one.tag, one.place) for one in event.candidates]
