"""People and their requests in amoCRM between two inquiries: accepted, declined, merged, taken away."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from crm_fakes import CALLER, Memory, make_card
from crm_worlds import Amo

from demo.sandbox.amocrm.unsorted import accept_unsorted
from tracker.deliveries.card import SourceFacts
from tracker.deliveries.crm_delivery import deliver
from tracker.deliveries.policy import Policy
from tracker.deliveries.policy_file import read_policy
from tracker.errors import AccessLost, Refused

LEAD_FIRST = read_policy({"first": "lead"})
DEFAULT = read_policy(None)


def _inquiry(amo: Amo, key: str, policy: Policy = LEAD_FIRST, **changes: Any) -> Mapping[str, str]:
    return deliver(make_card(inquiry=key, **changes), amo.crm(policy), policy, Memory(amo.map))


def test_after_acceptance_the_next_call_finds_the_contact(amo: Amo) -> None:
    lead = _inquiry(amo, "a1")["lead"]
    (request,) = amo.account.unsorted.values()
    accept_unsorted(amo.account, request)

    second = _inquiry(amo, "a2")

    assert second == {"contact": str(request.contact), "deal": lead}
    assert (len(amo.account.contacts), len(amo.account.leads)) == (1, 1)


def test_revision_after_acceptance_completes_the_same_card(amo: Amo) -> None:
    memory = Memory(amo.map)
    card = make_card()
    deliver(card, amo.crm(LEAD_FIRST), LEAD_FIRST, memory)
    (request,) = amo.account.unsorted.values()
    accept_unsorted(amo.account, request)

    deliver(card, amo.crm(LEAD_FIRST), LEAD_FIRST, memory)

    assert (len(amo.account.leads), len(amo.account.notes)) == (1, 2)


def test_declined_request_makes_room_for_a_new_one(amo: Amo) -> None:
    _inquiry(amo, "a1")
    (request,) = amo.account.unsorted.values()
    del amo.account.unsorted[request.uid], amo.account.leads[request.lead]

    second = _inquiry(amo, "a2")

    assert list(second) == ["lead"]
    assert len(amo.account.unsorted) == 1


def test_contact_merged_by_hand_takes_the_next_inquiry(amo: Amo) -> None:
    first = _inquiry(amo, "a1", DEFAULT)
    other = _inquiry(amo, "b1", DEFAULT, phones=("+79990000000",), source=SourceFacts())
    merged, kept = amo.account.contacts.pop(int(first["contact"])), amo.account.contacts[int(other["contact"])]
    phone = next(id for id, field in amo.account.fields.items() if field.code == "PHONE")
    kept.values[phone] += merged.values[phone]

    second = _inquiry(amo, "a2", DEFAULT)

    assert second["contact"] == other["contact"]


def test_search_index_that_lags_behind_doubles_nobody(amo: Amo, monkeypatch: pytest.MonkeyPatch) -> None:
    first = _inquiry(amo, "a1", DEFAULT)
    monkeypatch.setattr("demo.sandbox.amocrm.contacts.matching", lambda account, entity: [])

    assert _inquiry(amo, "a2", DEFAULT)["contact"] == first["contact"]


def test_delivery_waits_while_access_is_lost_and_goes_on_afterwards(amo: Amo) -> None:
    tokens, memory = dict(amo.account.tokens), Memory(amo.map)
    amo.account.tokens.clear()
    with pytest.raises(AccessLost):
        deliver(make_card(), amo.crm(DEFAULT), DEFAULT, memory)

    amo.account.tokens.update(tokens)
    deliver(make_card(), amo.crm(DEFAULT), DEFAULT, memory)

    assert len(amo.account.contacts) == 1


def test_policy_with_a_stage_of_another_pipeline_is_refused_before_anything_but_the_contact(amo: Amo) -> None:
    policy = read_policy({"pipeline": 3300, "stage": 34001})
    memory = Memory(amo.map)
    with pytest.raises(Refused, match="status_id"):
        deliver(make_card(), amo.crm(policy), policy, memory)

    deliver(make_card(), amo.crm(DEFAULT), DEFAULT, memory)

    assert (len(amo.account.contacts), len(amo.account.leads)) == (1, 1)


def test_numbers_typed_by_people_are_never_rewritten(amo: Amo) -> None:
    entities = _inquiry(amo, "a1", DEFAULT)
    contact = amo.account.contacts[int(entities["contact"])]
    phone = next(id for id, field in amo.account.fields.items() if field.code == "PHONE")
    contact.values[phone][0]["value"] = "8 (916) 123-45-67"

    _inquiry(amo, "a2", DEFAULT, phones=(CALLER, "+74951112233"))

    assert amo.account.text_of(contact, "PHONE") == ["8 (916) 123-45-67", "+74951112233"]


def test_first_inquiry_costs_few_requests_and_a_repeated_one_fewer(amo: Amo) -> None:
    crm, start = amo.crm(DEFAULT), len(amo.account.requests)
    deliver(make_card(), crm, DEFAULT, Memory(amo.map))
    middle = len(amo.account.requests)
    deliver(make_card(inquiry="a2"), crm, DEFAULT, Memory(amo.map))

    assert middle - start <= 15
    assert len(amo.account.requests) - middle <= 6
