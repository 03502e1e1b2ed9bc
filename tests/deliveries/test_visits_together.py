"""Several visits noted in one request: each once, whatever happens to the request, and nobody suffers for another."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from crm_fakes import CALLER, NOON, SOURCE, FakeCrm, Killed, Memory, make_card
from crm_worlds import World

from demo.sandbox.faults import Fault, FaultKind
from tracker.deliveries.card import InquiryCard, SourceFacts
from tracker.deliveries.crm_delivery import deliver
from tracker.deliveries.entities import Entity, EntityType
from tracker.deliveries.policy_file import read_policy
from tracker.deliveries.visit_card import VisitCard
from tracker.deliveries.visits_together import deliver_visits
from tracker.errors import ProviderError, RateLimited, Refused

POLICY = read_policy(None)
OTHER = "+79167654321"


def visit(name: str, number: str = CALLER) -> VisitCard:
    return VisitCard(
        visit=name,
        visitor="9f2c",
        site="example",
        site_name="Example LLC",
        at=NOON,
        ended_at=NOON + timedelta(minutes=20),
        timezone="Europe/Moscow",
        language="en",
        source=SOURCE,
        phones=(number,),
    )


VISITS = [visit("v1"), visit("v2", OTHER), visit("v3")]


BOTH: list[InquiryCard] = [make_card(), make_card(inquiry="a2", phones=(OTHER,), source=SourceFacts())]


@pytest.fixture
def known(sandbox: World) -> dict[str, str]:
    """Two people the CRM knows: phone to contact."""
    return {card.phones[0]: deliver(card, sandbox.crm(POLICY), POLICY, Memory(sandbox.map))["contact"] for card in BOTH}


def told(memories: list[Memory], crm: Any) -> list[Any]:
    return [(card, memory, crm) for card, memory in zip(VISITS, memories, strict=True)]


def noted(world: World, contact: str) -> list[str]:
    """Which of the visits stand on a contact, by what the CRM finds."""
    crm = world.crm(POLICY)
    return [one.visit for one in VISITS if crm.find_note(Entity(EntityType.CONTACT, contact), one.marker)]


def assert_each_once(world: World, known: dict[str, str], before: int) -> None:
    assert (noted(world, known[CALLER]), noted(world, known[OTHER])) == (["v1", "v3"], ["v2"])
    assert world.notes() - before == len(VISITS)


def test_visits_share_one_request(sandbox: World, known: dict[str, str]) -> None:
    memories, before = [Memory(sandbox.map) for _ in VISITS], sandbox.notes()
    sandbox.journal.clear()

    outcomes = deliver_visits(told(memories, sandbox.crm(POLICY)), POLICY)

    assert outcomes == [{"contact": known[CALLER]}, {"contact": known[OTHER]}, {"contact": known[CALLER]}]
    assert sum(entry.step in ("note", "write the notes") for entry in sandbox.journal) == 1
    assert_each_once(sandbox, known, before)


@pytest.mark.parametrize("kind", [FaultKind.DROP_BEFORE, FaultKind.DROP_AFTER])
def test_lost_answer_doubles_nothing(sandbox: World, known: dict[str, str], kind: FaultKind) -> None:
    memories, before = [Memory(sandbox.map) for _ in VISITS], sandbox.notes()
    crm = sandbox.crm(POLICY)
    add_notes = crm.add_notes
    crm.add_notes = lambda notes: sandbox.faults.plan(Fault(kind)) or add_notes(notes)

    assert all(isinstance(one, ProviderError) for one in deliver_visits(told(memories, crm), POLICY))
    deliver_visits(told(memories, sandbox.crm(POLICY)), POLICY)

    assert_each_once(sandbox, known, before)


def test_visit_on_a_card_that_has_just_gone_harms_no_other(sandbox: World, known: dict[str, str]) -> None:
    memories, before = [Memory(sandbox.map) for _ in VISITS], sandbox.notes()
    crm = sandbox.crm(POLICY)
    add_notes = crm.add_notes
    crm.add_notes = lambda notes: sandbox.remove_contact(known[OTHER]) or add_notes(notes)

    first, second, third = deliver_visits(told(memories, crm), POLICY)

    assert first == third == {"contact": known[CALLER]}
    assert isinstance(second, Refused)
    assert noted(sandbox, known[CALLER]) == ["v1", "v3"]
    assert sandbox.notes() - before == 2


@pytest.mark.parametrize("point", range(14))
def test_kill_at_any_step_is_survived(crm: FakeCrm, memory: Memory, point: int) -> None:
    for card in BOTH:
        deliver(card, crm, POLICY, Memory(memory.map))
    memories, before = [Memory(memory.map) for _ in VISITS], len(crm.notes)
    memories[1].kill_at = point % 7
    memories[2].kill_at = point // 2
    try:
        deliver_visits(told(memories, crm), POLICY)
    except Killed:
        for one in memories:
            one.kill_at = None
        deliver_visits(told(memories, crm), POLICY)

    assert len(crm.notes) - before == len(VISITS)
    assert len({mark for *_, mark in crm.notes[before:]}) == len(VISITS)


def test_crm_that_wants_rest_is_asked_no_more(crm: FakeCrm, memory: Memory) -> None:
    for card in BOTH:
        deliver(card, crm, POLICY, Memory(memory.map))
    slowly = RateLimited("slowly", provider="crm/amocrm")

    def limited(contact: str) -> None:
        raise slowly

    crm.get_contact = limited

    assert deliver_visits(told([Memory(memory.map) for _ in VISITS], crm), POLICY) == [slowly, None, None]
