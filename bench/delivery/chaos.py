"""A bad day with real processes: nothing doubled, nothing lost, the CRM's limits kept.

`python bench/delivery/chaos.py [--crm amocrm] [--inquiries 200] [--people 60]`: inquiries of people with several
phones and emails arrive in any order while every tenth request to the CRM fails in one of eight ways and one of four
worker processes is killed with `kill -9` again and again. Ends with status 1 when anything is wrong, also when
something is not delivered after 25 minutes or a request was refused for the rate limit.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from stage import NUMBERS, Stage, stage

from demo.sandbox.faults import BAD_DAY
from tracker.deliveries.finding import holds_phone

BETWEEN_KILLS = (4.0, 12.0)
BETWEEN_MESSAGES = 0.15
LONGEST_SECONDS = 1500.0


@dataclass
class Person:
    phones: list[str]
    emails: list[str]


@dataclass
class Sent:
    """An inquiry that was taken: who, what he showed, and whether it was a call."""

    person: int
    phones: list[str]
    emails: list[str]
    is_call: bool


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--crm", choices=["amocrm", "bitrix24"], default="amocrm")
    parser.add_argument("--inquiries", type=int, default=200)
    parser.add_argument("--people", type=int, default=60)
    parser.add_argument("--seed", type=int, default=5)
    words = parser.parse_args()
    dice = random.Random(words.seed)
    people = [a_person(number, dice) for number in range(words.people)]
    with stage(words.crm, workers=4) as on:
        faults = on.account.faults if words.crm == "amocrm" else on.portal.faults
        faults.lottery, faults.share, faults.dice = BAD_DAY, 0.1, random.Random(words.seed)
        began = time.monotonic()
        sent = send_all(on, people, words.inquiries, dice)
        told = time.monotonic() - began
        left = wait_until_delivered(on, dice)
        seconds = time.monotonic() - began
        state = state_of_amocrm(on) if words.crm == "amocrm" else state_of_bitrix24(on)
        requests = len(on.account.requests) if words.crm == "amocrm" else len(on.portal.requests)
        refused = on.account.limit.refused if words.crm == "amocrm" else on.portal.bucket.refused
        print(f"{len(sent)} inquiries of {len({one.person for one in sent.values()})} people, told in {told:.0f} s")
        print(f"{seconds:.0f} s until all were delivered, {requests} requests ({requests / seconds:.1f}/s)")
        print(f"{len(faults.happened)} requests failed on purpose, {on.kills} workers killed")
        print(f"{refused} requests refused for the rate limit, {on.repeated} messages repeated to us")
        wrong = list(mistakes(state, sent))
        wrong += [f"{refused} requests above the limit"] if refused else []
        wrong += [f"{left} inquiries were never delivered"] if left else []
    print("\n".join(wrong) if wrong else "nothing doubled, nothing lost")
    sys.exit(bool(wrong))


# --- the day --------------------------------------------------------------------------------------


def a_person(number: int, dice: random.Random) -> Person:
    phones = [f"+7916{number:03}{index:04}" for index in range(dice.randint(1, 3))]
    return Person(phones, [f"person{number}@example.org"] if dice.random() < 0.7 else [])


def send_all(on: Stage, people: list[Person], count: int, dice: random.Random) -> dict[str, Sent]:
    """Tells every step of every inquiry, shuffled; those of one call stay in their order. Workers die meanwhile."""
    chosen = [dice.randrange(len(people)) for _ in range(count)]
    steps = [list(steps_of(number, people[person], person, dice)) for number, person in enumerate(chosen)]
    turns = [number for number, of_one in enumerate(steps) for _ in of_one]
    dice.shuffle(turns)
    sent: dict[str, Sent] = {}
    next_kill = time.monotonic() + dice.uniform(*BETWEEN_KILLS)
    for number in turns:
        inquiry, what = tell(on, steps[number].pop(0))
        sent[inquiry] = what
        time.sleep(BETWEEN_MESSAGES)
        if time.monotonic() > next_kill:
            on.kill_a_worker(dice)
            next_kill = time.monotonic() + dice.uniform(*BETWEEN_KILLS)
    return sent


def steps_of(number: int, person: Person, index: int, dice: random.Random) -> Iterator[tuple[dict[str, object], Sent]]:
    """A call with its three messages, or a form or letter with all that somebody has."""
    if dice.random() < 0.7:
        facts = {"from": person.phones[0], "to": dice.choice(NUMBERS), "at": datetime.now(UTC).isoformat()}
        what = Sent(index, person.phones[:1], [], is_call=True)
        common = {"call_id": f"c{number}", **facts}
        yield {**common, "event": "ringing"}, what
        yield {**common, "event": "ended", "status": "answered", "talk_seconds": 60, "answered_by": "101"}, what
        yield {**common, "event": "recorded", "recording_url": "https://rec.example.com/1.mp3"}, what
        return
    shows_all = dice.random() < 0.6
    phones = person.phones if shows_all else person.phones[:1]
    emails = person.emails if shows_all else []
    form = {"kind": dice.choice(["form", "order", "chat"]), "external_id": f"f{number}", "name": f"Person {index}"}
    yield (
        {**form, "phones": phones, "emails": emails, "text": f"No. {number}"},
        Sent(index, phones, emails, is_call=False),
    )


def tell(on: Stage, step: tuple[dict[str, object], Sent]) -> tuple[str, Sent]:
    said, what = step
    if what.is_call:
        facts = dict(said)
        return on.call(str(facts.pop("call_id")), str(facts.pop("event")), **facts), what
    return on.inquire(**said), what


def wait_until_delivered(on: Stage, dice: random.Random) -> int:
    """Workers go on dying until three quarters of what was open are delivered; returns how many never are."""
    deadline = time.monotonic() + LONGEST_SECONDS
    next_kill = time.monotonic() + dice.uniform(*BETWEEN_KILLS)
    open_at_first, waiting = None, 0
    while time.monotonic() < deadline:
        counts = on.open_deliveries()
        waiting = counts.get("pending", 0) + counts.get("failed", 0)
        open_at_first = open_at_first or waiting
        if not waiting:
            break
        if time.monotonic() > next_kill and waiting > open_at_first // 4:
            on.kill_a_worker(dice)
            next_kill = time.monotonic() + dice.uniform(*BETWEEN_KILLS)
        time.sleep(0.5)
    return waiting + on.open_deliveries().get("dead", 0)


# --- what the CRM holds afterwards ----------------------------------------------------------------


@dataclass
class State:
    """Phones and emails per contact, number of deals, and how often each marker stands on a note and on a call."""

    phones: list[list[str]]
    emails: list[list[str]]
    deals: int
    notes: Counter[str]
    calls: Counter[str]


def state_of_amocrm(on: Stage) -> State:
    account = on.account
    notes = list(account.notes.values())
    return State(
        [list(account.text_of(one, "PHONE")) for one in account.contacts.values()],
        [list(account.text_of(one, "EMAIL")) for one in account.contacts.values()],
        len(account.leads),
        Counter(one.params["text"].rpartition("\n")[2] for one in notes if one.note_type == "common"),
        Counter(one.params["uniq"] for one in notes if one.note_type == "call_in"),
    )


def state_of_bitrix24(on: Stage) -> State:
    contacts = on.portal.cards["CONTACT"].values()
    calls = [one for one in on.portal.activities.values() if str(one["TYPE_ID"]) == "2"]
    return State(
        [[item["VALUE"] for item in one.multi.get("PHONE", [])] for one in contacts],
        [[item["VALUE"] for item in one.multi.get("EMAIL", [])] for one in contacts],
        len(on.portal.cards["DEAL"]),
        Counter(row["COMMENT"].rpartition("\n")[2] for row in on.portal.comments.values()),
        Counter(str(one["ORIGIN_ID"]) for one in calls),
    )


def mistakes(state: State, sent: dict[str, Sent]) -> Iterator[str]:
    people = {one.person for one in sent.values()}
    if len(state.phones) != len(people):
        yield f"{len(state.phones)} contacts for {len(people)} people"
    if state.deals != len(people):
        yield f"{state.deals} deals for {len(people)} people"
    for inquiry, one in sent.items():
        for number in one.phones:
            if (held := sum(holds_phone(phones, number) for phones in state.phones)) != 1:
                yield f"{number} stands on {held} contacts"
        for email in one.emails:
            if (held := sum(email in emails for emails in state.emails)) != 1:
                yield f"{email} stands on {held} contacts"
        if state.notes[f"skvoz:{inquiry}"] != 1:
            yield f"{inquiry} has {state.notes[f'skvoz:{inquiry}']} notes"
        if state.calls[f"skvoz:{inquiry}"] != one.is_call:
            yield f"{inquiry} has {state.calls[f'skvoz:{inquiry}']} call records"
    for phones in state.phones:
        if len(phones) != len(set(phones)):
            yield f"a contact holds a number twice: {phones}"


if __name__ == "__main__":
    main()
