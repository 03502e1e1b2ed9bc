"""The card of an inquiry: everything other systems are told, read from what the visit left."""

from __future__ import annotations

import pytest
from sqlalchemy import select
from world import AD, EXAMPLE, World

from tracker.deliveries import cards
from tracker.deliveries.card import InquiryCard
from tracker.extensions import db
from tracker.inquiries.models import Inquiry


def card_of_the_only_inquiry() -> InquiryCard:
    db.session.remove()
    return cards.build(db.session(), db.session.scalars(select(Inquiry)).one())


def test_card_of_a_call_tells_the_visit(world: World) -> None:
    browser = world.browser()
    browser.open(AD, title="Home", referrer="https://www.google.com/", ga="GA1.1.123456789.1700000000")
    browser.open("https://example.com/chairs", title="Chairs")

    world.call("c1", "ringing", **{"from": "+79161234567", "to": "+74957770001"})

    card = card_of_the_only_inquiry()
    assert (card.phones, card.page) == (("+79161234567",), "https://example.com/chairs")
    assert [seen.title for seen in card.path] == ["Home", "Chairs"]
    source = card.source
    assert (source.utm_source, source.utm_campaign, source.channel) == ("google", "spring", "paid-search")
    assert (source.landing_page, source.referrer) == (AD, "https://www.google.com/")
    assert (source.ga_client_id, source.ip, source.click_ids) == (
        "123456789.1700000000",
        browser.ip,
        {"gclid": "abc"},
    )
    assert card.attribution.visitor == browser.visitor
    assert card.call is not None
    assert card.call.called == "+74957770001"
    assert card.marker == f"skvoz:{card.inquiry}"


CHANNELS = {
    "utm_source: billboard, utm_medium: offline, utm_campaign: tverskaya": "offline",
    "utm_source: google, utm_medium: cpc": "paid-search",
    "utm_source: newsletter, utm_medium: email": "email",
}


@pytest.mark.parametrize("source", CHANNELS)
def test_static_number_has_the_channel_of_its_source(world: World, source: str) -> None:
    billboard = "utm_source: billboard, utm_medium: offline, utm_campaign: tverskaya"
    world.apply(EXAMPLE.replace(billboard, source))

    world.call("c1", "ringing", **{"from": "+79161234567", "to": "+74957770100"})

    assert card_of_the_only_inquiry().source.channel == CHANNELS[source]
    assert world.inquiries()[0]["source"]["channel"] == CHANNELS[source]


def test_long_path_ends_with_the_last_pages(world: World) -> None:
    browser = world.browser()
    for number in range(cards.LONGEST_PATH + 2):
        # Keys in order: two views of one millisecond go by their keys.
        browser.open(f"https://example.com/{number}" if number else AD, view=f"{number:016x}")

    world.call("c1", "ringing", **{"from": "+79161234567", "to": "+74957770001"})

    card = card_of_the_only_inquiry()
    assert len(card.path) == cards.LONGEST_PATH
    assert card.path[-1].url == f"https://example.com/{cards.LONGEST_PATH + 1}"
