"""Reads a letter into an `EmailEvent`. Never fails: what is broken in a letter is read as far as it goes."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from email import message_from_bytes
from email.message import Message
from email.policy import compat32

from tracker.inquiries.events import EmailEvent, LetterClass
from tracker.providers.email import evidence, identity
from tracker.providers.email.address import addresses_in, name_and_address, original_sender
from tracker.providers.email.attachments import attached_files, described
from tracker.providers.email.body import letter_text
from tracker.providers.email.forwards import Forwarded, attached_letters, letters_in_text
from tracker.providers.email.headers import Headers
from tracker.providers.email.letter import Letter
from tracker.providers.email.limits import MAX_HEADER_BYTES, head_of, is_parsable
from tracker.providers.email.robots import letter_class
from tracker.providers.email.spam import is_marked
from tracker.providers.email.tag_places import TagRules

MAX_SUBJECT = 1000  # characters

MBOX_LINE = re.compile(rb"^\s*>?From [^\r\n]*\r?\n")


def read_letter(
    letter: Letter,
    rules: TagRules,
    *,
    received_at: datetime,
    envelope_to: Sequence[str] = (),
    envelope_from: str | None = None,
    is_spam: bool = False,
) -> EmailEvent:
    """Reads a letter.

    Args:
        letter: of `taken_apart`, or with what a service has told of it instead.
        received_at: aware UTC, when our edge got it; the Date header is the writer's clock.
        envelope_to: recipients of the envelope, empty when not known.
        envelope_from: sender of the envelope, `""` or `"<>"` for the null sender, None when not known.
        is_spam: whoever received it for us takes it for spam.

    Returns:
        The event; text and inner candidates are missing when the letter exceeds the limits of `limits.py`.
    """
    headers, text = letter.headers, letter.text
    sender = _sender(headers, envelope_from)
    kind = letter_class(headers, sender, envelope_from, rules.domains, rules.loop_id)
    if kind is LetterClass.HUMAN and (is_spam or is_marked(headers)):
        kind = LetterClass.SPAM
    subject = headers.text("subject")[:MAX_SUBJECT]
    # A delivery report holds a letter of ours; its tag names nobody who wrote to us.
    forwarded = [] if kind is LetterClass.BOUNCE else [*letter.inner, *letters_in_text(text)]
    texts = evidence.recipient_texts(headers, envelope_to, rules)
    outer = evidence.header_candidates(texts, subject, rules)
    inner = () if kind is LetterClass.BOUNCE else evidence.inner_candidates(forwarded, text, rules)
    name, address = _writer(headers, sender, forwarded, rules, is_forward=not outer)
    return EmailEvent(
        message_id=identity.message_id(headers, sender, letter.body),
        sender=address,
        sender_name=name,
        recipients=evidence.recipients(texts, rules),
        candidates=evidence.merged(outer, inner),
        subject=subject,
        text=text,
        received_at=received_at,
        references=identity.references(headers),
        letter_class=kind,
        body_hash=identity.body_hash(text),
        files=described(letter.files),
        attached=letter.files,
    )


def taken_apart(raw: bytes) -> Letter:
    """Parses a raw letter; only its headers when it is too much."""
    raw = MBOX_LINE.sub(b"", raw.lstrip(b"\r\n"), count=1)
    message, body = _parsed(raw)
    headers, inner = Headers(message.raw_items()), tuple(attached_letters(message))
    return Letter(headers, letter_text(message), body, inner, attached_files(message))


def _parsed(raw: bytes) -> tuple[Message, bytes]:
    """Returns the parsed letter and the bytes below its headers; only the headers when it is too much."""
    head = head_of(raw)
    body = raw[len(head) :].lstrip(b"\r\n")
    if is_parsable(raw):
        # The older policy hands headers out as they came and cannot fail on them.
        return message_from_bytes(raw, policy=compat32), body
    only_headers = message_from_bytes(head[:MAX_HEADER_BYTES], policy=compat32)
    only_headers.set_payload("")
    return only_headers, body


def _sender(headers: Headers, envelope_from: str | None) -> str | None:
    for raw in (headers.raw("from"), headers.raw("reply-to"), headers.raw("sender")):
        found = name_and_address(raw)[1]
        if found:
            return found
    returned = addresses_in(envelope_from or headers.text("return-path"))
    return original_sender(returned[0]) if returned else None


def _writer(
    headers: Headers, sender: str | None, forwarded: list[Forwarded], rules: TagRules, *, is_forward: bool
) -> tuple[str | None, str | None]:
    """Who the inquiry comes from: in a forward by a colleague, the writer of the inner letter."""
    for letter in forwarded if is_forward else ():
        if evidence.inner_candidates([letter], "", rules):
            name, address = name_and_address(letter.sender)
            if address:
                return name, address
    return name_and_address(headers.raw("from"))[0], sender
