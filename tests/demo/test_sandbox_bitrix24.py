"""The pretend portal refuses, ignores and answers as the real one does."""

from __future__ import annotations

import json
import random
from datetime import UTC, datetime, timedelta

import pytest

from demo.sandbox.bitrix24 import Portal, create_app, demo_portal
from demo.sandbox.faults import Fault, FaultKind


class Clock:
    def __init__(self) -> None:
        self.at = datetime(2026, 1, 1, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def portal(clock: Clock) -> Portal:
    return demo_portal(now=clock)


@pytest.fixture
def client(portal: Portal):
    app = create_app(portal)
    app.testing = True  # a dropped connection then reaches the test as an exception
    return app.test_client()


@pytest.fixture
def ask(client):
    """Calls a method through the webhook and returns status and body."""

    def ask(method, params=None, code="secret", user=1):
        body = json.dumps(params or {})  # the test client's own JSON would sort the commands of a batch
        answer = client.post(f"/rest/{user}/{code}/{method}.json", data=body, content_type="application/json")
        return answer.status_code, answer.json

    return ask


@pytest.fixture
def result(ask):
    def result(method, params=None):
        status, body = ask(method, params)
        assert status == 200, body
        return body["result"]

    return result


@pytest.fixture
def as_application(client):
    def call(method, params=None, token="access-1"):
        answer = client.post(f"/rest/{method}", json={**(params or {}), "auth": token})
        return answer.status_code, answer.json

    return call


def person(phone="+79161234567", **fields):
    return {"fields": {"NAME": "Ann", "PHONE": [{"VALUE": phone, "VALUE_TYPE": "WORK"}], **fields}}


class TestCallForms:
    def test_form_encoded_body_means_the_same_as_json(self, client, portal):
        body = {"fields[NAME]": "Ann", "fields[PHONE][0][VALUE]": "+7916", "fields[PHONE][1][VALUE]": "+7917"}

        id = client.post("/rest/1/secret/crm.contact.add", data=body).json["result"]

        assert [item["VALUE"] for item in portal.contact(id).multi["PHONE"]] == ["+7916", "+7917"]

    def test_query_of_a_get_means_the_same(self, client, portal):
        id = client.get("/rest/1/secret/crm.contact.add?fields[NAME]=Ann").json["result"]

        assert portal.contact(id).fields["NAME"] == "Ann"

    def test_wrong_code_or_user_is_turned_away(self, ask):
        assert ask("profile", code="guessed")[0] == 401
        assert ask("profile", user=6)[0] == 401

    def test_plain_http_is_refused_where_https_is_demanded(self, ask, portal):
        portal.https_only = True

        assert ask("profile")[1]["error"] == "INVALID_REQUEST"

    def test_unknown_method(self, ask):
        assert ask("crm.nothing.get") == (
            404,
            {"error": "ERROR_METHOD_NOT_FOUND", "error_description": "Method not found!"},
        )

    def test_method_outside_the_granted_scopes(self, ask, portal):
        portal.scopes = frozenset({"user"})

        assert ask("crm.contact.list")[1]["error"] == "insufficient_scope"
        assert ask("profile")[0] == 200


class TestTokens:
    def test_expired_token_is_told_apart_from_a_wrong_one(self, as_application, portal, clock):
        assert as_application("profile", token="guessed") == (
            401,
            {"error": "invalid_token", "error_description": "Unable to get application by token"},
        )
        portal.application.expires_at = clock()
        assert as_application("profile")[1]["error"] == "expired_token"

    def test_renewal_replaces_both_tokens(self, client, as_application, portal):
        grant = {
            "grant_type": "refresh_token",
            "client_id": "app.demo",
            "client_secret": "app-secret",
            "refresh_token": "refresh-1",
        }

        fresh = client.get("/oauth/token/", query_string=grant).json

        assert fresh["expires_in"] == 3600
        assert as_application("profile", token=fresh["access_token"])[0] == 200
        assert client.get("/oauth/token/", query_string=grant).json["error"] == "invalid_grant"

    def test_wrong_application_is_refused(self, client):
        grant = {"grant_type": "refresh_token", "client_id": "app.demo", "client_secret": "guessed"}

        assert client.get("/oauth/token/", query_string=grant).json["error"] == "invalid_client"


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


CALL = {"USER_ID": 6, "PHONE_NUMBER": "+79161234567", "TYPE": 2, "EXTERNAL_CALL_ID": "pbx-1"}


class TestTelephony:
    @pytest.mark.parametrize(
        "method", ["telephony.externalCall.register", "telephony.externalLine.get", "event.bind", "event.get"]
    )
    def test_webhooks_are_kept_out(self, ask, method):
        assert (ask(method)[0], ask(method)[1]["error"]) == (403, "WRONG_AUTH_TYPE")

    @pytest.mark.parametrize(
        ("changes", "text"),
        [
            ({"USER_ID": None}, "USER_ID or USER_PHONE_INNER should be set"),
            ({"USER_ID": 99}, "User is not found or is not active"),
            ({"TYPE": 9}, "Unknown TYPE"),
            ({"PHONE_NUMBER": "me"}, "Unsupported phone number format"),
            ({"CALL_START_DATE": "yesterday"}, "CALL_START_DATE should be in the ISO-8601 format"),
        ],
    )
    def test_refusals_of_register(self, as_application, changes, text):
        status, body = as_application("telephony.externalCall.register", {**CALL, **changes})

        assert (status, body) == (400, {"error": "ERROR_CORE", "error_description": text})

    def test_same_call_keeps_its_id_for_half_an_hour(self, as_application, clock):
        def register(**changes):
            return as_application("telephony.externalCall.register", {**CALL, **changes})[1]["result"]["CALL_ID"]

        first = register()
        assert register() == first
        assert register(EXTERNAL_CALL_ID="pbx-2") != first
        clock.at += timedelta(minutes=30)
        assert register() != first

    def test_activity_appears_at_the_end_and_only_once(self, as_application, result, portal):
        id = result("crm.contact.add", person())
        call = as_application("telephony.externalCall.register", CALL)[1]["result"]
        assert (call["CRM_ENTITY_TYPE"], call["CRM_ENTITY_ID"]) == ("CONTACT", id)
        assert portal.activities == {}

        end = {"CALL_ID": call["CALL_ID"], "USER_ID": 6, "DURATION": 54}
        finished = as_application("telephony.externalCall.finish", end)[1]["result"]
        again = as_application("telephony.externalCall.finish", end)

        assert (finished["CALL_FAILED_CODE"], finished["CALL_START_DATE"]) == ("200", {})
        assert list(portal.activities) == [finished["CRM_ACTIVITY_ID"]]
        assert again[1]["error_description"].startswith("Call is not found")

    def test_recording_comes_after_the_end(self, as_application, portal):
        call = as_application("telephony.externalCall.register", CALL)[1]["result"]["CALL_ID"]
        record = {"CALL_ID": call, "FILENAME": "1.mp3", "RECORD_URL": "https://rec.example/1.mp3"}

        assert (
            "not finished yet" in as_application("telephony.externalCall.attachRecord", record)[1]["error_description"]
        )
        as_application("telephony.externalCall.finish", {"CALL_ID": call, "USER_ID": 6})
        assert as_application("telephony.externalCall.attachRecord", record)[0] == 200
        assert as_application("telephony.externalCall.attachRecord", {**record, "FILENAME": "1.ogg"})[0] == 400

    def test_line_is_added_once(self, as_application):
        line = {"NUMBER": "+74957770001", "NAME": "Ads"}

        assert [as_application("telephony.externalLine.add", line)[0] for _ in range(2)] == [200, 400]
        assert as_application("telephony.externalLine.get")[1]["result"] == [{**line, "CRM_AUTO_CREATE": "Y"}]
        assert as_application("telephony.externalLine.delete", line)[1]["result"] == []


class TestTracking:
    def test_trace_is_json_and_linked_to_its_cards(self, ask, result, portal):
        id = result("crm.contact.add", person())

        assert ask("crm.tracking.trace.add", {})[1]["error_description"] == "Parameter `TRACE` required."
        assert ask("crm.tracking.trace.add", {"TRACE": "nonsense"})[0] == 400
        links = [{"TYPE": "CONTACT", "ID": id}]
        trace = result("crm.tracking.trace.add", {"TRACE": '{"tags": {}}', "ENTITIES": links})
        assert portal.contact(id).traces == [trace]

    def test_trace_comes_with_a_new_card_too(self, result, portal):
        id = result("crm.deal.add", {"fields": {"TITLE": "Call", "TRACE": '{"url": "https://example.com/"}'}})

        assert [portal.traces[trace]["TRACE"]["url"] for trace in portal.deal(id).traces] == ["https://example.com/"]


class TestBatch:
    def test_earlier_results_fill_later_commands(self, result):
        id = result("crm.contact.add", person())
        commands = {
            "find": "crm.duplicate.findbycomm?type=PHONE&values[0]=%2B79161234567&entity_type=CONTACT",
            "card": "crm.contact.get?id=$result[find][CONTACT][0]",
        }

        answer = result("batch", {"halt": 1, "cmd": commands})

        assert answer["result"]["find"] == {"CONTACT": [id]}
        assert answer["result"]["card"]["NAME"] == "Ann"
        assert (answer["result_error"], answer["result_next"]) == ([], [])

    def test_answer_is_200_even_if_everything_failed(self, result):
        answer = result("batch", {"cmd": {"a": "crm.contact.get?id=404", "b": "crm.contact.get?id=$result[a][ID]"}})

        assert answer["result"] == []
        assert {key: error["error_description"] for key, error in answer["result_error"].items()} == {
            "a": "Not found",
            "b": "ID is not defined or invalid.",
        }

    def test_halt_stops_at_the_first_error(self, result):
        answer = result("batch", {"halt": 1, "cmd": ["crm.contact.get?id=404", "profile"]})

        assert (list(answer["result_error"]), answer["result"]) == (["0"], [])

    def test_limits_of_a_batch(self, ask, result):
        assert ask("batch", {"cmd": ["profile"] * 51})[1]["error"] == "ERROR_BATCH_LENGTH_EXCEEDED"
        nested = result("batch", {"cmd": {"a": "batch?cmd[0]=profile"}})
        assert nested["result_error"]["a"]["error"] == "ERROR_BATCH_METHOD_NOT_ALLOWED"

    def test_lists_tell_their_size(self, result):
        result("crm.contact.add", person())

        answer = result("batch", {"cmd": {"all": "crm.contact.list?select[]=ID"}})

        assert answer["result_total"] == {"all": 1}


class TestLimits:
    def test_bucket_holds_fifty_and_leaks_two_a_second(self, ask, clock):
        assert [ask("profile")[0] for _ in range(51)] == [200] * 50 + [503]
        clock.at += timedelta(seconds=1)
        assert [ask("profile")[0] for _ in range(3)] == [200, 200, 503]

    def test_batch_is_one_request(self, ask):
        assert [ask("batch", {"cmd": ["profile"] * 50})[0] for _ in range(51)] == [200] * 50 + [503]

    def test_method_that_used_up_its_time_rests_while_others_go_on(self, ask, portal, clock):
        portal.budget.costs["crm.contact.list"] = 250.0
        assert [ask("crm.contact.list")[0] for _ in range(3)] == [200, 200, 429]

        status, body = ask("crm.contact.list")
        assert (status, body["error"]) == (429, "OPERATION_TIME_LIMIT")
        assert ask("crm.deal.list")[0] == 200
        clock.at = datetime.fromtimestamp(body["time"]["operating_reset_at"], UTC)
        assert ask("crm.contact.list")[0] == 200

    def test_answer_tells_the_time_spent(self, ask):
        assert ask("profile")[1]["time"]["operating"] == pytest.approx(0.05)


class TestEvents:
    def test_subscriber_is_told_the_id_only(self, as_application, result, portal):
        as_application("event.bind", {"event": "OnCrmDealUpdate", "handler": "https://track.example/hook"})
        id = result("crm.deal.add", {"fields": {"TITLE": "Call"}})

        result("crm.deal.update", {"id": id, "fields": {"STAGE_ID": "WON"}})

        [event] = portal.sent_events
        assert (event["event"], event["data"]) == ("ONCRMDEALUPDATE", {"FIELDS": {"ID": id}})
        assert event["auth"]["application_token"] == portal.application_token

    def test_subscription_ends(self, as_application):
        pair = {"event": "ONCRMDEALADD", "handler": "https://track.example/hook"}
        as_application("event.bind", pair)

        assert as_application("event.unbind", pair)[1]["result"] == {"count": 1}
        assert as_application("event.get")[1]["result"] == []
        assert as_application("event.bind", {"event": "ONNOTHING"})[1]["error"] == "ERROR_EVENT_NOT_FOUND"


class TestFaults:
    def test_planned_failures_happen_in_order_and_end(self, client, portal):
        portal.faults.plan(Fault(FaultKind.HTML, "crm.contact"), times=2)

        def answer(method):
            return client.post(f"/rest/1/secret/{method}").content_type

        assert answer("profile").startswith("application/json")
        assert [answer("crm.contact.list").partition(";")[0] for _ in range(3)] == [
            "text/html",
            "text/html",
            "application/json",
        ]

    def test_dropped_connection_after_the_write_keeps_the_write(self, client, portal):
        portal.faults.plan(Fault(FaultKind.DROP_AFTER))
        with pytest.raises(ConnectionAbortedError):
            client.post("/rest/1/secret/crm.contact.add", json=person())
        portal.faults.plan(Fault(FaultKind.DROP_BEFORE))
        with pytest.raises(ConnectionAbortedError):
            client.post("/rest/1/secret/crm.contact.add", json=person())

        assert len(portal.cards["CONTACT"]) == 1

    def test_slow_answer_waits_first(self, client, portal):
        waits: list[float] = []
        portal.sleep = waits.append
        portal.faults.plan(Fault(FaultKind.SLOW, seconds=30))

        assert client.post("/rest/1/secret/profile").status_code == 200
        assert waits == [30]

    def test_lottery_fails_about_its_share(self, ask, portal):
        portal.bucket.capacity = 1000
        portal.faults.lottery = (Fault(FaultKind.ANSWER, status=500, body={"error": "INTERNAL_SERVER_ERROR"}),)
        portal.faults.share, portal.faults.dice = 0.1, random.Random(7)

        failed = sum(ask("profile")[0] == 500 for _ in range(200))

        assert failed == len(portal.faults.happened)
        assert 10 <= failed <= 30
