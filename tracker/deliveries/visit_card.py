"""What is told to a CRM about one visit of somebody it knows, or of a stranger whom an advertisement brought."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from tracker.deliveries.card import InquiryCard, PageSeen, SourceFacts


@dataclass(frozen=True)
class VisitCard:
    """One visit that is over.

    Args:
        visit, visitor: public ids; the marker that we leave in the CRM is made from the visit's.
        at, ended_at: aware UTC; written in `timezone` (IANA name).
        language: `ru` or `en`, the language of what we write.
        path: pages, oldest first, at most the last 30.
        device, city: as recognised, None when unknown.
        phones, emails: of the person he proved to be; both empty for a stranger.
    """

    visit: str
    visitor: str
    site: str
    site_name: str
    at: datetime
    ended_at: datetime
    timezone: str
    language: str
    source: SourceFacts
    path: tuple[PageSeen, ...] = ()
    device: str | None = None
    city: str | None = None
    phones: tuple[str, ...] = ()
    emails: tuple[str, ...] = ()

    @property
    def marker(self) -> str:
        """The text that lets us find again what we wrote: `skvoz:visit-<visit>`."""
        return f"skvoz:visit-{self.visit}"

    @property
    def page(self) -> str | None:
        """The page he saw last."""
        return self.path[-1].url if self.path else None

    @property
    def mark(self) -> str:
        """How our map of cards knows a visitor without phone and address."""
        return visitor_mark(self.visitor)

    @property
    def known_by(self) -> Sequence[str]:
        """Everything by which our map may know his card."""
        return (*self.phones, *self.emails, self.mark)


Told = InquiryCard | VisitCard


def visitor_mark(visitor: str) -> str:
    """Returns `visitor:<key>`, which no phone or address can be."""
    return f"visitor:{visitor}"
