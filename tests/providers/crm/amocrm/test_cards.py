"""Contacts, deals and requests: what is sent, what is read, what is merged."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest
from connected_account import Connected

from demo.sandbox.amocrm.unsorted import accept_unsorted
from tracker.deliveries.card import AttributionFacts, CallFacts, InquiryCard, SourceFacts
from tracker.deliveries.entities import Additions, Draft, Entity, EntityType
from tracker.inquiries.events import CallStatus, InquiryKind

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CALLER = "+79161234567"
DRAFT = Draft(
    name="Ann",
    marker="skvoz:a1",
    phones=(CALLER,),
    emails=("ann@example.org",),
    values={"ga_id": "1.2", "utm_source": "google"},
    tags=("calls",),
    pipeline="3400",
    stage="34001",
    owner="502",
)
CARD = InquiryCard(
    inquiry="a1",
    kind=InquiryKind.CALL,
    site="example",
    site_name="Example LLC",
    at=NOON,
    timezone="Europe/Moscow",
    language="ru",
    attribution=AttributionFacts("unknown", "Nobody held the number."),
    source=SourceFacts(),
    phones=(CALLER,),
    call=CallFacts("+74957770001", CallStatus.ANSWERED, NOON, talk_seconds=54),
)


def test_new_contact_is_sent_whole(amo: Connected) -> None:
    crm = amo.crm({"ga_id": "GA_id"})
    crm.ensure_fields(["ga_id"])

    id = crm.create_contact(DRAFT)

    fields = {field.name: field.id for field in amo.account.fields_of("contacts")}
    assert amo.sent("POST", "contacts") == [
        [
            {
                "name": "Ann",
                "responsible_user_id": 502,
                "_embedded": {"tags": [{"name": "calls"}]},
                "custom_fields_values": [
                    {"field_code": "PHONE", "values": [{"value": CALLER, "enum_code": "MOB"}]},
                    {"field_code": "EMAIL", "values": [{"value": "ann@example.org", "enum_code": "WORK"}]},
                    {"field_id": fields["GA_id"], "values": [{"value": "1.2"}]},
                    {"field_id": fields["Skvoz"], "values": [{"value": "skvoz:a1"}]},
                ],
            }
        ]
    ]
    assert amo.account.contacts[int(id)].responsible_user_id == 502


def test_contact_is_read_back_in_our_words(amo: Connected) -> None:
    crm = amo.crm()
    crm.ensure_fields(["ga_id", "utm_source"])

    contact = crm.get_contact(crm.create_contact(DRAFT))

    assert contact is not None
    assert (contact.phones, contact.emails) == ((CALLER,), ("ann@example.org",))
    assert contact.values == {"ga_id": "1.2", "utm_source": "google"}
    assert (contact.owner, contact.created_at) == ("502", NOON)


@pytest.mark.parametrize("read", ["get_contact", "get_deal", "get_lead"])
def test_missing_card_is_none(amo: Connected, read: str) -> None:
    assert getattr(amo.crm(), read)("1") is None


def test_deal_goes_to_its_pipeline_with_predefined_tracking_fields(amo: Connected) -> None:
    crm = amo.crm()
    crm.ensure_fields(["ga_id", "utm_source"])
    contact = crm.create_contact(DRAFT)

    id = crm.create_deal(Draft("Call", "skvoz:a1", values={"utm_source": "google"}, contact=contact, pipeline="3400"))

    lead = amo.account.leads[int(id)]
    assert (lead.pipeline_id, lead.status_id, lead.contacts) == (3400, 34001, [int(contact)])
    assert amo.account.text_of(lead, "UTM_SOURCE") == ["google"]
    assert [deal.id for deal in crm.deals_of(contact)] == [id]


@pytest.mark.parametrize(("status", "is_open"), [(33001, True), (142, False), (143, False)])
def test_won_and_lost_deals_are_closed(amo: Connected, status: int, is_open: bool) -> None:
    crm = amo.crm()
    id = crm.create_deal(Draft("Call", "skvoz:a1", stage=str(status)))

    deal = crm.get_deal(id)

    assert deal is not None
    assert deal.is_open == is_open


@pytest.mark.parametrize(
    "typed",
    ["+79161234567", "89161234567", "+7 (916) 123-45-67", "8 916 123 45 67", "(916)1234567", "916 123-4567"],
)
def test_number_is_found_however_it_was_typed(amo: Connected, typed: str) -> None:
    crm = amo.crm()
    crm.create_contact(Draft("Ann", "m", phones=(typed,)) if typed.startswith("+79") else Draft("Ann", "m"))
    (card,) = amo.account.contacts.values()
    phone = next(field.id for field in amo.account.fields_of("contacts") if field.code == "PHONE")
    card.values[phone] = [{"value": typed, "enum_id": 1, "enum_code": "WORK"}]

    assert [contact.phones for contact in crm.find_contacts([CALLER], [])] == [(typed,)]


def test_added_phone_keeps_the_others_and_their_kinds(amo: Connected) -> None:
    crm = amo.crm()
    id = crm.create_contact(DRAFT)

    crm.update(Entity(EntityType.CONTACT, id), Additions(phones=("+74951112233",), tags=("again",)))
    crm.update(Entity(EntityType.CONTACT, id), Additions(phones=("+74951112233",)))

    contact = amo.account.contacts[int(id)]
    assert amo.account.text_of(contact, "PHONE") == [CALLER, "+74951112233"]
    phone = next(field.id for field in amo.account.fields_of("contacts") if field.code == "PHONE")
    assert [value["enum_code"] for value in contact.values[phone]] == ["MOB", "WORK"]
    assert contact.tags == ["calls", "again"]
    assert len(amo.sent("PATCH", f"contacts/{id}")) == 1


def test_empty_value_clears_a_field_and_the_journal_keeps_what_was_there(amo: Connected) -> None:
    crm = amo.crm()
    crm.ensure_fields(["ga_id"])
    id = crm.create_contact(DRAFT)

    crm.update(Entity(EntityType.CONTACT, id), Additions(values={"ga_id": ""}))

    assert amo.account.text_of(amo.account.contacts[int(id)], "GA_id") == []
    before = amo.journal[-1].before
    assert isinstance(before, dict)
    assert before["id"] == int(id)


def test_request_waits_in_unsorted_and_is_found_by_its_marker(amo: Connected) -> None:
    crm = amo.crm()
    crm.ensure_fields(["utm_source"])

    id = crm.create_lead(DRAFT, CARD)

    (request,) = amo.account.unsorted.values()
    assert (request.category, request.metadata["uniq"], request.metadata["duration"]) == ("sip", "skvoz:a1", 54)
    assert request.pipeline_id == 3400
    waiting = crm.get_lead(id)
    assert waiting is not None
    assert (waiting.is_open, waiting.contact) == (True, None)
    assert crm.find_marked(EntityType.LEAD, "skvoz:a1", DRAFT) == id
    assert crm.find_contacts([CALLER], []) == []


def test_accepted_request_leads_to_its_contact(amo: Connected) -> None:
    crm = amo.crm()
    crm.ensure_fields([])
    id = crm.create_lead(DRAFT, CARD)
    (request,) = amo.account.unsorted.values()
    accept_unsorted(amo.account, request)

    accepted = crm.get_lead(id)

    assert accepted is not None
    assert (accepted.is_open, accepted.contact, accepted.deal) == (False, str(request.contact), id)
    assert crm.find_marked(EntityType.LEAD, "skvoz:a1", DRAFT) == id


def test_request_of_a_known_contact_goes_through_complex(amo: Connected) -> None:
    crm = amo.crm()
    contact = crm.create_contact(DRAFT)

    id = crm.create_lead(Draft("Form", "skvoz:a2", contact=contact), CARD)

    assert amo.account.leads[int(id)].waits
    assert amo.account.leads[int(id)].contacts == [int(contact)]
    assert crm.find_marked(EntityType.LEAD, "skvoz:a2", DRAFT) == id


def test_form_stands_in_unsorted_as_a_form(amo: Connected) -> None:

    form = replace(CARD, kind=InquiryKind.FORM, call=None, page="https://example.com/order")

    amo.crm().create_lead(DRAFT, form)

    (request,) = amo.account.unsorted.values()
    assert (request.category, request.metadata["form_page"]) == ("forms", "https://example.com/order")


@pytest.mark.parametrize("type", [EntityType.CONTACT, EntityType.DEAL])
def test_marker_finds_only_its_own_card(amo: Connected, type: EntityType) -> None:
    crm = amo.crm()
    crm.ensure_fields([])
    create = crm.create_contact if type is EntityType.CONTACT else crm.create_deal
    create(Draft("Other", "skvoz:a10"))
    mine = create(Draft("Mine", "skvoz:a1"))

    assert crm.find_marked(type, "skvoz:a1", DRAFT) == mine
    assert crm.find_marked(type, "skvoz:a", DRAFT) is None


def test_unsorted_switched_off_is_said(amo: Connected) -> None:
    amo.account.is_unsorted_on = False

    assert not amo.crm().has_leads
