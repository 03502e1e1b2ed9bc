"""What is told to another system about one inquiry: plain facts, no database, no provider's words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from tracker.inquiries.events import CallStatus, InquiryKind


@dataclass(frozen=True)
class SourceFacts:
    """Where the explaining visit came from. Every field may be None.

    `click_ids` maps parameter to value as received: `{"gclid": "EAIa…"}`. `ip` is the visitor's address.
    `ga_sessions` maps measurement id to session id; `last_activity_at` is the visit's last sign of life.
    """

    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_term: str | None = None
    utm_content: str | None = None
    referrer: str | None = None
    channel: str | None = None
    landing_page: str | None = None
    ga_client_id: str | None = None
    ym_client_id: str | None = None
    ip: str | None = None
    click_ids: Mapping[str, str] = field(default_factory=dict)
    ga_sessions: Mapping[str, str] = field(default_factory=dict)
    last_activity_at: datetime | None = None


@dataclass(frozen=True)
class PageSeen:
    """One page of the visitor's path; `at` is aware UTC."""

    at: datetime
    url: str
    title: str


@dataclass(frozen=True)
class CallFacts:
    """The call as known so far. `status` is `ringing` until the end is known; seconds are None until then."""

    called: str
    status: CallStatus
    started_at: datetime
    answered_by: str | None = None
    ring_seconds: int | None = None
    talk_seconds: int | None = None
    recording_url: str | None = None


@dataclass(frozen=True)
class AttributionFacts:
    """The match: `status` and `explanation` as in the read API; `probability` 0..1, None when not matched."""

    status: str
    explanation: str
    probability: float | None = None
    visitor: str | None = None


@dataclass(frozen=True)
class InquiryCard:
    """One inquiry as another system is told of it.

    Args:
        inquiry: public id; the marker that we leave in the other system is made from it.
        timezone: IANA name; times in notes are written in it.
        language: `ru` or `en`, the language of what we write.
        phones: E.164, the first one is the inquiry's own; emails likewise, lower-cased.
        path: pages of the explaining visit, oldest first, at most the last 30.
        tags: our tags of the inquiry.
        subscriber: True when the person confirmed a subscription.
        sum_minor: money of an order in minor units of `currency`.
    """

    inquiry: str
    kind: InquiryKind
    site: str
    site_name: str
    at: datetime
    timezone: str
    language: str
    attribution: AttributionFacts
    source: SourceFacts
    name: str | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    fields: Mapping[str, str] = field(default_factory=dict)
    page: str | None = None
    path: tuple[PageSeen, ...] = ()
    call: CallFacts | None = None
    tags: tuple[str, ...] = ()
    subscriber: bool = False
    sum_minor: int | None = None
    currency: str | None = None
    is_test: bool = False

    @property
    def marker(self) -> str:
        """The text that lets us find again what we wrote: `skvoz:<inquiry>`."""
        return f"skvoz:{self.inquiry}"
