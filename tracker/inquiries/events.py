"""What a call, a letter or a form *is*, whoever reported it: the shapes that cross the provider border.

Providers make these values, `flow` takes them. Times are aware UTC, phones E.164 where they could be read.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


class InquiryKind(StrEnum):
    """What reached the company."""

    CALL = "call"
    EMAIL = "email"
    FORM = "form"
    CHAT = "chat"
    CALLBACK = "callback"
    ORDER = "order"
    SUBSCRIPTION = "subscription"


class CallStage(StrEnum):
    """Which step of a call an event reports."""

    RINGING = "ringing"
    ANSWERED = "answered"
    ENDED = "ended"
    RECORDED = "recorded"


class CallStatus(StrEnum):
    """How a call stands."""

    RINGING = "ringing"  # nobody has answered yet
    ANSWERED = "answered"  # somebody spoke with the caller
    MISSED = "missed"  # ended without an answer
    BUSY = "busy"  # the line was busy
    FAILED = "failed"  # the network could not connect
    UNKNOWN_END = "unknown_end"  # nobody told within hours how it ended; whatever is told later overrules this


@dataclass(frozen=True)
class CallEvent:
    """One normalized telephony message.

    Args:
        call_id: the provider's id of the whole call; makes the inquiry unique within its connection.
        caller: E.164, or the text as received (`anonymous`, an extension), None when withheld.
        called: E.164 of our number that was dialled; None when this message does not say.
        at: when the step happened; None when the message does not say.
        started_at: when the call began, if the message says so apart from `at`.
        status: the outcome, if the message says it (`ended` events).
        leg: which of several phones that ring this message is about; None: the call as a whole. The end of a
            leg is not the end of the call.
        is_leg_id: `call_id` is the id of this leg alone; which legs make one call shows in who called whom and when.
        told_at: what the message says instead of `at`, when it cannot be believed.
        source: pairs of `utm_source` and its kin, if the provider itself says where the caller came from.
    """

    call_id: str
    stage: CallStage
    caller: str | None
    called: str | None
    at: datetime | None
    started_at: datetime | None = None
    status: CallStatus | None = None
    answered_by: str | None = None
    ring_seconds: int | None = None
    talk_seconds: int | None = None
    recording_url: str | None = None
    is_test: bool = False
    leg: str | None = None
    is_leg_id: bool = False
    told_at: datetime | None = None
    source: tuple[tuple[str, str], ...] = ()


class LetterClass(StrEnum):
    """Who wrote a letter; only `human` is counted and delivered."""

    HUMAN = "human"
    AUTO_REPLY = "auto_reply"  # vacation notes and other machines that answer
    BOUNCE = "bounce"  # delivery reports
    LIST = "list"  # mailing lists and newsletters
    SYSTEM = "system"  # notifications of programs
    OWN = "own"  # sent by us
    SPAM = "spam"  # marked by a filter that looked at it before us


@dataclass(frozen=True)
class TagCandidate:
    """A tag found in a letter: `sales+k3v9xq@example.com` gives tag `k3v9xq`, domain `example.com`.

    `place` says where it stood, best evidence first: envelope, delivered_to, received (the hop that took the
    letter in), to, subject, forward (a letter inside), body, quote.
    """

    tag: str
    domain: str
    place: str


@dataclass(frozen=True)
class AttachedFile:
    """A file of a letter; the name has no path."""

    name: str
    content: bytes


@dataclass(frozen=True)
class EmailEvent:
    """One letter.

    Args:
        message_id: normalised Message-ID without angle brackets, or a hash when there is none.
        recipients: every address the letter was meant for, best evidence first, lower-cased domain.
        candidates: strings that have the shape of a tag, best evidence first.
        references: Message-IDs of the thread, oldest first.
        received_at: when our edge got it (not the Date header).
        body_hash: of the text with blanks folded; the same message_id with another hash is another letter.
        files: what is attached, with sizes: `price.pdf (12345 bytes)`.
        attached: the same files themselves. They stay in the raw message and are stored nowhere else.
    """

    message_id: str
    sender: str | None
    sender_name: str | None
    recipients: tuple[str, ...]
    candidates: tuple[TagCandidate, ...]
    subject: str
    text: str
    received_at: datetime
    references: tuple[str, ...] = ()
    letter_class: LetterClass = LetterClass.HUMAN
    body_hash: str = ""
    files: tuple[str, ...] = ()
    is_test: bool = False
    attached: tuple[AttachedFile, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True)
class FormEvent:
    """A form, chat, callback, order or subscription: anything that names itself instead of being matched.

    Args:
        external_id: the sender's own id, unique within its connection.
        visitor: our visitor id (32 hex), if the sender knows it.
        ga: a `_ga` cookie or client id; counts only together with `ip`.
        sum_minor: money in minor units of `currency`.
        page: address of the page it was sent from.
    """

    kind: InquiryKind
    external_id: str
    at: datetime
    visitor: str | None = None
    visit: str | None = None
    ga: str | None = None
    ip: str | None = None
    name: str | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    text: str = ""
    fields: dict[str, str] = field(default_factory=dict)
    sum_minor: int | None = None
    currency: str | None = None
    page: str | None = None
    is_test: bool = False
