import pytest

from tracker.deliveries.entities import Additions, Draft, Entity, EntityType
from tracker.providers.crm.bitrix24.fields import code_for


@pytest.mark.parametrize(
    ("name", "title", "code"),
    [
        ("ga_id", "GA_id", "UF_CRM_GA_ID"),
        ("landing_page", "First page", "UF_CRM_FIRST_PAGE"),
        ("channel", "Канал", "UF_CRM_CHANNEL"),
        ("ip", "UF_CRM_1700000000", "UF_CRM_1700000000"),
        ("field.Ваш вопрос", "Ваш вопрос", "UF_CRM_FIELD"),
    ],
)
def test_code_of_a_field_comes_from_its_title(name, title, code):
    assert code_for(name, title) == code


def test_long_title_is_cut_to_what_the_portal_takes():
    assert len(code_for("x", "a" * 80)) == 50


def labels(portal, type):
    return {code: field["labels"]["ru"] for code, field in portal.user_fields[type].items()}


def test_missing_fields_are_made_on_every_type_of_card(connect, portal):
    crm = connect(fields={"ga_id": "GA_id", "channel": "Канал", "utm_source": "utm_source"}).crm

    crm.ensure_fields(["ga_id", "channel", "utm_source"])

    expected = {"UF_CRM_GA_ID": "GA_id", "UF_CRM_CHANNEL": "Канал"}
    assert [labels(portal, type) for type in ("CONTACT", "LEAD", "DEAL")] == [expected] * 3


def test_existing_fields_are_taken(connect, portal):
    fields = {"ga_id": "GA_id"}
    connect(fields=fields).crm.ensure_fields(["ga_id"])
    before = dict(portal.user_fields["CONTACT"])

    connect(fields=fields).crm.ensure_fields(["ga_id"])

    assert portal.user_fields["CONTACT"] == before
    assert portal.requests == ["batch", "batch", "batch"]


def make_field(portal, code, type="string", label="", **more):
    field = {"ID": str(portal.next_id()), "FIELD_NAME": code, "USER_TYPE_ID": type, "MULTIPLE": "N",
             "MANDATORY": "N", "ENTITY_ID": "CRM_CONTACT", "labels": {"ru": label}, "XML_ID": None} | more  # fmt: skip
    portal.user_fields["CONTACT"][code] = field
    return field


@pytest.mark.parametrize("title", ["UF_CRM_1700000000", "Идентификатор GA", "идентификатор ga"])
def test_field_of_the_customer_is_found_by_code_or_label(connect, portal, title):
    make_field(portal, "UF_CRM_1700000000", label="Идентификатор GA")
    crm = connect(fields={"ga_id": title}).crm

    id = crm.create_contact(Draft("Ann", "skvoz:1", values={"ga_id": "1.2"}))

    assert portal.contact(id).fields["UF_CRM_1700000000"] == "1.2"
    assert crm.get_contact(id).values == {"ga_id": "1.2"}


def test_field_of_the_customer_is_found_by_its_number(connect, portal):
    field = make_field(portal, "UF_CRM_1700000000")
    crm = connect(fields={"ga_id": field["ID"]}).crm

    id = crm.create_contact(Draft("Ann", "skvoz:1", values={"ga_id": "1.2"}))

    assert portal.contact(id).fields["UF_CRM_1700000000"] == "1.2"


def test_list_field_takes_the_number_of_its_choice(connect, portal):
    items = [{"ID": "40", "VALUE": "Paid-Search"}, {"ID": "41", "VALUE": "Direct"}]
    make_field(portal, "UF_CRM_CHANNEL", "enumeration", items=items)
    crm = connect(fields={"channel": "Channel"}).crm

    id = crm.create_contact(Draft("Ann", "skvoz:1", values={"channel": "paid-search"}))
    other = crm.create_contact(Draft("Bob", "skvoz:2", values={"channel": "email"}))

    assert portal.contact(id).fields["UF_CRM_CHANNEL"] == "40"
    assert crm.get_contact(id).values == {"channel": "paid-search"}
    assert portal.contact(other).fields["UF_CRM_CHANNEL"] is None


def test_yes_no_field_reads_as_absent_when_it_says_no(connect, portal):
    crm = connect(fields={"subscriber": "Subscriber"}).crm
    crm.ensure_fields(["subscriber"])
    id = crm.create_contact(Draft("Ann", "skvoz:1", values={"subscriber": "1"}))
    assert crm.get_contact(id).values == {"subscriber": "1"}

    crm.update(Entity(EntityType.CONTACT, id), Additions(values={"subscriber": ""}))

    assert crm.get_contact(id).values == {}


def test_employee_who_may_not_make_fields_stops_no_delivery(connect, portal, address):
    portal.webhooks["clerk"] = 6
    fields = {"ga_id": "GA_id", "utm_source": "utm_source"}
    clerk = connect(fields=fields, webhook_url=f"{address}/rest/6/clerk/").crm

    clerk.ensure_fields(["ga_id", "utm_source"])
    id = clerk.create_contact(Draft("Ann", "skvoz:1", values={"ga_id": "1.2", "utm_source": "google"}))

    assert portal.contact(id).fields["UTM_SOURCE"] == "google"
    assert portal.user_fields["CONTACT"] == {}
