"""Where a visit came from, as a short value that every report shows alike."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from tracker.visits.models import Visit


@dataclass(frozen=True)
class Source:
    """What brought a visit.

    `source` and `medium` are what reports group by, `utm_*` what stood in the address. `channel` is a name of
    visits.channel.CHANNELS, None for static sources.
    """

    source: str | None
    medium: str | None
    utm_source: str | None
    utm_medium: str | None
    utm_campaign: str | None
    utm_term: str | None = None
    utm_content: str | None = None
    channel: str | None = None
    referrer: str | None = None

    @property
    def title(self) -> str:
        """`google / cpc · spring`; an empty string when nothing is known."""
        pair = " / ".join(part for part in (self.source, self.medium) if part)
        return " · ".join(part for part in (pair, self.utm_campaign) if part)


def of_visit(visit: Visit) -> Source:
    """The source a visit was given when it began."""
    return Source(
        visit.source,
        visit.medium,
        visit.utm_source,
        visit.utm_medium,
        visit.utm_campaign,
        visit.utm_term,
        visit.utm_content,
        visit.channel,
        visit.referrer,
    )


def of_static(values: Mapping[str, Any]) -> Source:
    """The source a static number or address stands for: its `utm_*`."""
    return Source(
        values.get("utm_source"),
        values.get("utm_medium"),
        values.get("utm_source"),
        values.get("utm_medium"),
        values.get("utm_campaign"),
        values.get("utm_term"),
        values.get("utm_content"),
    )


def of_inquiry(visit: Visit | None, static: Mapping[str, Any] | None) -> Source | None:
    """What explains an inquiry: its visit, else its static source, else nothing."""
    if visit is not None:
        return of_visit(visit)
    return of_static(static) if static else None
