from datetime import UTC, datetime

import pytest

from tracker.deliveries.card import AttributionFacts, InquiryCard, PageSeen, SourceFacts
from tracker.deliveries.entities import Additions, Draft, Entity, EntityType
from tracker.inquiries.events import InquiryKind

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
CARD = InquiryCard(
    inquiry="inq-1",
    kind=InquiryKind.CALL,
    site="example",
    site_name="Example LLC",
    at=AT,
    timezone="Europe/Moscow",
    language="en",
    attribution=AttributionFacts("probable", "the only live holder", 0.97),
    source=SourceFacts(utm_source="google", utm_medium="cpc", ga_client_id="1.2", referrer="https://g.example/"),
    path=(PageSeen(AT, "https://example.com/price", "Price"),),
)
DRAFT = Draft(
    name="Ann",
    marker="skvoz:inq-1",
    phones=("+79161234567",),
    emails=("ann@example.org",),
    values={"utm_source": "google", "ga_id": "1.2", "ip": "203.0.113.9", "landing_page": "https://example.com/"},
    owner="6",
    card=CARD,
)


def contact(crm, **changes):
    crm.ensure_fields(["ga_id", "ip", "utm_source", "landing_page", "subscriber"])
    return crm.create_contact(Draft(**{**vars(DRAFT), **changes}))


def test_contact_holds_phones_emails_and_values(crm, portal):
    id = contact(crm)

    card = portal.contact(id)
    assert [phone["VALUE"] for phone in card.multi["PHONE"]] == ["+79161234567"]
    assert [email["VALUE"] for email in card.multi["EMAIL"]] == ["ann@example.org"]
    written = {name: card.fields[name] for name in ("NAME", "ASSIGNED_BY_ID", "SOURCE_ID", "UTM_SOURCE")}
    assert written == {"NAME": "Ann", "ASSIGNED_BY_ID": "6", "SOURCE_ID": "CALL", "UTM_SOURCE": "google"}
    own = {name: value for name, value in card.fields.items() if name.startswith("UF_") and value}
    assert own == {
        "UF_CRM_GA_ID": "1.2",
        "UF_CRM_IP": "203.0.113.9",
        "UF_CRM_FIRST_PAGE": "https://example.com/",
    }


def test_contact_is_read_back_in_our_words(crm):
    id = contact(crm)

    found = crm.get_contact(id)

    assert (found.name, found.phones, found.emails) == ("Ann", ("+79161234567",), ("ann@example.org",))
    assert found.values == DRAFT.values
    assert (found.owner, found.created_at) == ("6", AT)
    assert found.url.endswith(f"/crm/contact/details/{id}/")


@pytest.mark.parametrize("written", ["8 (916) 123-45-67", "+7 916 1234567", "9161234567", "7-916-123-45-67 доб. 12"])
def test_contact_is_found_whatever_the_writing_of_his_phone(crm, written):
    id = contact(crm, phones=(written,))

    assert [found.id for found in crm.find_contacts(["+79161234567"], [])] == [id]


def test_contact_is_found_by_email_in_any_case(crm):
    id = contact(crm, emails=("Ann@Example.org",))

    assert [found.id for found in crm.find_contacts([], ["ann@example.org"])] == [id]


def test_unknown_person_is_nobody(crm):
    assert crm.find_contacts(["+79160000000"], ["nobody@example.org"]) == []


def test_more_phones_than_one_search_takes_are_all_looked_for(crm, portal):
    id = contact(crm, phones=("+79161234599",))

    found = crm.find_contacts([f"+791612345{n}" for n in range(70, 100)], [])

    assert [one.id for one in found] == [id]


def test_contact_is_found_by_ga_id_with_ip(crm):
    id = contact(crm)
    contact(crm, values={"ga_id": "1.2", "ip": "203.0.113.10"}, phones=())

    found = crm.find_contacts_by_values({"ga_id": "1.2", "ip": "203.0.113.9"})

    assert [one.id for one in found] == [id]


def test_search_by_a_value_without_a_field_finds_nobody(connect):
    crm = connect(fields={"ip": "IP"}).crm
    contact(crm)

    assert crm.find_contacts_by_values({"ga_id": "1.2", "ip": "203.0.113.9"}) == []


def test_card_of_an_unclear_request_is_found_by_its_marker(crm):
    id = contact(crm)

    assert crm.find_marked(EntityType.CONTACT, "skvoz:inq-1", DRAFT) == id
    assert crm.find_marked(EntityType.CONTACT, "skvoz:inq-2", DRAFT) is None
    assert crm.find_marked(EntityType.DEAL, "skvoz:inq-1", DRAFT) is None


def test_update_appends_only_what_is_missing(crm, portal):
    id = contact(crm, phones=("8 916 123-45-67",))

    crm.update(
        Entity(EntityType.CONTACT, id),
        Additions(phones=("+79161234567", "+79169999999"), emails=("ANN@example.org", "ann@work.example")),
    )

    card = portal.contact(id)
    assert [phone["VALUE"] for phone in card.multi["PHONE"]] == ["8 916 123-45-67", "+79169999999"]
    assert [email["VALUE"] for email in card.multi["EMAIL"]] == ["ann@example.org", "ann@work.example"]


def test_update_leaves_other_values_and_journals_what_it_replaced(connect, portal):
    connected = connect()
    id = contact(connected.crm)

    connected.crm.update(Entity(EntityType.CONTACT, id), Additions(values={"ip": "198.51.100.7"}))

    assert portal.contact(id).fields["UF_CRM_IP"] == "198.51.100.7"
    assert portal.contact(id).fields["UF_CRM_GA_ID"] == "1.2"
    assert connected.journal[-1].before == {"UF_CRM_IP": "203.0.113.9"}


def test_deal_belongs_to_its_contact_and_pipeline(crm, portal):
    person = contact(crm)

    id = crm.create_deal(Draft(name="Call", marker="skvoz:inq-1", contact=person, pipeline="3", stage="PREPARATION"))

    deal = portal.deal(id)
    assert deal.contacts == [int(person)]
    assert (deal.fields["CATEGORY_ID"], deal.fields["STAGE_ID"]) == ("3", "C3:PREPARATION")
    assert [(one.id, one.is_open) for one in crm.deals_of(person)] == [(id, True)]


def test_won_deal_is_not_open(crm, portal):
    person = contact(crm)
    id = crm.create_deal(Draft(name="Call", marker="skvoz:inq-1", contact=person, stage="WON"))

    assert not crm.get_deal(id).is_open
    assert [one.is_open for one in crm.deals_of(person)] == [False]


def test_deals_beyond_the_first_page_are_read_too(crm, portal):
    portal.bucket.capacity = 100
    person = contact(crm)
    made = [crm.create_deal(Draft(name=str(n), marker=f"skvoz:{n}", contact=person)) for n in range(60)]

    assert [deal.id for deal in crm.deals_of(person)] == made


def test_deleted_cards_are_none(crm):
    assert crm.get_contact("404") is None
    assert crm.get_deal("404") is None
    assert crm.get_lead("404") is None


def test_lead_is_found_until_it_is_converted(crm, portal):
    id = crm.create_lead(DRAFT, CARD)
    assert [lead.id for lead in crm.find_leads(["+79161234567"], [])] == [id]

    portal.lead(id).fields.update(STATUS_ID="CONVERTED", STATUS_SEMANTIC_ID="S")

    assert crm.find_leads(["+79161234567"], []) == []
    assert not crm.get_lead(id).is_open


def test_lead_on_a_contact_is_a_repeated_one(crm, portal):
    person = contact(crm)

    id = crm.create_lead(Draft(**{**vars(DRAFT), "contact": person}), CARD)

    assert portal.lead(id).fields["IS_RETURN_CUSTOMER"] == "Y"
    assert crm.get_lead(id).contact == person


def test_converted_lead_names_its_deal(crm, portal):
    lead = crm.create_lead(DRAFT, CARD)
    deal = crm.create_deal(Draft(name="Call", marker="skvoz:other"))
    portal.lead(lead).fields.update(STATUS_ID="CONVERTED", STATUS_SEMANTIC_ID="S")
    portal.deal(deal).fields["LEAD_ID"] = lead

    assert crm.get_lead(lead).deal == deal


def test_portal_without_leads_says_so_in_the_journal(connect, portal):
    portal.mode = 2
    connected = connect()

    assert not connected.crm.has_leads
    assert connected.crm.find_leads(["+79161234567"], []) == []
    assert connected.journal[-1].answer == "The portal works without leads: a deal is made instead."


def test_trace_tells_the_portals_analytics_of_the_visit(crm, portal):
    contact(crm)

    [trace] = portal.traces.values()
    assert trace["TRACE"]["tags"]["list"] == {"utm_source": "google", "utm_medium": "cpc"}
    assert trace["TRACE"]["pages"]["list"] == [["https://example.com/price", 1767268800, "Price"]]
    assert trace["TRACE"]["client"]["gaId"] == "1.2"
    assert trace["TRACE"]["ref"] == "https://g.example/"


def test_known_card_that_gains_a_source_gains_the_visit_too(crm, portal):
    id = crm.create_contact(Draft("Ann", "skvoz:0"))

    crm.update(Entity(EntityType.CONTACT, id), Additions(phones=("+79161234567",), card=CARD))
    assert portal.traces == {}

    crm.update(Entity(EntityType.CONTACT, id), Additions(values={"utm_source": "google"}, card=CARD))
    assert [trace["ENTITIES"] for trace in portal.traces.values()] == [[("CONTACT", int(id))]]


def test_tags_are_kept_beside_older_ones(crm, portal):
    id = contact(crm, tags=("vip",))

    crm.update(Entity(EntityType.CONTACT, id), Additions(tags=("vip", "spring")))

    assert portal.contact(id).fields["UF_CRM_SKVOZ_TAGS"] == ["vip", "spring"]


def test_owner_is_replaced_only_when_asked(crm, portal):
    id = contact(crm)

    crm.assign(Entity(EntityType.CONTACT, id), "7")

    assert portal.contact(id).fields["ASSIGNED_BY_ID"] == "7"
