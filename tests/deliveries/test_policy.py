"""The policy of a connection: read from the file, chosen for a card, planned for whom we found."""

from __future__ import annotations

from datetime import timedelta

import pytest
from crm_fakes import CALLER, NOON, FakeCrm, make_call, make_card

from tracker.deliveries.entities import Contact, EntityType, Lead
from tracker.deliveries.finding import Found
from tracker.deliveries.plan import plan_for
from tracker.deliveries.policy import SOURCE_GOES_TO, FieldRule, First, MissedTask, Outcome, Repeat
from tracker.deliveries.policy_file import read_policy
from tracker.errors import InvalidInput
from tracker.inquiries.events import CallStatus, InquiryKind

CONTACT, DEAL, LEAD = EntityType.CONTACT, EntityType.DEAL, EntityType.LEAD
KNOWN = Found(contact=Contact("7", "", (CALLER,), (), {}, NOON))
WAITING = Found(lead=Lead("9", True))


def test_nothing_configured_makes_contact_and_deal_first_and_an_event_later() -> None:
    policy = read_policy(None)

    assert (policy.choice.first, policy.choice.repeat) == (First.CONTACT_DEAL, Repeat.EVENT)


def test_example_of_the_configuration_is_read() -> None:
    policy = read_policy({"first": "contact+deal", "repeat": "event", "fields": {"ga_id": "GA_id", "ip": "IP"}})

    assert policy.field_names()["ga_id"] == "GA_id"
    assert policy.field_names()["utm_source"] == "utm_source"


def test_fields_are_renamed_forced_dropped_and_taken_from_forms() -> None:
    policy = read_policy(
        {
            "fields": {
                "ga_id": "Client ID",
                "channel": {"field": 701, "fill": "always"},
                "probability": None,
                "field.city": "City",
            }
        }
    )

    assert policy.fields["ga_id"] == FieldRule("Client ID")
    assert policy.fields["channel"] == FieldRule("701", always=True)
    assert "probability" not in policy.fields
    assert policy.fields["field.city"] == FieldRule("City")


@pytest.mark.parametrize(
    ("given", "field"),
    [
        ({"frist": "deal"}, "policy.frist"),
        ({"first": "event"}, "policy.first"),
        ({"repeat": "contact+deal"}, "policy.repeat"),
        ({"fields": {"gaid": "GA"}}, "policy.fields.gaid"),
        ({"fields": {"ip": {"field": "IP", "fill": "never"}}}, "policy.fields.ip.fill"),
        ({"fields": {"ip": {"fill": "always"}}}, "policy.fields.ip.field"),
        ({"fields": ["ip"]}, "policy.fields"),
        ({"rules": [{"first": "deal"}]}, "policy.rules.0.when"),
        ({"rules": [{"when": {"kind": "fax"}}]}, "policy.rules.0.when.kind"),
        ({"rules": [{"when": {"status": "busy"}}]}, "policy.rules.0.when.status"),
        ({"rules": [{"when": {"kind": "call"}, "fields": {}}]}, "policy.rules.0.fields"),
        ({"deal_name": "{phone.__class__}"}, "policy.deal_name"),
        ({"deal_name": "{phone"}, "policy.deal_name"),
        ({"missed_task": {"after": "soon"}}, "policy.missed_task.after"),
        ({"note_on": "lead"}, "policy.note_on"),
        ({"pipeline": True}, "policy.pipeline"),
        ({"tags": "calls"}, "policy.tags"),
    ],
)
def test_mistake_is_named_with_its_place(given: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_policy(given)

    assert caught.value.field == field


@pytest.mark.parametrize(
    ("responsible", "owners", "contact_owner"),
    [
        (501, ("501",), False),
        ([501, "502"], ("501", "502"), False),
        ("contact-owner", (), True),
        (["contact-owner", 501], ("501",), True),
    ],
)
def test_responsible_is_fixed_in_turn_or_the_owner_of_the_contact(
    responsible: object, owners: tuple[str, ...], contact_owner: bool
) -> None:
    choice = read_policy({"responsible": responsible}).choice

    assert (choice.owners, choice.contact_owner) == (owners, contact_owner)


def test_missed_task_is_set_up_or_switched_off() -> None:
    assert read_policy({"missed_task": {"after": "1h", "responsible": 501}}).choice.missed_task == MissedTask(
        timedelta(hours=1), "501"
    )
    assert read_policy({"missed_task": False}).choice.missed_task is None


RULES = {
    "rules": [
        {"when": {"kind": "call", "status": "missed"}, "first": "contact"},
        {"when": {"channel": ["paid-search", "paid-social"], "tag": "vip"}, "pipeline": 3400},
        {"when": {"kind": ["email", "form"]}, "first": "lead"},
    ]
}


def test_first_rule_that_holds_counts() -> None:
    policy = read_policy(RULES)
    missed = make_card(call=make_call(CallStatus.MISSED), tags=("vip",))
    answered = make_card(tags=("vip",))
    letter = make_card(kind=InquiryKind.EMAIL, call=None)

    assert policy.choices(missed)[0].first is First.CONTACT
    assert policy.choices(answered)[0].pipeline == "3400"
    assert policy.choices(letter)[0].first is First.LEAD


def test_ringing_call_does_only_what_answered_and_missed_have_in_common() -> None:
    policy = read_policy(RULES)
    ringing = make_card(call=make_call(CallStatus.RINGING))

    plan = plan_for(ringing, policy, Found(), FakeCrm())

    assert plan.outcome is None
    assert plan.creates == {CONTACT}


@pytest.mark.parametrize(
    ("outcome", "cards"),
    [
        (First.CONTACT, {CONTACT}),
        (First.DEAL, {DEAL}),
        (First.CONTACT_DEAL, {CONTACT, DEAL}),
        (First.CONTACT_EVENT, {CONTACT}),
        (First.LEAD, {LEAD}),
        (Repeat.EVENT, {CONTACT}),
        (Repeat.EVENT_ON_LEAD, {LEAD}),
        (Repeat.CONTACT, {CONTACT}),
        (Repeat.DEAL, {DEAL}),
        (Repeat.LEAD, {LEAD}),
        (Repeat.LEAD_ALONE, {LEAD}),
    ],
)
def test_cid_utm_and_referrer_go_where_the_table_says(outcome: Outcome, cards: set[EntityType]) -> None:
    assert SOURCE_GOES_TO[outcome] == cards


@pytest.mark.parametrize(
    ("repeat", "found", "has_leads", "outcome"),
    [
        ("event", KNOWN, True, Repeat.EVENT),
        ("deal", KNOWN, True, Repeat.DEAL),
        ("event-on-lead", KNOWN, True, Repeat.EVENT),  # he has no lead: then on his contact
        ("event", WAITING, True, Repeat.EVENT_ON_LEAD),
        ("deal", WAITING, True, Repeat.EVENT_ON_LEAD),  # the waiting request is his open business
        ("contact", WAITING, True, Repeat.EVENT_ON_LEAD),
        ("lead", WAITING, True, Repeat.LEAD),
        ("lead", KNOWN, False, Repeat.DEAL),
        ("lead-alone", KNOWN, False, First.DEAL),
        ("event", Found(), True, First.CONTACT_DEAL),
    ],
)
def test_outcome_depends_on_whom_we_found(repeat: str, found: Found, has_leads: bool, outcome: Outcome) -> None:
    plan = plan_for(make_card(), read_policy({"repeat": repeat}), found, FakeCrm(has_leads=has_leads))

    assert plan.outcome is outcome
