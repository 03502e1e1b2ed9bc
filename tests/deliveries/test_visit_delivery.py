"""The note about a visit on both CRMs: whose card takes it, once, and the card of a stranger from an advertisement."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from crm_fakes import CALLER, NOON, SOURCE, FakeCrm, Killed, Memory, make_card
from crm_worlds import World

from tracker.deliveries.card import PageSeen, SourceFacts
from tracker.deliveries.crm_delivery import deliver
from tracker.deliveries.entities import Entity, EntityType
from tracker.deliveries.policy_file import read_policy
from tracker.deliveries.visit_card import VisitCard
from tracker.deliveries.visit_delivery import deliver_visit
from tracker.deliveries.visit_note import visit_note

POLICY = read_policy(None)
STRANGERS = read_policy({"unknown_visitors": "contact", "tags": ["from the site"]})


def make_visit(**changes: Any) -> VisitCard:
    """A visit of twenty minutes by somebody known by his phone, changed as the test wants."""
    visit = VisitCard(
        visit="5f3e",
        visitor="9f2c",
        site="example",
        site_name="Example LLC",
        at=NOON,
        ended_at=NOON + timedelta(minutes=20),
        timezone="Europe/Moscow",
        language="en",
        source=SOURCE,
        path=(PageSeen(NOON, "https://example.com/price", "Price"),),
        device="mobile Chrome",
        city="Perm",
        phones=(CALLER,),
    )
    return replace(visit, **changes)


STRANGER = make_visit(phones=())


def test_note_says_when_from_where_and_what_was_seen() -> None:
    text = visit_note(make_visit(source=SourceFacts(utm_source="google", utm_medium="cpc", channel="paid-search")))

    assert text.splitlines() == [
        "Visit of Example LLC",
        "When: 01.01.2026 15:00 – 15:20 (Europe/Moscow)",
        "Source: google / cpc, channel paid-search",
        "utm_source=google",
        "utm_medium=cpc",
        "Device: mobile Chrome, Perm",
        "Path of the visit:",
        "01.01 15:00 Price https://example.com/price",
    ]


def test_visit_of_a_known_person_is_noted_once_on_his_contact(sandbox: World) -> None:
    crm, memory = sandbox.crm(POLICY), Memory(sandbox.map)
    inquiry = deliver(make_card(), crm, POLICY, Memory(sandbox.map))
    cards, notes = sandbox.cards(), sandbox.notes()

    first = deliver_visit(make_visit(), crm, POLICY, memory)

    assert deliver_visit(make_visit(), sandbox.crm(POLICY), POLICY, memory) == first == {"contact": inquiry["contact"]}
    assert crm.find_note(Entity(EntityType.CONTACT, inquiry["contact"]), "skvoz:visit-5f3e")
    assert (sandbox.cards(), sandbox.notes()) == (cards, notes + 1)


def test_visit_of_somebody_whose_contact_was_deleted_is_noted_nowhere(crm: FakeCrm, memory: Memory) -> None:
    made = deliver(make_card(), crm, POLICY, Memory(memory.map))
    del crm.contacts[made["contact"]]

    assert deliver_visit(make_visit(), crm, POLICY, memory) == {}
    assert len(crm.notes) == 1


def test_stranger_from_an_advertisement_makes_a_contact_with_his_source(sandbox: World) -> None:
    crm = sandbox.crm(STRANGERS)

    made = deliver_visit(STRANGER, crm, STRANGERS, Memory(sandbox.map))

    contact = crm.get_contact(made["contact"])
    assert contact is not None and contact.name == "Visitor of Example LLC, spring"
    assert {name: contact.values.get(name) for name in ("ga_id", "ip", "utm_source")} == {
        "ga_id": SOURCE.ga_client_id,
        "ip": SOURCE.ip,
        "utm_source": "google",
    }


def test_stranger_makes_no_contact_unless_the_policy_says_so(sandbox: World) -> None:
    assert deliver_visit(STRANGER, sandbox.crm(POLICY), POLICY, Memory(sandbox.map)) == {}
    assert sandbox.cards() == set()


def test_second_visit_of_a_stranger_and_then_his_call_find_his_contact(sandbox: World) -> None:
    crm = sandbox.crm(STRANGERS)
    first = deliver_visit(STRANGER, crm, STRANGERS, Memory(sandbox.map))

    again = deliver_visit(replace(STRANGER, visit="77aa"), crm, STRANGERS, Memory(sandbox.map))
    call = deliver(make_card(), crm, STRANGERS, Memory(sandbox.map))

    assert again == first
    assert call["contact"] == first["contact"]
    contact = crm.get_contact(first["contact"])
    assert contact is not None and len(contact.phones) == 1


@pytest.mark.parametrize("point", range(14))
def test_kill_at_any_step_makes_one_contact_and_one_note(point: int) -> None:
    crm, memory = FakeCrm(), Memory()
    memory.kill_at = point
    try:
        deliver_visit(STRANGER, crm, STRANGERS, memory)
    except Killed:
        memory.kill_at = None
        deliver_visit(STRANGER, crm, STRANGERS, memory)

    assert (len(crm.contacts), len(crm.notes)) == (1, 1)
