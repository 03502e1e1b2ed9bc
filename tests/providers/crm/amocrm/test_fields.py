"""Custom fields: discovered, created, written by their type."""

from __future__ import annotations

import pytest
from connected_account import Connected

from tracker.deliveries.entities import Additions, Draft, Entity, EntityType
from tracker.errors import Refused


def _names(amo: Connected, entity: str) -> list[str]:
    return [field.name for field in amo.account.fields_of(entity)]


def test_missing_fields_are_created_once_on_contacts_and_leads(amo: Connected) -> None:
    amo.crm().ensure_fields(["ga_id", "subscriber"])
    amo.crm().ensure_fields(["ga_id", "subscriber"])

    assert _names(amo, "contacts") == ["Phone", "Email", "GA_id", "Subscriber", "Skvoz"]
    assert _names(amo, "leads")[-3:] == ["GA_id", "Subscriber", "Skvoz"]


def test_predefined_statistics_field_is_used_on_leads(amo: Connected) -> None:
    amo.crm().ensure_fields(["utm_source"])

    assert _names(amo, "leads").count("utm_source") == 1
    assert "utm_source" in _names(amo, "contacts")


@pytest.mark.parametrize("theirs", ["Client ID", "client id", "CLIENT", "{id}"])
def test_field_is_known_by_title_code_or_id(amo: Connected, theirs: str) -> None:
    made = amo.account.add_field("contacts", "Client ID", "text", "CLIENT")
    crm = amo.crm({"ga_id": theirs.format(id=made.id)})
    crm.ensure_fields(["ga_id"])

    id = crm.create_contact(Draft("Ann", "m", values={"ga_id": "1.2"}))

    assert amo.account.text_of(amo.account.contacts[int(id)], "Client ID") == ["1.2"]


def test_field_of_ours_may_be_renamed(amo: Connected) -> None:
    amo.crm().ensure_fields(["ga_id"])
    for field in amo.account.fields.values():
        if field.name == "GA_id":
            field.name = "Google"

    amo.crm().ensure_fields(["ga_id"])

    assert "GA_id" not in _names(amo, "contacts")


@pytest.mark.parametrize(
    ("type", "value", "stored"),
    [
        ("text", "x" * 300, ["x" * 256]),
        ("textarea", "x" * 300, ["x" * 300]),
        ("numeric", "0.97", ["0.97"]),
        ("numeric", "a lot", []),
        ("checkbox", "1", ["True"]),
        ("select", "red", ["Red"]),
        ("select", "Blue", []),
        ("date", "2026-01-01T12:00:00+00:00", ["1767268800"]),
        ("date", "tomorrow", []),
    ],
)
def test_type_of_a_field_is_respected(amo: Connected, type: str, value: str, stored: list[str]) -> None:
    enums = {17: (None, "Red")} if type == "select" else {}
    amo.account.add_field("contacts", "Theirs", type, enums=enums)
    crm = amo.crm({"ga_id": "Theirs"})

    id = crm.create_contact(Draft("Ann", "m", values={"ga_id": value}))

    assert amo.account.text_of(amo.account.contacts[int(id)], "Theirs") == stored


def test_without_the_right_to_create_fields_the_rest_is_written(amo: Connected) -> None:
    amo.account.is_admin = False
    crm = amo.crm()
    crm.ensure_fields(["ga_id"])

    id = crm.create_deal(Draft("Call", "m", values={"ga_id": "1.2", "utm_source": "google"}))

    assert amo.account.text_of(amo.account.leads[int(id)], "utm_source") == ["google"]


def test_field_deleted_meanwhile_is_noticed_and_the_write_repeated(amo: Connected) -> None:
    crm = amo.crm()
    crm.ensure_fields(["ga_id"])
    gone = next(id for id, field in amo.account.fields.items() if (field.entity, field.name) == ("contacts", "GA_id"))
    del amo.account.fields[gone]

    id = crm.create_contact(Draft("Ann", "m", values={"ga_id": "1.2"}))

    assert amo.account.contacts[int(id)].name == "Ann"


def test_refusal_for_another_reason_names_it(amo: Connected) -> None:
    crm = amo.crm()
    id = crm.create_deal(Draft("Call", "m"))

    with pytest.raises(Refused, match="status_id"):
        crm.create_deal(Draft("Call", "m", pipeline="3300", stage="34001"))
    with pytest.raises(Refused, match="responsible_user_id"):
        crm.assign(Entity(EntityType.DEAL, id), "999")


def test_update_of_a_deleted_card_writes_nothing(amo: Connected) -> None:
    amo.crm().update(Entity(EntityType.CONTACT, "1"), Additions(phones=("+79161234567",)))

    assert amo.sent("PATCH", "contacts/1") == []
