"""The pretend amoCRM refuses what the real one refuses, ignores what it ignores, replaces what it replaces."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from flask.testing import FlaskClient
from moved_clock import Clock

from demo.sandbox.amocrm import Account, create_sandbox
from demo.sandbox.amocrm.account import Application
from demo.sandbox.faults import Fault, FaultKind

API = "/api/v4"
BEARER = {"Authorization": "Bearer demo-token"}
PHONE = {"field_code": "PHONE", "values": [{"value": "+79161234567", "enum_code": "MOB"}]}
SIP = {
    "source_name": "Call tracking",
    "source_uid": "main",
    "metadata": {
        "uniq": "call-1",
        "phone": "79161234567",
        "called_at": 1760000000,
        "duration": 54,
        "service_code": "skvoz",
        "from": "Example",
    },
    "_embedded": {"leads": [{"name": "Call"}], "contacts": [{"name": "Ann", "custom_fields_values": [PHONE]}]},
}


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
def account(clock: Clock) -> Account:
    account = Account(now=clock, sleep=lambda seconds: None)
    account.limit.per_second = 0
    return account


class Api:
    """Calls the account with its token."""

    def __init__(self, client: FlaskClient) -> None:
        self.client = client

    def __call__(self, method: str, path: str, body: object = None, **more: Any) -> tuple[int, Any]:
        answer = self.client.open(API + path, method=method, json=body, headers=BEARER, **more)
        return answer.status_code, answer.get_json(silent=True)


@pytest.fixture
def api(account: Account) -> Api:
    return Api(create_sandbox(account).test_client())


def _contact(api: Api, **fields: Any) -> int:
    _, made = api("POST", "/contacts", [{"name": "Ann", "custom_fields_values": [PHONE], **fields}])
    return int(made["_embedded"]["contacts"][0]["id"])


def _lead(api: Api, **fields: Any) -> int:
    _, made = api("POST", "/leads", [{"name": "Call", **fields}])
    return int(made["_embedded"]["leads"][0]["id"])


@pytest.mark.parametrize("path", ["/contacts", "/contacts/1", "/leads/1", "/contacts?query=nobody", "/leads/unsorted"])
def test_nothing_found_is_204_without_a_body(api: Api, path: str) -> None:
    assert api("GET", path) == (204, None)


@pytest.mark.parametrize(
    ("path", "body", "wrong"),
    [
        ("/contacts", {"name": "not a list"}, ""),
        ("/contacts", [{"name": 5}], "name"),
        ("/contacts", [{"responsible_user_id": 999}], "responsible_user_id"),
        (
            "/contacts",
            [{"custom_fields_values": [{"field_id": 1, "values": [{"value": "x"}]}]}],
            "custom_fields_values.0.field_id",
        ),
        (
            "/contacts",
            [{"custom_fields_values": [{"field_code": "PHONE", "values": []}]}],
            "custom_fields_values.0.values",
        ),
        (
            "/contacts",
            [{"custom_fields_values": [{"field_code": "PHONE", "values": [{"value": "1", "enum_code": "PAGER"}]}]}],
            "custom_fields_values.0.values.0.value",
        ),
        (
            "/contacts",
            [{"custom_fields_values": [{"field_code": "UTM_SOURCE", "values": [{"value": "google"}]}]}],
            "custom_fields_values.0.field_id",
        ),
        (
            "/leads",
            [{"custom_fields_values": [{"field_code": "UTM_SOURCE", "values": [{"value": "x" * 300}]}]}],
            "custom_fields_values.0.values.0.value",
        ),
        ("/leads", [{"price": "12"}], "price"),
        ("/leads", [{"pipeline_id": 3300, "status_id": 34001}], "status_id"),
        ("/leads", [{"_embedded": {"contacts": [{"id": 1}]}}], "_embedded.contacts.0.id"),
        ("/contacts/notes", [{"entity_id": 1, "note_type": "common", "params": {"text": "x"}}], "entity_id"),
        ("/contacts/notes", [{"note_type": "letter", "params": {}}], "entity_id"),
        ("/tasks", [{"text": "call"}], "complete_till"),
        ("/contacts/custom_fields", [{"name": "utm", "type": "tracking_data"}], "type"),
        ("/leads/unsorted/sip", [{**SIP, "metadata": {"phone": "7"}}], "metadata.uniq"),
    ],
)
def test_malformed_write_is_refused_with_its_path(api: Api, path: str, body: object, wrong: str) -> None:
    status, problem = api("POST", path, body)

    paths = [error["path"] for one in problem["validation-errors"] for error in one["errors"]]
    assert status == 400
    assert wrong in paths


def test_one_wrong_element_refuses_the_whole_batch(api: Api, account: Account) -> None:
    status, problem = api("POST", "/contacts", [{"name": "Ann"}, {"name": 5, "request_id": "second"}])

    assert status == 400
    assert problem["validation-errors"][0]["request_id"] == "second"
    assert account.contacts == {}


def test_patch_replaces_the_whole_list_of_a_field_and_nothing_else(api: Api, account: Account) -> None:
    email = {"field_code": "EMAIL", "values": [{"value": "ann@example.org"}]}
    id = _contact(api, custom_fields_values=[PHONE, email])
    new = {"field_code": "PHONE", "values": [{"value": "+74951112233"}]}

    api("PATCH", f"/contacts/{id}", {"custom_fields_values": [new]})

    ann = account.contacts[id]
    assert account.text_of(ann, "PHONE") == ["+74951112233"]
    assert account.text_of(ann, "EMAIL") == ["ann@example.org"]
    assert ann.name == "Ann"


def test_values_null_clears_a_field_and_embedded_tags_replace(api: Api, account: Account) -> None:
    id = _contact(api, _embedded={"tags": [{"name": "a"}]})

    api("PATCH", f"/contacts/{id}", {"custom_fields_values": [{"field_code": "PHONE", "values": None}]})
    api("PATCH", f"/contacts/{id}", {"tags_to_add": [{"name": "b"}]})
    assert account.contacts[id].tags == ["a", "b"]

    api("PATCH", f"/contacts/{id}", {"_embedded": {"tags": [{"name": "c"}]}})
    assert account.contacts[id].tags == ["c"]
    assert api("GET", f"/contacts/{id}")[1]["custom_fields_values"] is None


def test_creation_looks_for_no_duplicates(api: Api, account: Account) -> None:
    _contact(api)
    _contact(api)

    assert len(account.contacts) == 2


def test_query_is_a_substring_of_any_field_as_typed(api: Api) -> None:
    typed = {"field_code": "PHONE", "values": [{"value": "8 (916) 123-45-67"}]}
    _contact(api, name="Room 9161234567", custom_fields_values=[])
    _contact(api, custom_fields_values=[typed])

    found = api("GET", "/contacts?query=9161234567")[1]["_embedded"]["contacts"]
    assert [one["name"] for one in found] == ["Room 9161234567"]
    assert len(api("GET", "/contacts?query=123-45-67")[1]["_embedded"]["contacts"]) == 1


def test_filter_is_ignored_until_it_is_bought(api: Api, account: Account) -> None:
    first, _ = _contact(api), _contact(api)

    assert len(api("GET", f"/contacts?filter[id][]={first}")[1]["_embedded"]["contacts"]) == 2
    account.is_api_filter_enabled = True
    assert len(api("GET", f"/contacts?filter[id][]={first}")[1]["_embedded"]["contacts"]) == 1


def test_pages_are_followed_by_next_and_end_with_204(api: Api) -> None:
    for _ in range(3):
        _contact(api)

    first = api("GET", "/contacts?limit=2")[1]
    second = api("GET", "/contacts?limit=2&page=2")[1]

    assert "next" in first["_links"]
    assert "next" not in second["_links"]
    assert api("GET", "/contacts?limit=2&page=3")[0] == 204


def test_leads_and_contacts_show_each_other_only_on_request(api: Api) -> None:
    contact = _contact(api)
    lead = _lead(api, _embedded={"contacts": [{"id": contact, "is_main": True}]})

    assert "leads" not in api("GET", f"/contacts/{contact}")[1]["_embedded"]
    assert api("GET", f"/contacts/{contact}?with=leads")[1]["_embedded"]["leads"][0]["id"] == lead
    assert api("GET", f"/leads/{lead}?with=contacts")[1]["_embedded"]["contacts"] == [{"id": contact, "is_main": True}]


def test_request_says_is_main_and_answer_main_contact(api: Api) -> None:
    contact, lead = _contact(api), _lead(api)
    wanted = {"to_entity_id": contact, "to_entity_type": "contacts", "metadata": {"is_main": True}}

    linked = api("POST", f"/leads/{lead}/link", [wanted])[1]

    assert linked["_embedded"]["links"][0]["metadata"] == {"main_contact": True}
    assert api("POST", f"/leads/{lead}/unlink", [wanted])[0] == 204
    assert api("GET", f"/leads/{lead}/links")[0] == 204


def test_contact_in_unsorted_is_invisible_until_accepted(api: Api) -> None:
    made = api("POST", "/leads/unsorted/sip", [SIP])[1]["_embedded"]["unsorted"][0]
    contact = made["_embedded"]["contacts"][0]["id"]
    assert api("GET", "/contacts?query=9161234567")[0] == 204
    assert api("GET", f"/contacts/{contact}")[0] == 204

    api("POST", f"/leads/unsorted/{made['uid']}/accept", {"user_id": 502, "status_id": 33001})

    assert api("GET", f"/contacts/{contact}")[0] == 200
    lead = api("GET", f"/leads/{made['_embedded']['leads'][0]['id']}")[1]
    assert (lead["status_id"], lead["responsible_user_id"]) == (33001, 502)
    assert api("GET", "/leads/unsorted")[0] == 204


def test_declined_request_leaves_nothing(api: Api, account: Account) -> None:
    made = api("POST", "/leads/unsorted/sip", [SIP])[1]["_embedded"]["unsorted"][0]

    api("DELETE", f"/leads/unsorted/{made['uid']}/decline", {"user_id": 501})

    assert (account.contacts, account.leads, account.unsorted) == ({}, {}, {})


def test_same_request_twice_is_refused(api: Api) -> None:
    api("POST", "/leads/unsorted/sip", [SIP])

    assert api("POST", "/leads/unsorted/sip", [SIP])[0] == 400


def test_complex_answers_with_a_bare_array_and_may_stand_in_unsorted(api: Api, account: Account) -> None:
    contact = _contact(api)
    body = [{"name": "Call", "_embedded": {"contacts": [{"id": contact}], "metadata": {"category": "forms"}}}]

    status, made = api("POST", "/leads/complex", body)

    assert status == 200
    assert made[0] | {"id": 0} == {
        "id": 0,
        "contact_id": contact,
        "company_id": None,
        "request_id": ["0"],
        "merged": False,
    }
    assert account.leads[made[0]["id"]].waits
    assert not account.contacts[contact].waits


def test_call_lands_on_the_only_open_lead_and_unknown_number_is_263(api: Api, account: Account) -> None:
    contact = _contact(api)
    lead = _lead(api, _embedded={"contacts": [{"id": contact}]})
    call = {"direction": "inbound", "duration": 5, "source": "x", "phone": "89161234567"}

    known = api("POST", "/calls", [call])[1]["_embedded"]["calls"][0]
    status, unknown = api("POST", "/calls", [{**call, "phone": "+70000000000"}])

    assert (known["entity_type"], known["entity_id"]) == ("lead", lead)
    assert (status, unknown["errors"][0]["status"]) == (400, 263)
    assert api("GET", "/calls")[0] == 405


def test_notes_are_added_changed_and_filtered(api: Api) -> None:
    contact = _contact(api)
    call = {"uniq": "u", "duration": 5, "source": "x", "phone": "7"}
    notes = [
        {"entity_id": contact, "note_type": "common", "params": {"text": "one"}},
        {"entity_id": contact, "note_type": "call_in", "params": call},
    ]

    made = api("POST", "/contacts/notes", notes)[1]["_embedded"]["notes"]
    api("PATCH", f"/contacts/{contact}/notes/{made[0]['id']}", {"params": {"text": "two"}})

    found = api("GET", f"/contacts/{contact}/notes?filter[note_type][]=common")[1]["_embedded"]["notes"]
    assert [note["params"]["text"] for note in found] == ["two"]


def test_fields_are_created_by_administrators_only(api: Api, account: Account) -> None:
    status, made = api("POST", "/contacts/custom_fields", [{"name": "ga_id", "type": "text", "code": "X"}])
    assert (status, made["_embedded"]["custom_fields"][0]["code"]) == (201, "X")
    assert api("POST", "/contacts/custom_fields", [{"name": "again", "type": "text", "code": "X"}])[0] == 400

    account.is_admin = False
    assert api("POST", "/contacts/custom_fields", [{"name": "ip", "type": "text"}])[0] == 403
    assert api("GET", "/users")[0] == 403


def test_select_takes_only_its_options(api: Api, account: Account) -> None:
    colour = account.add_field("contacts", "Colour", "select", enums={17: (None, "Red")})

    def write(value: dict[str, Any]) -> int:
        return api("POST", "/contacts", [{"custom_fields_values": [{"field_id": colour.id, "values": [value]}]}])[0]

    assert [write({"value": "Red"}), write({"enum_id": 17}), write({"value": "Blue"})] == [200, 200, 400]


@pytest.mark.parametrize(
    ("mood", "status"),
    [
        ({"tokens": {}}, 401),
        ({"is_paid": False}, 402),
        ({"forbidden": {"contacts"}}, 403),
    ],
)
def test_account_without_access_refuses(api: Api, account: Account, mood: dict[str, Any], status: int) -> None:
    for name, value in mood.items():
        setattr(account, name, value)

    answered, problem = api("POST", "/contacts", [{"name": "Ann"}])

    assert (answered, problem["status"]) == (status, status)


def test_eighth_request_of_a_second_is_429_and_stubbornness_403(api: Api, account: Account, clock: Clock) -> None:
    account.limit.per_second = 7
    statuses = [api("GET", "/account")[0] for _ in range(8)]
    assert statuses == [200] * 7 + [429]

    clock.at += timedelta(seconds=1)
    assert api("GET", "/account")[0] == 200

    for _ in range(60):
        api("GET", "/account")
    clock.at += timedelta(minutes=10)
    assert api("GET", "/account")[0] == 403


def test_refresh_token_works_once(account: Account) -> None:
    account.application = Application("id", "secret", "https://track.example.com/oauth/crm/amocrm/callback")
    client = create_sandbox(account).test_client()
    body = {
        "client_id": "id",
        "client_secret": "secret",
        "redirect_uri": account.application.redirect_uri,
        "grant_type": "refresh_token",
        "refresh_token": "refresh-1",
    }

    pair = client.post("/oauth2/access_token", json=body).get_json()
    again = client.post("/oauth2/access_token", json=body)

    assert pair["access_token"] in account.tokens
    assert (again.status_code, again.get_json()["hint"]) == (401, "Token has been revoked")
    assert client.post("/oauth2/access_token", json={**body, "redirect_uri": "https://x"}).status_code == 400


def test_code_dies_after_twenty_minutes(account: Account, clock: Clock) -> None:
    account.application = Application("id", "secret", "https://x", codes={"def502": clock.at})
    clock.at += timedelta(minutes=21)
    body = {"client_id": "id", "client_secret": "secret", "redirect_uri": "https://x"}

    answer = (
        create_sandbox(account)
        .test_client()
        .post("/oauth2/access_token", json={**body, "grant_type": "authorization_code", "code": "def502"})
    )

    assert answer.status_code == 400


def test_webhook_is_subscribed_replaced_and_removed(api: Api) -> None:
    hook = {"destination": "https://track.example.com/h", "settings": ["add_lead"]}

    assert api("POST", "/webhooks", hook)[0] == 201
    assert api("POST", "/webhooks", {**hook, "settings": ["status_lead"]})[0] == 201
    assert api("GET", "/webhooks")[1]["_total_items"] == 1
    assert api("POST", "/webhooks", {**hook, "settings": ["add_planet"]})[0] == 400
    assert api("DELETE", "/webhooks", {"destination": hook["destination"]})[0] == 204
    assert api("DELETE", "/webhooks", {"destination": hook["destination"]})[0] == 404


def test_planned_fault_happens_once_and_html_is_not_json(api: Api, account: Account) -> None:
    account.faults.plan(Fault(FaultKind.HTML))

    assert api("GET", "/account") == (502, None)
    assert api("GET", "/account")[0] == 200
