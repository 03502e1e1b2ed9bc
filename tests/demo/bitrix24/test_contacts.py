"""Contacts: their fields, own fields, and who is found as a duplicate."""

from __future__ import annotations

import pytest
from contact_fields import person


class TestContacts:
    def test_answers_scalars_as_text_and_leaves_empty_multifields_out(self, result):
        id = result("crm.contact.add", {"fields": {"NAME": "Ann", "ASSIGNED_BY_ID": 6}})

        card = result("crm.contact.get", {"id": id})

        assert isinstance(id, int)
        assert (card["ID"], card["ASSIGNED_BY_ID"], card["HAS_PHONE"], card["COMMENTS"]) == (str(id), "6", "N", None)
        assert "PHONE" not in card

    def test_phone_without_id_is_added_even_twice(self, result, portal):
        id = result("crm.contact.add", person())

        for _ in range(2):
            result("crm.contact.update", {"id": id, **person("+7 916 123")})

        assert [item["VALUE"] for item in portal.contact(id).multi["PHONE"]] == [
            "+79161234567",
            "+7 916 123",
            "+7 916 123",
        ]

    def test_phone_with_id_is_changed_or_removed(self, result, portal):
        id = result("crm.contact.add", person())
        [phone] = portal.contact(id).multi["PHONE"]

        result("crm.contact.update", {"id": id, "fields": {"PHONE": [{"ID": phone["ID"], "VALUE": "+7000"}]}})
        assert [item["VALUE"] for item in portal.contact(id).multi["PHONE"]] == ["+7000"]

        result("crm.contact.update", {"id": id, "fields": {"PHONE": [{"ID": phone["ID"], "VALUE": ""}]}})
        assert portal.contact(id).multi == {}

    def test_unknown_fields_are_silently_ignored(self, result, portal):
        id = result("crm.contact.add", {"fields": {"NAME": "Ann", "UF_CRM_NOWHERE": "1", "SHOE_SIZE": "44"}})

        assert not {"UF_CRM_NOWHERE", "SHOE_SIZE"} & set(portal.contact(id).fields)

    @pytest.mark.parametrize(
        ("method", "params", "text"),
        [
            ("crm.contact.get", {"id": 404}, "Not found"),
            ("crm.contact.get", {}, "ID is not defined or invalid."),
            ("crm.contact.update", {"id": 404, "fields": {}}, "Contact is not found"),
            ("crm.contact.add", {"fields": "Ann"}, "Parameter 'fields' must be array."),
        ],
    )
    def test_refusals_have_no_code(self, ask, method, params, text):
        assert ask(method, params) == (400, {"error": "", "error_description": text})

    def test_wrong_email_is_refused_and_nothing_is_kept(self, ask, portal):
        status, body = ask("crm.contact.add", {"fields": {"EMAIL": [{"VALUE": "nonsense"}]}})

        assert (status, body["error"]) == (400, "ERROR_CORE")
        assert portal.cards["CONTACT"] == {}

    def test_list_shows_phones_only_when_named(self, result):
        result("crm.contact.add", person())

        assert "PHONE" not in result("crm.contact.list", {"select": ["*", "UF_*"]})[0]
        assert "PHONE" in result("crm.contact.list", {"select": ["ID", "PHONE"]})[0]

    def test_list_filter_by_phone_is_exact(self, result):
        id = result("crm.contact.add", person("+7 916 123-45-67"))

        assert result("crm.contact.list", {"filter": {"PHONE": "+79161234567"}}) == []
        assert [row["ID"] for row in result("crm.contact.list", {"filter": {"PHONE": "+7 916 123-45-67"}})] == [str(id)]

    def test_unknown_filter_field_returns_everything(self, result):
        result("crm.contact.add", person())

        assert len(result("crm.contact.list", {"filter": {"=UF_CRM_NOWHERE": "1"}})) == 1

    def test_pages_are_of_fifty(self, ask, result, portal):
        portal.bucket.capacity = 200
        ids = [result("crm.contact.add", person()) for _ in range(60)]

        first, second = (ask("crm.contact.list", {"start": start})[1] for start in (0, 50))

        assert (len(first["result"]), first["next"], first["total"]) == (50, 50, 60)
        assert [row["ID"] for row in second["result"]] == [str(id) for id in ids[50:]]
        assert "next" not in second

    @pytest.mark.parametrize(
        ("condition", "found"),
        [
            ({"NAME": "Ann"}, [0]),
            ({"!NAME": "Ann"}, [1, 2]),
            ({"@NAME": ["Ann", "Bob"]}, [0, 1]),
            ({"%NAME": "nn"}, [0]),
            ({"=%NAME": "A%"}, [0]),
            ({">ID": 0, "<=ID": 2}, [0, 1]),
        ],
    )
    def test_filter_prefixes(self, result, condition, found):
        ids = [result("crm.contact.add", {"fields": {"NAME": name}}) for name in ("Ann", "Bob", "Cyd")]

        rows = result("crm.contact.list", {"filter": condition})

        assert [int(row["ID"]) for row in rows] == [ids[n] for n in found]

    def test_mandatory_field_is_demanded(self, ask, result):
        field = {"FIELD_NAME": "TOWN", "USER_TYPE_ID": "string", "MANDATORY": "Y"}
        result("crm.contact.userfield.add", {"fields": field})

        assert ask("crm.contact.add", person())[0] == 400
        assert ask("crm.contact.add", person(UF_CRM_TOWN="Tver"))[0] == 200


class TestUserFields:
    def test_prefix_is_added(self, result):
        result("crm.contact.userfield.add", {"fields": {"FIELD_NAME": "GA_ID", "USER_TYPE_ID": "string"}})

        [field] = result("crm.contact.userfield.list", {"filter": {"FIELD_NAME": "UF_CRM_GA_ID"}})
        assert field["ENTITY_ID"] == "CRM_CONTACT"

    def test_same_name_twice_is_refused(self, ask):
        field = {"fields": {"FIELD_NAME": "GA_ID", "USER_TYPE_ID": "string"}}

        assert [ask("crm.contact.userfield.add", field)[0] for _ in range(2)] == [200, 400]

    @pytest.mark.parametrize("name", ["ga-id", "поле", "A" * 60])
    def test_wrong_name_is_refused(self, ask, name):
        field = {"fields": {"FIELD_NAME": name, "USER_TYPE_ID": "string"}}

        assert ask("crm.contact.userfield.add", field)[0] == 400

    def test_only_administrators_make_fields(self, ask, portal):
        portal.webhooks["clerk"] = 6
        field = {"fields": {"FIELD_NAME": "GA_ID", "USER_TYPE_ID": "string"}}

        assert ask("crm.contact.userfield.add", field, code="clerk", user=6) == (
            400,
            {"error": "", "error_description": "Access denied."},
        )


class TestDuplicates:
    def find(self, result, **params):
        return result("crm.duplicate.findbycomm", {"type": "PHONE", **params})

    def test_nothing_found_is_an_empty_list(self, result):
        assert self.find(result, values=["+7"]) == []

    @pytest.mark.parametrize(("asked", "is_found"), [("79161234567", True), ("+7 (916) 123-45-67", True),
                                                     ("89161234567", False), ("9161234567", False)])  # fmt: skip
    def test_spelling_decides(self, result, asked, is_found):
        id = result("crm.contact.add", person("+7 916 123-45-67 доб. 5"))

        assert self.find(result, values=[asked]) == ({"CONTACT": [id]} if is_found else [])

    def test_only_the_types_that_hold_it_are_named(self, result):
        lead = result("crm.lead.add", person())
        contact = result("crm.contact.add", person())

        assert self.find(result, values=["+79161234567"]) == {"LEAD": [lead], "CONTACT": [contact]}
        assert self.find(result, values=["+79161234567"], entity_type="CONTACT") == {"CONTACT": [contact]}

    def test_values_beyond_the_twentieth_are_not_looked_at(self, result):
        result("crm.contact.add", person())

        assert self.find(result, values=[*map(str, range(20)), "+79161234567"]) == []

    def test_twenty_hits_of_a_type_end_the_search(self, result):
        for _ in range(21):
            result("crm.lead.add", person())
        result("crm.contact.add", person())

        found = self.find(result, values=["+79161234567"])
        assert (list(found), len(found["LEAD"])) == (["LEAD"], 20)

    @pytest.mark.parametrize(
        ("params", "code"),
        [
            ({"values": ["1"]}, "Communication type is not defined"),
            ({"type": "IM", "values": ["1"]}, "Communication type 'IM' is not supported in current context"),
            ({"type": "PHONE"}, "Communication values is not defined"),
        ],
    )
    def test_refusals_stand_in_the_code(self, ask, params, code):
        assert ask("crm.duplicate.findbycomm", params) == (400, {"error": code, "error_description": ""})
