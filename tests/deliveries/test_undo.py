"""What a delivery wrote is taken back as far as nobody has touched it and the CRM lets us; the rest is named."""

from __future__ import annotations

from datetime import timedelta

import pytest
from crm_fakes import CALLER, Memory, make_call, make_card
from crm_worlds import EMAIL, Amo, Bitrix

from tracker.deliveries.card import AttributionFacts
from tracker.deliveries.crm_delivery import deliver
from tracker.deliveries.entities import Additions, Draft, Entity, EntityType
from tracker.deliveries.policy_file import read_policy
from tracker.deliveries.target import Crm
from tracker.deliveries.undo import Undoing, undo
from tracker.inquiries.events import CallStatus

POLICY = read_policy({"fields": {"ip": {"field": "IP", "fill": "always"}}})
MISSED = make_card(call=make_call(CallStatus.MISSED), emails=(EMAIL,))


def known_contact(crm: Crm, **values: str) -> Entity:
    """Somebody made him by hand, with one phone."""
    crm.ensure_fields(list(POLICY.fields))
    return Entity(EntityType.CONTACT, crm.create_contact(Draft("Ann", "m", phones=(CALLER,), values=values)))


def taken_back(crm: Crm, memory: Memory, made: dict[str, str], shared: set[Entity] | None = None) -> dict[str, bool]:
    """Undoes; returns the sentences, True for what stays."""
    return {line.text: line.stays for line in undo(Undoing(crm, memory, made, shared or set()))}


def test_everything_made_in_bitrix24_is_deleted(bitrix: Bitrix) -> None:
    crm, memory = bitrix.crm(POLICY), Memory(bitrix.map)
    made = deliver(MISSED, crm, POLICY, memory)

    lines = taken_back(crm, memory, made)

    assert len(lines) == 5 and not any(lines.values())
    assert (bitrix.cards(), bitrix.portal.comments, bitrix.portal.activities) == (set(), {}, {})
    assert memory.known_cards((CALLER,), ()) == []


def test_delivery_that_was_taken_back_can_be_sent_again(bitrix: Bitrix) -> None:
    crm, memory = bitrix.crm(POLICY), Memory(bitrix.map)
    taken_back(crm, memory, deliver(MISSED, crm, POLICY, memory))

    deliver(MISSED, crm, POLICY, memory)

    assert len(bitrix.cards()) == 2
    assert (bitrix.notes(), bitrix.calls()) == (1, 1)


def test_card_that_a_person_has_changed_stays(bitrix: Bitrix) -> None:
    crm, memory = bitrix.crm(POLICY), Memory(bitrix.map)
    made = deliver(MISSED, crm, POLICY, memory)
    bitrix.portal.now.at += timedelta(hours=1)
    crm.update(Entity(EntityType.DEAL, made["deal"]), Additions(values={"channel": "his own"}))

    lines = taken_back(crm, memory, made)

    assert lines[f"The deal {made['deal']} stays: somebody has changed it since"]
    assert lines[f"The contact {made['contact']} stays: it has deals"]


def test_card_that_a_person_has_written_on_stays(bitrix: Bitrix) -> None:
    crm, memory = bitrix.crm(POLICY), Memory(bitrix.map)
    made = deliver(MISSED, crm, POLICY, memory)
    crm.add_note(Entity(EntityType.CONTACT, made["contact"]), "Call her on Monday", "by hand")

    lines = taken_back(crm, memory, made)

    assert lines[f"The contact {made['contact']} stays: notes, calls or tasks hang on it"]
    assert lines[f"Deleted the deal {made['deal']}"] is False
    assert bitrix.notes() == 1


def test_note_that_a_person_has_rewritten_stays(bitrix: Bitrix) -> None:
    crm, memory = bitrix.crm(POLICY), Memory(bitrix.map)
    made = deliver(MISSED, crm, POLICY, memory)
    [comment] = bitrix.portal.comments.values()
    comment["COMMENT"] = "Wants a discount\nskvoz:a1"

    lines = taken_back(crm, memory, made)

    assert lines[f"The note {comment['ID']} stays: somebody has changed it since"]


def test_values_that_were_replaced_come_back_in_both(bitrix: Bitrix, amo: Amo) -> None:
    for sandbox in (bitrix, amo):
        crm, memory = sandbox.crm(POLICY), Memory(sandbox.map)
        contact = known_contact(crm, ip="198.51.100.7")
        made = deliver(MISSED, crm, POLICY, memory)

        taken_back(crm, memory, made)

        there = crm.get_contact(contact.id)
        assert there is not None
        assert dict(there.values) == {"ip": "198.51.100.7"}
        assert (len(there.phones), there.emails) == (1, ())


def test_value_that_a_person_has_changed_since_stays(bitrix: Bitrix, amo: Amo) -> None:
    for sandbox in (bitrix, amo):
        crm, memory = sandbox.crm(POLICY), Memory(sandbox.map)
        contact = known_contact(crm)
        made = deliver(MISSED, crm, POLICY, memory)
        crm.update(contact, Additions(values={"utm_source": "his own"}))

        lines = taken_back(crm, memory, made)

        there = crm.get_contact(contact.id)
        assert there is not None and dict(there.values) == {"utm_source": "his own"}
        assert lines[f"utm_source of contact {contact.id} stays: somebody has changed it since"]


def test_address_that_other_inquiries_need_stays(bitrix: Bitrix) -> None:
    crm, memory = bitrix.crm(POLICY), Memory(bitrix.map)
    contact = known_contact(crm)
    made = deliver(MISSED, crm, POLICY, memory)

    lines = taken_back(crm, memory, made, shared={contact})

    assert lines[f"{EMAIL} stays on contact {contact.id}: other inquiries are written on it"]
    there = crm.get_contact(contact.id)
    assert there is not None and there.emails == (EMAIL,)


def test_amocrm_deletes_nothing_and_says_so(amo: Amo) -> None:
    crm, memory = amo.crm(POLICY), Memory(amo.map)
    made = deliver(MISSED, crm, POLICY, memory)

    lines = taken_back(crm, memory, made)

    assert len(lines) == 5 and all(lines.values())
    assert lines[f"The contact {made['contact']} stays: this CRM deletes none through its interface, do it by hand"]
    assert len(amo.cards()) == 2


@pytest.mark.parametrize(("name", "colleague"), [("bitrix", "2"), ("amo", "502")])
def test_writes_that_replace_something_say_in_the_journal_what(
    request: pytest.FixtureRequest, name: str, colleague: str
) -> None:
    sandbox = request.getfixturevalue(name)
    crm, memory = sandbox.crm(POLICY), Memory(sandbox.map)
    contact = known_contact(crm)
    corrected = make_card(attribution=AttributionFacts("other", "Corrected."))
    for card in (make_card(call=make_call(CallStatus.RINGING)), make_card(), corrected):
        deliver(card, crm, POLICY, memory)
    crm.assign(contact, colleague)

    replacing = [one for one in sandbox.journal if one.method == "PATCH" or one.step.startswith(("comp", "corr"))]
    assert len(replacing) >= 3
    assert [one.step for one in replacing if not one.before] == []
