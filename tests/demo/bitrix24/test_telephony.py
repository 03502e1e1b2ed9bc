"""Calls and call tracking."""

from __future__ import annotations

from datetime import timedelta

import pytest
from contact_fields import person

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
