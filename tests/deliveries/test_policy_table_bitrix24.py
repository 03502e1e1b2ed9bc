"""The table of policies on the Bitrix24 sandbox: what the portal holds in the end."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta
from typing import Any

import pytest
from crm_fakes import NOON, CardMap, Memory, make_call, make_card
from policy_table import Row, State, rows, rows_without_leads

from demo.sandbox.bitrix24 import Card, Portal, create_app, demo_portal
from tracker.deliveries.crm_delivery import deliver
from tracker.deliveries.policy_file import read_policy
from tracker.deliveries.target import Draft
from tracker.inquiries.events import CallStatus, InquiryKind
from tracker.providers.crm.base import CrmAccount
from tracker.providers.crm.bitrix24 import Bitrix24
from tracker.providers.http import Http
from tracker.providers.settings import read_settings

TYPES = ("CONTACT", "DEAL", "LEAD")
TYPE_OF_OWNER = {"3": "contact", "2": "deal", "1": "lead"}
CARDS = {
    "answered": make_card(call=make_call(CallStatus.ANSWERED)),
    "missed": make_card(call=make_call(CallStatus.MISSED)),
    "email": make_card(kind=InquiryKind.EMAIL, call=None, subject="Price", text="How much is it?"),
    "form": make_card(kind=InquiryKind.FORM, call=None, fields={"town": "Tver"}),
}


@pytest.fixture
def portal() -> Portal:
    at = iter(range(10**6))
    return demo_portal(now=lambda: NOON + timedelta(seconds=next(at)))


@pytest.fixture
def connect(serve: Callable[[Any], str], portal: Portal) -> Iterator[Callable[[dict[str, str]], Bitrix24]]:
    http = Http(Bitrix24.NAME, lambda entry: None)
    address = serve(create_app(portal))

    def connect(names: dict[str, str]) -> Bitrix24:
        settings = read_settings(Bitrix24.SETTINGS, {"webhook_url": f"{address}/rest/1/secret/"})
        return Bitrix24(CrmAccount(settings, http, names))

    yield connect
    http._session.close()


def make_state(crm: Bitrix24, state: str) -> None:
    """Puts there by hand whom the CRM knows; his number in another writing, without our marker."""
    person = Draft("Known", "", phones=("8 (916) 123-45-67",))
    if state in ("open deal", "no deal"):
        contact = crm.create_contact(person)
        crm.create_deal(Draft("Lost long ago", "", contact=contact, stage="LOSE"))
    if state == "open deal":
        crm.create_deal(Draft("Known deal", "", contact=contact))
    if state == "only lead":
        crm.create_lead(person, CARDS["answered"])


def seen(portal: Portal, before: set[int]) -> State:
    """The final state in the words of the table."""
    cards = {type: portal.cards[type] for type in TYPES}
    calls = [one for one in portal.activities.values() if one["TYPE_ID"] == "2"]
    tasks = [one for one in portal.activities.values() if one["PROVIDER_ID"] == "CRM_TODO"]
    return State(
        made=_words([type.lower() for type in TYPES for id in cards[type] if id not in before]),
        linked=_linked([card for t in ("DEAL", "LEAD") for id, card in cards[t].items() if id not in before]),
        source=_words([t.lower() for t in TYPES for card in cards[t].values() if card.fields["UTM_SOURCE"]]),
        note=_words([comment["ENTITY_TYPE"] for comment in portal.comments.values()]),
        call=_words([TYPE_OF_OWNER[call["OWNER_TYPE_ID"]] for call in calls]),
        task=_words([TYPE_OF_OWNER[task["OWNER_TYPE_ID"]] for task in tasks]),
    )


def _words(types: list[str]) -> str:
    return " ".join(types) or "-"


def _linked(new: list[Card]) -> str:
    return ("yes" if all(card.contacts for card in new) else "no") if new else "-"


def all_ids(portal: Portal) -> set[int]:
    return {id for type in TYPES for id in portal.cards[type]}


def run(row: Row, portal: Portal, connect: Callable[[dict[str, str]], Bitrix24]) -> State:
    policy = read_policy(row.policy)
    crm = connect(policy.field_names())
    make_state(crm, row.state)
    before = all_ids(portal)
    memory = Memory(CardMap())
    deliver(CARDS[row.kind], crm, policy, memory)
    deliver(CARDS[row.kind], connect(policy.field_names()), policy, memory)  # repetition changes nothing
    return seen(portal, before)


@pytest.mark.parametrize("row", rows(), ids=str)
def test_policy_leaves_what_the_table_says(row: Row, portal: Portal, connect: Any) -> None:
    assert run(row, portal, connect) == row.expected


@pytest.mark.parametrize("row", rows_without_leads(), ids=str)
def test_portal_without_leads_gets_deals(row: Row, portal: Portal, connect: Any) -> None:
    portal.mode = 2

    assert run(row, portal, connect) == row.expected
