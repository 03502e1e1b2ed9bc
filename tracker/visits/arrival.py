"""Judges one page view: who, on what device, from which source, man or machine. Plain values in and out."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from tracker.values import landing_url, networks
from tracker.values.landing_url import LandingUrl
from tracker.values.networks import Networks
from tracker.visits import bots, device, ga, geo
from tracker.visits.channel import Rules
from tracker.visits.messages import BeatMessage, PageViewMessage
from tracker.visits.source import Source, campaign_key, classify
from tracker.visits.stream import View

LONGEST_LATE_MS = 7 * 86_400_000  # a page that was closed for longer tells nothing about this visit
LONGEST_ADDRESS = 2048
LONGEST_TITLE = 300
LONGEST_COOKIE = 1000  # characters; Facebook's _fbc holds a click id of some hundreds


@dataclass(frozen=True)
class Client:
    """Who is on the line: the real address, and what his browser says it is."""

    ip: str
    user_agent: str


@dataclass(frozen=True)
class Arrival:
    """A page view, judged."""

    view: View
    url: LandingUrl
    source: Source
    campaign: str | None
    is_test: bool


@dataclass(frozen=True)
class SiteRules:
    """What a site says about the judging of its visitors.

    Args:
        own_hosts: its domains; a link from one of them names no source.
        allow_tests: whether `test: true` of a message counts.
        channels: its own rules of channels.
        language: of the names of regions and cities.
    """

    own_hosts: Sequence[str]
    allow_tests: bool
    channels: Rules = ()
    language: str = "en"


@dataclass(frozen=True)
class Knowledge:
    """What the installation knows of addresses: places, and networks where no people live."""

    places: geo.GeoFile | None = None
    data_centres: Networks = networks.NONE


NOTHING_KNOWN = Knowledge()


def judge(message: PageViewMessage, client: Client, site: SiteRules, knowledge: Knowledge = NOTHING_KNOWN) -> Arrival:
    """Returns what is known about a page view before anybody is asked."""
    url = landing_url.parse(message.url[:LONGEST_ADDRESS])
    source = classify(url, message.referrer, site.own_hosts, site.channels)
    is_test = bool(message.test and site.allow_tests)
    found = device.parse(client.user_agent)
    view = _view(message, client, source, found)
    view.test = is_test
    if not is_test:
        view.bot = bots.reason(
            client.user_agent, found, bool(message.webdriver), ip=client.ip, data_centres=knowledge.data_centres
        )
    place = knowledge.places.find(client.ip, site.language) if knowledge.places else None
    if place:
        view.country, view.region, view.city = place.country, place.region, place.city
    return Arrival(view, url, source, campaign_key(source), is_test)


def cookies(message: PageViewMessage | BeatMessage) -> dict[str, Any]:
    """Returns `ga`, `ga_sessions`, `ym`, `fbp`, `fbc` as the stream keeps them; None where there is no such cookie."""
    return {
        "ga": ga.client_id(message.ga),
        "ga_sessions": ga.session_ids(message.ga_streams or {}),
        "ym": _sensible(message.ym),
        "fbp": _sensible(message.fbp),
        "fbc": _sensible(message.fbc),
    }


def _sensible(cookie: str | None) -> str | None:
    return cookie if cookie and len(cookie) <= LONGEST_COOKIE else None


def _view(message: PageViewMessage, client: Client, source: Source, found: device.Device) -> View:
    return View(
        view=message.view or secrets.token_hex(8),
        url=message.url[:LONGEST_ADDRESS],
        title=(message.title or "")[:LONGEST_TITLE],
        late_ms=min(message.late_ms or 0, LONGEST_LATE_MS),
        source=source.source,
        medium=source.medium,
        channel=source.channel,
        named_by=source.named_by,
        is_paid=source.is_paid,
        utm_source=source.utm_source,
        utm_medium=source.utm_medium,
        utm_campaign=source.utm_campaign,
        utm_term=source.utm_term,
        utm_content=source.utm_content,
        click_ids=dict(source.click_ids),
        referrer=source.referrer,
        ip=client.ip,
        **cookies(message),
        device=found.kind,
        browser=found.browser,
        os=found.os,
        language=message.language,
    )
