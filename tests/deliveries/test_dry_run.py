"""A dry run says what would be written, writes nothing, and leaves no trace in the memory."""

from __future__ import annotations

from dataclasses import replace

from crm_fakes import CALLER, FakeCrm, Memory, make_call, make_card
from crm_worlds import World

from tracker.deliveries.card import InquiryCard
from tracker.deliveries.crm_delivery import deliver
from tracker.deliveries.dry_run import DryCrm, DryProgress
from tracker.deliveries.entities import Draft
from tracker.deliveries.policy_file import read_policy
from tracker.deliveries.target import Crm
from tracker.inquiries.events import CallStatus

POLICY = read_policy({"tags": ["calltracking"], "responsible": 501, "fields": {"ip": "IP"}})


def rehearse(card: InquiryCard, crm: Crm, memory: Memory) -> list[str]:
    dry = DryCrm(crm)
    deliver(card, dry, POLICY, DryProgress(memory))
    return dry.said


def begins(sentences: list[str]) -> list[str]:
    return [sentence.partition(":")[0].partition(" “")[0] for sentence in sentences]


def test_new_caller_would_get_everything_and_gets_nothing(sandbox: World) -> None:
    memory = Memory(sandbox.map)

    said = rehearse(make_card(call=make_call(CallStatus.MISSED)), sandbox.crm(POLICY), memory)

    assert begins(said) == [
        "Make a contact",
        "Make a deal for the new contact",
        "Write a note on the new contact",
        "Record the call on the new deal",
        "Make a task on the new deal for user 501 until 2026-01-01 12",
    ]
    assert said[0].startswith(f"Make a contact “+7 916 123-45-67” with {CALLER}, ga_id=")
    assert said[0].endswith("tag calltracking, responsible user 501")
    assert (sandbox.cards(), sandbox.notes(), sandbox.calls(), memory.steps) == (set(), 0, 0, {})


def test_known_contact_would_only_gain_what_it_lacks(sandbox: World) -> None:
    crm = sandbox.crm(POLICY)
    crm.ensure_fields(list(POLICY.fields))
    contact = crm.create_contact(Draft("Ann", "m", phones=(CALLER,), values={"utm_source": "letter"}))

    said = rehearse(make_card(emails=("ann@example.org",)), crm, Memory(sandbox.map))

    assert said[0].startswith(f"Add to contact {contact}: ann@example.org, ")
    assert ", utm_source=" not in said[0]
    there = crm.get_contact(contact)
    assert there is not None and there.emails == ()


def test_delivered_inquiry_would_change_nothing_until_it_changes(crm: FakeCrm, memory: Memory) -> None:
    card = make_card()
    deliver(card, crm, POLICY, memory)
    steps = dict(memory.steps)

    assert rehearse(card, crm, memory) == []
    recorded = make_card(call=replace(make_call(), recording_url="https://rec.example/1.mp3", answered_by="101"))
    assert begins(rehearse(recorded, crm, memory)) == [f"Complete call {memory.steps['call']} on deal 102"]
    assert memory.steps == steps
