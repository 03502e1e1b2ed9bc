"""How it is asked: forms of a call, tokens, batches, limits, events, and planned faults."""

from __future__ import annotations

import random
from datetime import UTC, datetime, timedelta

import pytest
from contact_fields import person

from demo.sandbox.faults import Fault, FaultKind


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
