"""Turns what a page says into the sign of life that the lease script is asked about."""

from __future__ import annotations

import secrets
from collections.abc import Sequence

from tracker.leases.directory import SiteInUse
from tracker.leases.leasing import SignOfLife
from tracker.pools.conditions import VisitFacts
from tracker.values import landing_url, phone
from tracker.visits.arrival import NOTHING_KNOWN, Arrival, Client, Knowledge, cookies, judge
from tracker.visits.messages import BeatMessage, EventMessage, PageViewMessage
from tracker.visits.stream import Beat, Happening, Leave

TAPS = frozenset({"tel_click", "tel_copy"})


def of_view(
    site: SiteInUse, message: PageViewMessage, client: Client, visitor: str | None, knowledge: Knowledge = NOTHING_KNOWN
) -> SignOfLife:
    """A page view; a visitor nobody knows gets a new id of 128 random bits."""
    arrival = judge(message, client, site.rules, knowledge)
    who = visitor or secrets.token_hex(16)
    return SignOfLife(
        visitor=who,
        ip=client.ip,
        entry=arrival.view,
        engaged=bool(message.engaged),
        campaign=arrival.campaign,
        is_paid=arrival.source.is_paid,
        bot=arrival.view.bot,
        late_ms=arrival.view.late_ms,
        ga=arrival.view.ga,
        facts=facts_of(arrival, who),
        numbers=originals(site, message.numbers),
        held=normal(site, message.held),
    )


def facts_of(arrival: Arrival, visitor: str) -> VisitFacts:
    """What the conditions of pools look at."""
    source, view = arrival.source, arrival.view
    return VisitFacts(
        visitor=visitor,
        channel=source.channel,
        utm_source=source.utm_source,
        utm_medium=source.utm_medium,
        utm_campaign=source.utm_campaign,
        utm_term=source.utm_term,
        utm_content=source.utm_content,
        referrer_host=landing_url.host_of(source.referrer) or None,
        landing_path=arrival.url.path,
        country=view.country,
        region=view.region,
        city=view.city,
        device=view.device,
        language=view.language,
    )


def of_beat(site: SiteInUse, message: BeatMessage, client: Client, leaves: bool = False) -> SignOfLife:
    """A beat, or the farewell of a page."""
    engaged = bool(message.engaged)
    entry = Leave() if leaves else Beat(engaged, **cookies(message))
    return SignOfLife(
        visitor=message.visitor,
        ip=client.ip,
        entry=entry,
        ga=entry.ga if isinstance(entry, Beat) else None,
        visit=message.visit,
        engaged=engaged and not leaves,
        numbers=originals(site, message.numbers),
        held=normal(site, message.held),
    )


def of_event(site: SiteInUse, message: EventMessage, client: Client) -> SignOfLife:
    """Something that happened on the page; numbers in it are written as E.164."""
    data = dict(message.data or {})
    if message.name in TAPS and isinstance(data.get("number"), str):
        data["number"] = phone.parse(data["number"], site.served.country) or data["number"]
    return SignOfLife(message.visitor, client.ip, Happening(message.name, data), visit=message.visit)


def originals(site: SiteInUse, numbers: Sequence[str] | None) -> list[str] | None:
    """Reads the numbers that a page shows; None stays None, all of the site."""
    return None if numbers is None else normal(site, numbers)


def normal(site: SiteInUse, numbers: Sequence[str] | None) -> list[str]:
    """Returns the numbers as E.164, without those that cannot be read."""
    parsed = (phone.parse(number, site.served.country) for number in numbers or ())
    return [number for number in parsed if number]
