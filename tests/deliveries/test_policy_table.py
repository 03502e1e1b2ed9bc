"""The policy table on both CRMs: what each row leaves behind for each person and kind of inquiry.

A star marks a card that was there before. A missed call is an answered one with a task; letters and forms
have no call record and no task.
"""

from __future__ import annotations

from dataclasses import replace

import pytest
from crm_fakes import CALLER, Memory, make_call, make_card
from crm_worlds import EMAIL, Scene, State, World

from tracker.deliveries.card import InquiryCard
from tracker.deliveries.crm_delivery import deliver
from tracker.deliveries.policy_file import read_policy
from tracker.inquiries.events import CallStatus, InquiryKind

TABLE = """
person   policy         made          source        note      call      task
new      contact        contact       contact       contact   -         contact
new      deal           deal          deal          deal      deal      deal
new      contact+deal   contact+deal  contact+deal  contact   deal      deal
new      contact+event  contact       contact       contact   contact   contact
new      lead           lead          lead          lead      lead      lead

open     event          -             contact*      contact*  deal*     deal*
open     event-on-lead  -             contact*      contact*  deal*     deal*
open     contact        contact       contact       contact   -         contact
open     deal           deal          deal          contact*  deal      deal
open     lead           lead          lead          lead      lead      lead
open     lead-alone     lead          lead          lead      lead      lead

closed   event          -             contact*      contact*  contact*  contact*
closed   event-on-lead  -             contact*      contact*  contact*  contact*
closed   contact        contact       contact       contact   -         contact
closed   deal           deal          deal          contact*  deal      deal
closed   lead           lead          lead          lead      lead      lead
closed   lead-alone     lead          lead          lead      lead      lead

waiting  event          -             lead*         lead*     lead*     lead*
waiting  event-on-lead  -             lead*         lead*     lead*     lead*
waiting  contact        -             lead*         lead*     lead*     lead*
waiting  deal           -             lead*         lead*     lead*     lead*
waiting  lead           lead          lead          lead      lead      lead
waiting  lead-alone     lead          lead          lead      lead      lead
"""

ROWS = [tuple(line.split()) for line in TABLE.strip().splitlines()[1:] if line]
PERSON = {"phones": (CALLER,), "emails": (EMAIL,)}
KINDS = {
    "answered": make_card(**PERSON),
    "missed": make_card(**PERSON, call=make_call(CallStatus.MISSED)),
    "email": make_card(kind=InquiryKind.EMAIL, phones=(), emails=(EMAIL,), call=None, subject="Price"),
    "form": make_card(**PERSON, kind=InquiryKind.FORM, call=None, fields={"city": "Perm"}),
}


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row[0]}-{row[1]}")
def test_row_of_the_policy_table(sandbox: World, row: tuple[str, ...], kind: str) -> None:
    person, outcome, *expected = row
    policy = read_policy({"first" if person == "new" else "repeat": outcome})
    scene = Scene(sandbox)
    scene.set(person)
    notes, calls = sandbox.notes(), sandbox.calls()

    deliver(KINDS[kind], sandbox.crm(policy), policy, Memory(sandbox.map))

    state = _state_of(State(*expected), kind)
    assert scene.state(sandbox.crm(policy)) == state
    assert sandbox.notes() - notes == 1
    assert sandbox.calls() - calls == (0 if state.call == "-" else 1)


def _state_of(answered: State, kind: str) -> State:
    """What the row's state is for another kind than an answered call."""
    if kind == "answered":
        return replace(answered, task="-")
    return answered if kind == "missed" else replace(answered, call="-", task="-")


@pytest.mark.parametrize("kind", KINDS)
def test_second_delivery_of_the_same_changes_nothing(sandbox: World, kind: str) -> None:
    policy, memory, card = read_policy(None), Memory(sandbox.map), KINDS[kind]
    first = deliver(card, sandbox.crm(policy), policy, memory)
    cards, notes, calls = sandbox.cards(), sandbox.notes(), sandbox.calls()

    assert deliver(card, sandbox.crm(policy), policy, memory) == first
    assert (sandbox.cards(), sandbox.notes(), sandbox.calls()) == (cards, notes, calls)


def test_ring_answer_end_and_recording_make_one_card(sandbox: World) -> None:
    policy, memory = read_policy(None), Memory(sandbox.map)
    call = make_call(CallStatus.ANSWERED)
    stages: list[InquiryCard] = [
        make_card(call=make_call(CallStatus.RINGING)),
        make_card(call=replace(call, talk_seconds=None)),
        make_card(call=call),
        make_card(call=replace(call, recording_url="https://rec.example.com/1.mp3")),
    ]

    for card in stages:
        deliver(card, sandbox.crm(policy), policy, memory)

    assert len(sandbox.cards()) == 2
    assert (sandbox.notes(), sandbox.calls()) == (1, 1)
