"""What is special about deliveries into Bitrix24: portals without leads, telephony, a bad day."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

import pytest
from crm_fakes import CALLER, SOURCE, Killed, Memory, make_call, make_card
from crm_worlds import Bitrix

from demo.sandbox.faults import Fault, FaultKind
from tracker.deliveries.card import InquiryCard
from tracker.deliveries.crm_delivery import deliver
from tracker.deliveries.entities import Draft
from tracker.deliveries.policy_file import read_policy
from tracker.errors import ProviderError
from tracker.inquiries.events import CallStatus, InquiryKind
from tracker.providers.crm.base import CrmAccount
from tracker.providers.crm.bitrix24 import Bitrix24
from tracker.providers.http import Http
from tracker.providers.settings import read_settings

POLICY = read_policy(None)


@pytest.fixture
def application(bitrix: Bitrix) -> Iterator[Bitrix24]:
    http = Http(Bitrix24.NAME, bitrix.journal.append)
    tokens = {"access_token": "access-1", "refresh_token": "refresh-1"}
    known = {"base_url": bitrix.address, "oauth_url": bitrix.address, "client_id": "app.demo"}
    settings = read_settings(Bitrix24.SETTINGS, {**tokens, **known, "client_secret": "app-secret"})
    yield Bitrix24(CrmAccount(settings, http, POLICY.field_names(), now=bitrix.portal.now))
    http._session.close()


WITHOUT_LEADS = [  # policy, is he known, new cards, contacts of the new deal
    ({"first": "lead"}, False, {"CONTACT": 1, "DEAL": 1}, 1),
    ({"repeat": "lead"}, True, {"DEAL": 1}, 1),
    ({"repeat": "lead-alone"}, True, {"DEAL": 1}, 0),
]


@pytest.mark.parametrize(("policy", "is_known", "made", "linked"), WITHOUT_LEADS)
def test_portal_without_leads_gets_deals(
    bitrix: Bitrix, policy: dict[str, object], is_known: bool, made: dict[str, int], linked: int
) -> None:
    bitrix.portal.mode = 2
    crm = bitrix.crm(read_policy(policy))
    if is_known:
        crm.create_contact(Draft("Ann", "m", phones=(CALLER,)))
    before = Counter(card.type.upper() for card in bitrix.cards())

    deliver(make_card(), crm, read_policy(policy), Memory(bitrix.map))

    assert Counter(card.type.upper() for card in bitrix.cards()) - before == made
    assert [len(deal.contacts) for deal in bitrix.portal.cards["DEAL"].values()] == [linked]
    assert "The portal works without leads: a deal is made instead." in [entry.answer for entry in bitrix.journal]


def test_deal_asked_for_by_a_repeated_inquiry_belongs_to_the_contact(bitrix: Bitrix) -> None:
    policy = read_policy({"repeat": "deal"})
    contact = bitrix.crm(policy).create_contact(Draft("Ann", "m", phones=(CALLER,)))

    deliver(make_card(), bitrix.crm(policy), policy, Memory(bitrix.map))

    [deal] = bitrix.portal.cards["DEAL"].values()
    assert deal.contacts == [int(contact)]


def test_card_pops_up_at_the_ring_and_the_same_call_is_completed(bitrix: Bitrix, application: Bitrix24) -> None:
    memory, call = Memory(bitrix.map), make_call()
    stages = [make_call(CallStatus.RINGING), call, replace(call, recording_url="https://rec.example/1.mp3")]

    for facts in stages:
        deliver(make_card(call=facts), application, POLICY, memory)

    [record] = bitrix.portal.calls.values()
    [activity] = bitrix.portal.activities
    contact, deal = (next(iter(bitrix.portal.cards[type])) for type in ("CONTACT", "DEAL"))
    assert (record["SHOWN"], record["finished"], record["RECORD"]) == (True, True, "https://rec.example/1.mp3")
    assert bitrix.portal.bindings[activity] == [(3, contact), (2, deal)]


BAD_DAY = (
    Fault(FaultKind.DROP_BEFORE),
    Fault(FaultKind.DROP_AFTER),
    Fault(FaultKind.HTML),
    Fault(FaultKind.ANSWER, status=500, body={"error": "INTERNAL_SERVER_ERROR"}),
    Fault(FaultKind.ANSWER, status=503, body={"error": "QUERY_LIMIT_EXCEEDED"}),
    Fault(FaultKind.ANSWER, status=429, body={"error": "OPERATION_TIME_LIMIT"}),
)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize("form", ["webhook", "application"])
def test_bad_day_doubles_nothing_and_loses_nothing(bitrix: Bitrix, application: Bitrix24, form: str, seed: int) -> None:
    dice = random.Random(seed)
    bitrix.portal.faults.lottery, bitrix.portal.faults.share, bitrix.portal.faults.dice = BAD_DAY, 0.1, dice
    crm = application if form == "application" else bitrix.crm(POLICY)
    cards = list(day(dice))

    for revisions in cards:
        memory = Memory(bitrix.map)
        for card in revisions:
            bring_through(card, crm, memory, dice)

    portal = bitrix.portal
    finals = [revisions[-1] for revisions in cards]
    assert sorted(
        sorted(item["VALUE"] for item in card.multi["PHONE"]) for card in portal.cards["CONTACT"].values()
    ) == [[first_phone(person), second_phone(person)] for person in range(PEOPLE)]
    assert all(len(card.multi["EMAIL"]) == 1 for card in portal.cards["CONTACT"].values())
    assert len(portal.cards["DEAL"]) == PEOPLE
    assert Counter(row["COMMENT"].rpartition("\n")[2] for row in portal.comments.values()) == {
        card.marker: 1 for card in finals
    }
    calls = [one for one in portal.activities.values() if one["TYPE_ID"] == "2"]
    assert len(calls) == sum(card.call is not None for card in finals)
    assert sum(one["COMPLETED"] == "Y" for one in calls) == sum(
        card.call is not None and card.call.status is CallStatus.ANSWERED for card in finals
    )
    assert sum(one["PROVIDER_ID"] == "CRM_TODO" for one in portal.activities.values()) == sum(
        card.call is not None and card.call.status is CallStatus.MISSED for card in finals
    )
    assert len(portal.faults.happened) > 10


PEOPLE = 5


def first_phone(person: int) -> str:
    return f"+7916123450{person}"


def second_phone(person: int) -> str:
    return f"+7925123450{person}"


def of_person(person: int, inquiry: str, **changes: object) -> InquiryCard:
    """An inquiry of somebody with a browser and a network of his own."""
    source = replace(SOURCE, ga_client_id=f"{person}.1700000000", ip=f"203.0.113.{person}")
    return make_card(inquiry=inquiry, source=source, **changes)


def day(dice: random.Random) -> Iterator[list[InquiryCard]]:
    """Inquiries with their revisions: everybody introduces himself by a form first, then calls and writes."""
    for person in range(PEOPLE):
        known = {"phones": (first_phone(person), second_phone(person)), "emails": (f"person{person}@example.org",)}
        yield [of_person(person, f"form-{person}", kind=InquiryKind.FORM, call=None, **known)]
    for number in range(4 * PEOPLE):
        person = dice.randrange(PEOPLE)
        if dice.random() < 0.3:
            known = {"phones": (), "emails": (f"person{person}@example.org",)}
            yield [of_person(person, f"mail-{number}", kind=InquiryKind.EMAIL, call=None, **known)]
        else:
            phones = (dice.choice([first_phone(person), second_phone(person)]),)
            stages = [make_call(CallStatus.RINGING), make_call(dice.choice([CallStatus.ANSWERED, CallStatus.MISSED]))]
            yield [of_person(person, f"call-{number}", phones=phones, call=call) for call in stages]


def bring_through(card: InquiryCard, crm: Bitrix24, memory: Memory, dice: random.Random) -> None:
    """Repeats as the outbox does, with a kill in the middle now and then."""
    for _ in range(50):
        memory.kill_at = dice.randrange(12) if dice.random() < 0.2 else None
        try:
            deliver(card, crm, POLICY, memory)
        except (ProviderError, Killed):
            continue
        return
    raise AssertionError(f"{card.inquiry} was never delivered")
