"""Deals and leads, their timeline, and activities."""

from __future__ import annotations

import pytest
from contact_fields import person


class TestDealsAndLeads:
    def test_stage_belongs_to_its_pipeline(self, result):
        id = result("crm.deal.add", {"fields": {"TITLE": "Call", "CATEGORY_ID": 3, "STAGE_ID": "C3:WON"}})

        deal = result("crm.deal.get", {"id": id})
        assert (deal["CATEGORY_ID"], deal["STAGE_SEMANTIC_ID"], deal["CLOSED"]) == ("3", "S", "Y")
        assert deal["OPPORTUNITY"] == "0.00"

    def test_pipeline_is_not_changed_by_an_update(self, result, portal):
        id = result("crm.deal.add", {"fields": {"TITLE": "Call"}})

        result("crm.deal.update", {"id": id, "fields": {"CATEGORY_ID": 3}})

        assert portal.deal(id).fields["CATEGORY_ID"] == "0"

    def test_moves_are_kept_in_the_history(self, result):
        id = result("crm.deal.add", {"fields": {"TITLE": "Call"}})
        result("crm.deal.update", {"id": id, "fields": {"STAGE_ID": "WON"}})
        result("crm.deal.update", {"id": id, "fields": {"TITLE": "Sold"}})

        moves = result("crm.stagehistory.list", {"entityTypeId": 2, "filter": {"OWNER_ID": id}})["items"]

        assert [(move["STAGE_ID"], move["STAGE_SEMANTIC_ID"]) for move in moves] == [("NEW", "P"), ("WON", "S")]

    def test_contact_ids_replace_and_contact_add_appends(self, result, portal):
        ann, bob = (result("crm.contact.add", {"fields": {"NAME": name}}) for name in ("Ann", "Bob"))
        id = result("crm.deal.add", {"fields": {"TITLE": "Call", "CONTACT_IDS": [ann]}})

        assert result("crm.deal.contact.add", {"id": id, "fields": {"CONTACT_ID": bob}}) is True
        assert result("crm.deal.contact.add", {"id": id, "fields": {"CONTACT_ID": bob}}) is False
        assert [row["CONTACT_ID"] for row in result("crm.deal.contact.items.get", {"id": id})] == [ann, bob]

        result("crm.deal.update", {"id": id, "fields": {"CONTACT_IDS": [bob]}})
        assert portal.deal(id).contacts == [bob]

    def test_lead_with_a_contact_is_a_repeated_one(self, result):
        contact = result("crm.contact.add", person())
        id = result("crm.lead.add", {"fields": {"TITLE": "Call", "CONTACT_ID": contact}})

        lead = result("crm.lead.get", {"id": id})
        assert (lead["STATUS_ID"], lead["IS_RETURN_CUSTOMER"], lead["CONTACT_ID"]) == ("NEW", "Y", str(contact))

    def test_simple_mode_has_no_leads(self, ask, portal):
        portal.mode = 2

        assert ask("crm.settings.mode.get")[1]["result"] == 2
        assert ask("crm.lead.add", {"fields": {"TITLE": "Call"}})[0] == 400


class TestTimeline:
    def test_parameter_is_called_fields_in_lower_case(self, ask):
        assert ask("crm.timeline.comment.add", {"FIELDS": {}})[1]["error"] == "100"

    @pytest.mark.parametrize(
        ("fields", "code"),
        [
            ({"ENTITY_TYPE": "contact", "ENTITY_ID": 404, "COMMENT": "x"}, "OWNER_NOT_FOUND"),
            ({"ENTITY_TYPE": "contact", "ENTITY_ID": 1, "COMMENT": ""}, "INVALID_ARG_VALUE"),
        ],
    )
    def test_refusals(self, ask, result, fields, code):
        result("crm.contact.add", person())
        fields = fields | ({"ENTITY_ID": 2} if fields["ENTITY_ID"] == 1 else {})

        assert ask("crm.timeline.comment.add", {"fields": fields})[1]["error"] == code

    def test_comments_are_filtered_by_their_card_only(self, result):
        id = result("crm.deal.add", {"fields": {"TITLE": "Call"}})
        place = {"ENTITY_TYPE": "deal", "ENTITY_ID": id}
        result("crm.timeline.comment.add", {"fields": {**place, "COMMENT": "first"}})

        rows = result("crm.timeline.comment.list", {"filter": {**place, "%COMMENT": "second"}})

        assert [row["COMMENT"] for row in rows] == ["first"]


class TestActivities:
    def call(self, id, **changes):
        return {
            "fields": {
                "OWNER_TYPE_ID": 3,
                "OWNER_ID": id,
                "TYPE_ID": 2,
                "SUBJECT": "Call",
                "RESPONSIBLE_ID": 6,
                "COMMUNICATIONS": [{"VALUE": "+7916", "TYPE": "PHONE"}],
                **changes,
            }
        }

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"SUBJECT": ""}, "The field SUBJECT is not defined or empty."),
            ({"RESPONSIBLE_ID": 99}, "The field RESPONSIBLE_ID is not defined or invalid."),
            ({"TYPE_ID": 9}, "The field TYPE_ID is not defined or invalid."),
            ({"COMMUNICATIONS": []}, "The field COMMUNICATIONS is not defined or invalid."),
            (
                {"COMMUNICATIONS": [{"VALUE": "1"}, {"VALUE": "2"}]},
                "The only one communication is allowed for activity of specified type.",
            ),
            (
                {"OWNER_ID": 404},
                "Could not build binding. Please ensure that owner info and communications are defined correctly.",
            ),
        ],
    )
    def test_refusals(self, ask, result, changes, text):
        id = result("crm.contact.add", person())

        assert ask("crm.activity.add", self.call(id, **changes))[1]["error_description"] == text

    def test_call_is_completed_later(self, result, portal):
        id = result("crm.contact.add", person())
        call = result("crm.activity.add", self.call(id))
        assert portal.activities[call]["COMPLETED"] == "N"

        result("crm.activity.update", {"id": call, "fields": {"COMPLETED": "Y"}})

        assert portal.activities[call]["COMPLETED"] == "Y"

    def test_todo_needs_a_deadline(self, ask, result):
        id = result("crm.contact.add", person())

        assert ask("crm.activity.todo.add", {"ownerTypeId": 3, "ownerId": id, "title": "Call back"})[0] == 400

    def test_activity_is_bound_to_a_second_card_once(self, ask, result):
        id = result("crm.contact.add", person())
        deal = result("crm.deal.add", {"fields": {"TITLE": "Call"}})
        call = result("crm.activity.add", self.call(id))
        link = {"activityId": call, "entityTypeId": 2, "entityId": deal}

        assert [ask("crm.activity.binding.add", link)[0] for _ in range(2)] == [200, 400]
        assert result("crm.activity.binding.list", {"activityId": call}) == [
            {"entityTypeId": 3, "entityId": id},
            {"entityTypeId": 2, "entityId": deal},
        ]
