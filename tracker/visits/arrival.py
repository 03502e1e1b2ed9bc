"""Judges one page view: who, on what device, from which source, man or machine. Plain values in and out."""

from __future__ import annotations

import secrets
from collections.abc import Sequence
from dataclasses import dataclass

from tracker.values import landing_url
from tracker.visits import bots, device, ga, geo
from tracker.visits.messages import PageViewMessage
from tracker.visits.source import Source, campaign_key, classify
from tracker.visits.stream import View

LONGEST_LATE_MS = 7 * 86_400_000  # a page that was closed for longer tells nothing about this visit
LONGEST_ADDRESS = 2048
LONGEST_TITLE = 300


@dataclass(frozen=True)
class Client:
    """Who is on the line: the real address, and what his browser says it is."""

    ip: str
    user_agent: str


@dataclass(frozen=True)
class Arrival:
    """A page view, judged."""

    view: View
    source: Source
    campaign: str | None
    is_test: bool


def judge(
    message: PageViewMessage,
    client: Client,
    own_hosts: Sequence[str],
    allow_tests: bool,
    geo_file: geo.GeoFile | None = None,
) -> Arrival:
    """Returns what is known about a page view before anybody is asked.

    Args:
        own_hosts: the site's domains; a link from one of them names no source.
        allow_tests: whether `test: true` of the message counts on this site.
    """
    source = classify(landing_url.parse(message.url[:LONGEST_ADDRESS]), message.referrer, own_hosts)
    is_test = bool(message.test and allow_tests)
    found = device.parse(client.user_agent)
    bot = None if is_test else bots.reason(client.user_agent, found, bool(message.webdriver), ip=client.ip)
    view = _view(message, client, source, found)
    place = geo_file.find(client.ip) if geo_file else None
    if place:
        view.country, view.region, view.city = place.country, place.region, place.city
    view.bot, view.test = bot, is_test
    return Arrival(view, source, campaign_key(source), is_test)


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
        ga=ga.client_id(message.ga),
        ga_sessions=ga.session_ids(message.ga_streams or {}),
        ym=message.ym,
        fbp=message.fbp,
        fbc=message.fbc,
        device=found.kind,
        browser=found.browser,
        os=found.os,
        language=message.language,
    )
