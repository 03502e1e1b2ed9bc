"""Nothing is doubled and nothing lost while requests fail in every way and workers are killed anywhere."""

from __future__ import annotations

import random
from collections import Counter
from dataclasses import replace
from datetime import timedelta

import pytest
from crm_fakes import NOON, SOURCE, FakeCrm, Killed, Memory, make_call, make_card
from crm_worlds import Amo

from demo.sandbox.faults import BAD_DAY
from tracker.deliveries.card import InquiryCard
from tracker.deliveries.crm_delivery import deliver
from tracker.deliveries.finding import holds_phone
from tracker.deliveries.policy_file import read_policy
from tracker.errors import ProviderError
from tracker.inquiries.events import CallStatus, InquiryKind

POLICY = read_policy({"extensions": {"101": 502}})
MOST_REQUESTS = 30  # for all revisions and attempts of one inquiry on average


@pytest.mark.parametrize("point", range(60))
def test_kill_at_any_step_is_survived(point: int) -> None:
    crm, memory = FakeCrm(shows_ringing=True), Memory()
    missed = make_card(call=make_call(CallStatus.MISSED))
    memory.kill_at = point
    try:
        deliver(missed, crm, POLICY, memory)
    except Killed:
        memory.kill_at = None
        deliver(missed, crm, POLICY, memory)

    assert (len(crm.contacts), len(crm.deals), len(crm.notes), len(crm.calls), len(crm.tasks)) == (1, 1, 1, 1, 1)


def test_random_failures_and_kills_double_nothing_and_lose_nothing(amo: Amo) -> None:
    dice = random.Random(5)
    people = [_person(number, dice) for number in range(60)]
    inquiries = [_inquiry(number, dice.choice(people), dice) for number in range(200)]
    memories = {card.inquiry: Memory(amo.map) for card in inquiries}
    amo.account.faults.lottery, amo.account.faults.share = BAD_DAY, 0.1
    amo.account.limit.per_second = 0

    worker = Worker(amo, dice)

    for card in _in_any_order(inquiries, dice):
        worker.insist(card, memories[card.inquiry])

    assert len(amo.account.faults.happened) > 200
    assert worker.kills > 20
    assert len(amo.account.requests) / len(inquiries) < MOST_REQUESTS
    _assert_whole(amo, inquiries)


def _assert_whole(amo: Amo, inquiries: list[InquiryCard]) -> None:
    """One contact per person, no value lost, every inquiry noted once and every call recorded once."""
    account = amo.account
    phones = [tuple(account.text_of(contact, "PHONE")) for contact in account.contacts.values()]
    emails = [tuple(account.text_of(contact, "EMAIL")) for contact in account.contacts.values()]
    notes = Counter(
        note.params["text"].rpartition("\n")[2] for note in account.notes.values() if note.note_type == "common"
    )
    calls = Counter(note.params["uniq"] for note in account.notes.values() if note.note_type == "call_in")
    for card in inquiries:
        for number in card.phones:
            assert sum(holds_phone(held, number) for held in phones) == 1, number
        for email in card.emails:
            assert sum(email in held for held in emails) == 1, email
    assert notes == {card.marker: 1 for card in inquiries}
    assert calls == {card.marker: 1 for card in inquiries if card.call}
    assert len(account.contacts) == len({card.fields["person"] for card in inquiries})
    assert len(account.leads) == len(account.contacts)


def _person(number: int, dice: random.Random) -> InquiryCard:
    """Somebody with one to three phones and perhaps an email; `fields` tells who he is."""
    phones = tuple(f"+7916{number:03}{index:04}" for index in range(dice.randint(1, 3)))
    emails = (f"person{number}@example.org",) if dice.random() < 0.7 else ()
    source = replace(SOURCE, ga_client_id=f"{number}.1", ip=f"203.0.113.{number}")
    return make_card(phones=phones, emails=emails, source=source, fields={"person": str(number)})


def _inquiry(number: int, person: InquiryCard, dice: random.Random) -> InquiryCard:
    """An inquiry of somebody: he always shows his first phone, sometimes all of his phones and emails."""
    at = NOON + timedelta(minutes=number)
    shows_all = dice.random() < 0.4
    card = replace(
        person,
        inquiry=f"i{number:03}x",
        at=at,
        phones=person.phones if shows_all else person.phones[:1],
        emails=person.emails if shows_all else (),
    )
    if dice.random() < 0.3:
        return replace(card, kind=InquiryKind.FORM, call=None)
    return replace(card, call=make_call(started_at=at, answered_by="101"))


def _in_any_order(inquiries: list[InquiryCard], dice: random.Random) -> list[InquiryCard]:
    """All revisions of all inquiries, shuffled; those of one inquiry stay in their order."""
    revisions = {card.inquiry: _revisions(card) for card in inquiries}
    turns = [key for key, cards in revisions.items() for _ in cards]
    dice.shuffle(turns)
    return [revisions[key].pop(0) for key in turns]


def _revisions(card: InquiryCard) -> list[InquiryCard]:
    if card.call is None:
        return [card]
    ringing = replace(card.call, status=CallStatus.RINGING, talk_seconds=None, answered_by=None)
    recorded = replace(card.call, recording_url="https://rec.example.com/1.mp3")
    return [replace(card, call=ringing), card, replace(card, call=recorded)]


class Worker:
    """Delivers as the worker does: again after a failure, and as a new process after a kill, until it is done."""

    def __init__(self, amo: Amo, dice: random.Random) -> None:
        self.amo = amo
        self.dice = dice
        self.crm = amo.crm(POLICY)
        self.kills = 0

    def insist(self, card: InquiryCard, memory: Memory) -> None:
        for _ in range(100):
            memory.kill_at = self.dice.randrange(40) if self.dice.random() < 0.2 else None
            try:
                deliver(card, self.crm, POLICY, memory)
                return
            except ProviderError:
                continue
            except Killed:
                self.crm = self.amo.crm(POLICY)
                self.kills += 1
        raise AssertionError("never delivered")
