"""What arrived: the raw messages, the inquiries they report, and whose each inquiry is."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Any

from sqlalchemy import ForeignKey, Index, LargeBinary, UniqueConstraint
from sqlalchemy.orm import Mapped, mapped_column, relationship

from tracker import clock
from tracker.database import Base, BigId
from tracker.inquiries.events import CallStatus, InquiryKind, LetterClass
from tracker.people.models import Person
from tracker.sites.models import Connection, Site
from tracker.visits.models import Visit, Visitor


class RawStatus(StrEnum):
    """What became of a raw message."""

    NEW = "new"  # stored, not yet interpreted
    UNDERSTOOD = "understood"  # became one or more events
    UNKNOWN = "unknown"  # authentic, of a kind we do not know
    MALFORMED = "malformed"  # cannot be read; `error` says why
    FAILED = "failed"  # our own mistake; replay it after a fix


class RawMessage(Base):
    """An authentic message exactly as it arrived; can be replayed."""

    __tablename__ = "raw_messages"
    __table_args__ = (Index("ix_raw_messages_status", "status", "received_at"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)  # made at the edge, so that a spooled copy counts once
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connections.id"))  # None: /w/form or the API
    entrance: Mapped[str]  # provider name, `snippet/form` or `api/inquiries`: who interprets it
    received_at: Mapped[datetime]
    request: Mapped[dict[str, Any]]  # method, path, query, headers without credentials, content type
    body: Mapped[bytes] = mapped_column(LargeBinary)
    status: Mapped[RawStatus] = mapped_column(default=RawStatus.NEW)
    error: Mapped[str | None]


class MailboxFolder(Base):
    """How far a folder of a mailbox has been read; moves in the transaction that stores the letter."""

    __tablename__ = "mailbox_folders"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"), primary_key=True, autoincrement=False)
    folder: Mapped[str] = mapped_column(primary_key=True)
    uidvalidity: Mapped[int] = mapped_column(BigId)
    last_uid: Mapped[int] = mapped_column(BigId)
    last_at: Mapped[datetime]  # when the server got that letter


class SourcePlace(Base):
    """How far a source that we ask has been read, and when it is asked again."""

    __tablename__ = "source_places"

    connection_id: Mapped[int] = mapped_column(ForeignKey("connections.id"), primary_key=True, autoincrement=False)
    since: Mapped[datetime] = mapped_column(default=clock.now)  # calls that began before it are not taken
    place: Mapped[dict[str, Any]] = mapped_column(default=dict)  # in the words of the provider
    next_at: Mapped[datetime] = mapped_column(default=clock.now)
    looked_at: Mapped[datetime | None]  # when it was last read to the end
    failures: Mapped[int] = mapped_column(default=0)  # in a row
    error: Mapped[str | None]  # why the last look failed


class AttributionStatus(StrEnum):
    """How an inquiry found its visit."""

    CERTAIN = "certain"  # a tag, a visitor id, or a known person who holds the number
    PROBABLE = "probable"  # by the lease, above the site's threshold
    GIVEN = "given"  # the provider itself names the source
    STATIC = "static"  # the number or address is bound to a source
    UNKNOWN = "unknown"  # candidates, but none is likely enough
    OTHER = "other"  # nothing of ours explains it


class NotCounted(StrEnum):
    """Why an inquiry is kept and marked, but neither counted nor delivered unless the site asks for it."""

    STAFF = "staff"  # somebody of the company called
    BLOCKED = "blocked"  # the site wants nothing of this caller
    TEST_CALLER = "test_caller"  # a telephone used for trying things out
    SHORT = "short"  # the call was over sooner than the site counts


# What reports look at, so that they need not read whole rows, which are wide.
COUNTED_BY = (
    "site_id",
    "kind",
    "status",
    "is_test",
    "not_counted",
    "letter_class",
    "visit_id",
    "person_id",
    "visitor_id",
    "talk_seconds",
)


class Inquiry(Base):
    """One real event that reached the company, whether or not we know whose it is."""

    __tablename__ = "inquiries"
    __table_args__ = (
        UniqueConstraint("scope", "external_id"),
        Index("ix_inquiries_site", "site_id", "at"),
        Index("ix_inquiries_at", "at", "id", *COUNTED_BY),  # the journal of all sites; reports read nothing else
        Index("ix_inquiries_called", "called", "at"),  # when a number rang last; the calls of a pool
        Index("ix_inquiries_caller", "caller"),
        Index("ix_inquiries_person", "person_id", "at"),  # whether he came before
    )

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    key: Mapped[str] = mapped_column(unique=True)  # public id; follows from scope and external_id
    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"))
    connection_id: Mapped[int | None] = mapped_column(ForeignKey("connections.id"))
    scope: Mapped[str]  # connection key, or `snippet:<site>`, `api:<site>`
    external_id: Mapped[str]
    kind: Mapped[InquiryKind]
    at: Mapped[datetime]  # when it began; the moment that decides
    caller: Mapped[str | None]  # E.164 of the caller, or the sender's address
    called: Mapped[str | None]  # E.164 of our number, or our address
    status: Mapped[CallStatus | None]
    ring_seconds: Mapped[int | None]
    talk_seconds: Mapped[int | None]
    answered_by: Mapped[str | None]
    recording_url: Mapped[str | None]
    letter_class: Mapped[LetterClass | None]
    name: Mapped[str | None]
    phones: Mapped[list[Any]] = mapped_column(default=list)
    emails: Mapped[list[Any]] = mapped_column(default=list)
    subject: Mapped[str] = mapped_column(default="")
    text: Mapped[str] = mapped_column(default="")
    fields: Mapped[dict[str, Any]] = mapped_column(default=dict)
    page: Mapped[str | None]
    sum_minor: Mapped[int | None] = mapped_column(BigId)
    currency: Mapped[str | None]
    is_test: Mapped[bool] = mapped_column(default=False)
    person_id: Mapped[int | None] = mapped_column(ForeignKey("people.id"))
    revision: Mapped[int] = mapped_column(default=1)  # rises with every change worth telling others
    created_at: Mapped[datetime] = mapped_column(default=clock.now)

    attribution_status: Mapped[AttributionStatus | None]  # None: not decided yet
    visitor_id: Mapped[int | None] = mapped_column(ForeignKey("visitors.id"), index=True)
    visit_id: Mapped[int | None] = mapped_column(ForeignKey("visits.id"))
    probability: Mapped[float | None]
    explanation: Mapped[str | None]
    candidates: Mapped[list[Any]] = mapped_column(default=list)  # visitor, visit, probability; best first
    told_source: Mapped[dict[str, Any] | None]  # utm_* as the provider itself said them
    static_source: Mapped[dict[str, Any] | None]  # utm_* in force: of the number or address itself, or those told
    evidence: Mapped[dict[str, Any]] = mapped_column(default=dict)  # marks; per visitor the signals and their factors
    correction: Mapped[dict[str, Any] | None]  # a person decided: by whom, when, and what stood there before
    not_counted: Mapped[NotCounted | None]  # why reports leave it out; None: it counts
    haystack: Mapped[str] = mapped_column(default="")  # what a search looks through; see `searching.haystack`

    site: Mapped[Site] = relationship()
    connection: Mapped[Connection | None] = relationship()
    visitor: Mapped[Visitor | None] = relationship()
    visit: Mapped[Visit | None] = relationship()
    person: Mapped[Person | None] = relationship()


class InquiryLabel(Base):
    """A word that people put on an inquiry; the interface calls it a tag."""

    __tablename__ = "inquiry_labels"

    inquiry_id: Mapped[int] = mapped_column(ForeignKey("inquiries.id"), primary_key=True, autoincrement=False)
    label: Mapped[str] = mapped_column(primary_key=True, index=True)  # the journal is narrowed to one of them


class InquiryComment(Base):
    """What somebody of the company wrote under an inquiry."""

    __tablename__ = "inquiry_comments"

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    inquiry_id: Mapped[int] = mapped_column(ForeignKey("inquiries.id"), index=True)
    at: Mapped[datetime] = mapped_column(default=clock.now)
    author: Mapped[str]  # email of the user, who may be gone since
    text: Mapped[str]
    folded: Mapped[str]  # the same in lower case, for searching


class OtherId(Base):
    """Another id by which an inquiry is known: the Message-ID of a letter, or what the twin of a form calls it."""

    __tablename__ = "other_ids"

    scope: Mapped[str] = mapped_column(primary_key=True)
    external_id: Mapped[str] = mapped_column(primary_key=True)
    inquiry_id: Mapped[int] = mapped_column(ForeignKey("inquiries.id"), primary_key=True, autoincrement=False)


class ForgottenId(Base):
    """The keyed hash of an id whose inquiry was erased, so that nothing brings it back."""

    __tablename__ = "forgotten_ids"

    hash: Mapped[str] = mapped_column(primary_key=True)  # HMAC-SHA256 of scope and external id, hex
    at: Mapped[datetime] = mapped_column(default=clock.now)


class CallCurve(Base):
    """How soon after their last activity the visitors of a site call; learnt from its certain calls."""

    __tablename__ = "call_curves"

    site_id: Mapped[int] = mapped_column(ForeignKey("sites.id"), primary_key=True, autoincrement=False)
    shares: Mapped[list[Any]]  # see `curve.EDGES`
    cases: Mapped[int]
    at: Mapped[datetime] = mapped_column(default=clock.now)


class InquiryEvent(Base):
    """One message about an inquiry; the inquiry's state is the fold of all of them, in any order."""

    __tablename__ = "inquiry_events"
    __table_args__ = (UniqueConstraint("inquiry_id", "fingerprint"),)

    id: Mapped[int] = mapped_column(BigId, primary_key=True)
    inquiry_id: Mapped[int] = mapped_column(ForeignKey("inquiries.id"))
    raw_message_id: Mapped[int | None] = mapped_column(ForeignKey("raw_messages.id"))
    fingerprint: Mapped[str]  # hash of the normalized event
    stage: Mapped[str]
    data: Mapped[dict[str, Any]]  # the normalized event
