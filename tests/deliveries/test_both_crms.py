"""Who is found and what is written, on both CRMs as strict as they are: nothing doubled, nothing overwritten."""

from __future__ import annotations

from typing import Any

import pytest
from crm_fakes import CALLER, Memory, make_call, make_card
from crm_worlds import EMAIL, World

from tracker.deliveries.crm_delivery import deliver
from tracker.deliveries.entities import Additions, Contact, Draft, Entity, EntityType
from tracker.deliveries.policy import Policy
from tracker.deliveries.policy_file import read_policy
from tracker.inquiries.events import CallStatus, InquiryKind

POLICY = read_policy(None)
OTHER = "+79160000000"


def delivered(world: World, policy: Policy = POLICY, memory: Memory | None = None, **changes: Any) -> dict[str, str]:
    """Delivers an answered call, changed as the test wants, with a memory of its own."""
    return deliver(make_card(**changes), world.crm(policy), policy, memory or Memory(world.map))


def contact(world: World, id: str, policy: Policy = POLICY) -> Contact:
    found = world.crm(policy).get_contact(id)
    assert found is not None
    return found


def make_contact(world: World, *phones: str, **more: Any) -> str:
    """Puts a contact there as a person would, not in our map."""
    crm = world.crm(POLICY)
    crm.ensure_fields(list(POLICY.fields))
    return crm.create_contact(Draft("Ann", "by hand", phones=phones, **more))


DECOYS = {
    "same last seven digits": "+79051234567",
    "same digits in another country": "+449161234567",
    "one digit more": "+791612345678",
}


@pytest.mark.parametrize("number", DECOYS.values(), ids=DECOYS)
def test_decoy_is_not_believed(sandbox: World, number: str) -> None:
    decoy = make_contact(sandbox, number)

    made = delivered(sandbox)

    assert made["contact"] != decoy
    assert contact(sandbox, decoy).phones == (number,)


@pytest.mark.parametrize("written", [CALLER, "89161234567", "8 (916) 123-45-67", "+7 916 123 45 67"])
def test_number_typed_by_a_person_is_recognised_and_left_as_it_is(sandbox: World, written: str) -> None:
    known = make_contact(sandbox, CALLER)
    sandbox.type_phone(known, written)

    assert delivered(sandbox)["contact"] == known
    assert contact(sandbox, known).phones == (written,)


def test_of_several_the_oldest_with_an_open_deal_is_taken_and_the_others_are_named(sandbox: World) -> None:
    first, second, third = (make_contact(sandbox, CALLER) for _ in range(3))
    deal = sandbox.crm(POLICY).create_deal(Draft("Old", "by hand", contact=second))
    sandbox.crm(POLICY).create_deal(Draft("Old", "by hand", contact=third))

    made = delivered(sandbox)

    assert made == {"contact": second, "deal": deal}
    assert f"{first}, {third}" in sandbox.texts()[-1]


def test_what_is_new_is_added_and_what_is_filled_stays(sandbox: World) -> None:
    known = make_contact(sandbox, CALLER, emails=("ann@old.example",), values={"utm_source": "yandex"})

    delivered(sandbox, phones=(CALLER, OTHER), emails=(EMAIL,))

    now = contact(sandbox, known)
    assert (now.phones, now.emails) == ((CALLER, OTHER), ("ann@old.example", EMAIL))
    assert (now.values["utm_source"], now.values["utm_medium"]) == ("yandex", "cpc")


def test_field_filled_always_is_overwritten(sandbox: World) -> None:
    policy = read_policy({"fields": {"utm_source": {"field": "utm_source", "fill": "always"}}})
    known = make_contact(sandbox, CALLER, values={"utm_source": "yandex", "utm_medium": "banner"})

    delivered(sandbox, policy)

    values = contact(sandbox, known, policy).values
    assert (values["utm_source"], values["utm_medium"]) == ("google", "banner")


def test_any_value_goes_to_any_field(sandbox: World) -> None:
    policy = read_policy({"fields": {"field.city": "City of the form", "called": "Dialled", "probability": None}})
    form = {"kind": InquiryKind.FORM, "call": None, "fields": {"city": "Perm"}}

    made = delivered(sandbox, policy, **form)

    values = contact(sandbox, made["contact"], policy).values
    assert values["field.city"] == "Perm"
    assert "probability" not in values


def test_names_follow_the_templates(sandbox: World) -> None:
    policy = read_policy({"contact_name": "{phone} from {utm_source}"})

    assert contact(sandbox, delivered(sandbox, policy)["contact"]).name.endswith("from google")


def test_contact_that_was_deleted_is_made_again_for_the_next_inquiry(sandbox: World) -> None:
    gone = delivered(sandbox)["contact"]
    sandbox.remove_contact(gone)

    made = delivered(sandbox, inquiry="a2")

    assert made["contact"] != gone
    assert contact(sandbox, made["contact"]).phones == (CALLER,)


def test_contact_merged_by_hand_is_followed(sandbox: World) -> None:
    merged, kept = delivered(sandbox)["contact"], make_contact(sandbox, OTHER)
    sandbox.remove_contact(merged)
    sandbox.crm(POLICY).update(Entity(EntityType.CONTACT, kept), Additions(phones=(CALLER,)))
    before = len(sandbox.cards())

    assert delivered(sandbox, inquiry="a2", phones=(CALLER,))["contact"] == kept
    assert len([card for card in sandbox.cards() if card.type is EntityType.CONTACT]) == 1
    assert len(sandbox.cards()) <= before + 1


def test_missed_call_that_is_answered_by_the_next_makes_one_task(sandbox: World) -> None:
    memory = Memory(sandbox.map)
    missed = make_call(CallStatus.MISSED)

    cards = delivered(sandbox, memory=memory, call=missed)
    delivered(sandbox, memory=memory, call=missed)
    delivered(sandbox, inquiry="a2")

    deal = Entity(EntityType.DEAL, cards["deal"])
    assert sandbox.crm(POLICY).find_task(deal, "skvoz:a1:task")
    assert sandbox.crm(POLICY).find_task(deal, "skvoz:a2:task") is None
