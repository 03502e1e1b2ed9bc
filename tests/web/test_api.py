"""The server-side API: who may, what is refused and why, what comes back; the description agrees with the answers."""

from __future__ import annotations

import io
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from werkzeug.routing import Rule
from world import EXAMPLE, Browser, World

from tracker import clock
from tracker.access import tokens
from tracker.access.models import ApiToken
from tracker.access.tokens import Scope
from tracker.database import writing
from tracker.extensions import db
from tracker.inquiries.models import Inquiry, RawMessage
from tracker.reports import api as queries

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
OTHER = "  - {key: other, name: Other, domains: [other.example]}\n"


@pytest.fixture
def anna(world: World) -> Browser:
    browser = world.browser()
    browser.open()
    return browser


def order(**fields: Any) -> dict[str, Any]:
    return {"site": "example", "kind": "order", "external_id": "o-1", "phones": ["8 916 123-45-67"], **fields}


# --- who may --------------------------------------------------------------------------------------

READS = ["inquiries", "visitors/0", "pools"]


@pytest.mark.parametrize("path", READS)
@pytest.mark.parametrize("header", [None, "", "Bearer", "Bearer ", "Bearer skv_wrong", "Basic YTpi", "skv_wrong"])
def test_without_a_valid_token_401(world: World, path: str, header: str | None) -> None:
    headers = {"Authorization": header} if header is not None else {}

    answer = world.client.get(f"/api/v1/{path}", headers=headers)

    assert (answer.status_code, answer.headers["WWW-Authenticate"]) == (401, "Bearer")
    assert set(answer.get_json()) == {"error", "field"}


def test_revoked_token_is_401(world: World) -> None:
    token = world.token()
    with writing(db.session()) as session:
        tokens.revoke(session, session.query(ApiToken).one(), clock.now())

    assert world.get("pools", token).status_code == 401
    assert world.add(order(), token).status_code == 401


def test_token_without_the_scope_is_403(world: World) -> None:
    assert world.add(order(), world.token(Scope.READ)).status_code == 403
    assert world.get("inquiries", world.token(Scope.WRITE)).status_code == 403


def test_token_of_a_site_opens_that_site_alone(world: World) -> None:
    world.apply(EXAMPLE + OTHER)
    token = world.token(site="other")
    world.add(order())
    world.add(order(site="other"))

    assert world.add(order(), token).status_code == 403
    assert world.get("inquiries", token, site="example").status_code == 403
    assert [one["site"] for one in world.get("inquiries", token).get_json()["items"]] == ["other"]
    assert len(world.inquiries()) == 2


def test_use_of_a_token_is_noted(world: World) -> None:
    world.get("pools")

    assert db.session.query(ApiToken).one().last_used_at is not None


# --- adding ---------------------------------------------------------------------------------------


def test_inquiry_is_taken_whole(world: World, anna: Browser) -> None:
    said = order(
        visitor=anna.visitor,
        name="Anna",
        emails=["Anna@Mail.example"],
        text="Two chairs",
        fields={"colour": "red", "count": 2, "gift": True, "tags": ["a"], "none": None},
        sum=1999.5,
        page="https://example.com/cart",
        at="2026-01-01T15:00:00+03:00",
    )

    answer = world.add(said)

    one = answer.get_json()
    assert answer.status_code == 201
    assert world.inquiries() == [one]
    assert {
        name: one[name] for name in ("site", "kind", "external_id", "connection", "at", "name", "text", "page")
    } == {
        "site": "example",
        "kind": "order",
        "external_id": "o-1",
        "connection": None,
        "at": "2026-01-01T12:00:00Z",
        "name": "Anna",
        "text": "Two chairs",
        "page": "https://example.com/cart",
    }
    assert (one["from"], one["phones"], one["emails"]) == ("+79161234567", ["+79161234567"], ["anna@mail.example"])
    assert one["fields"] == {"colour": "red", "count": "2", "gift": "true", "tags": '["a"]', "none": "null"}
    assert (one["sum_minor"], one["currency"]) == (199_950, "RUB")
    assert (one["attribution"]["status"], one["attribution"]["visitor"]) == ("certain", anna.visitor)


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [("0.1", "RUB", 10), (100, "JPY", 100), (0.001, "KWD", 1), (19.99, "EUR", 1999), (0, "RUB", 0)],
)
def test_money_is_kept_in_minor_units(world: World, amount: Any, currency: str, minor: int) -> None:
    answer = world.add(order(sum=float(amount), currency=currency))

    assert (answer.get_json()["sum_minor"], answer.get_json()["currency"]) == (minor, currency)


def test_repeated_inquiry_is_200_and_the_same(world: World) -> None:
    first = world.add(order())
    second = world.add(order())

    assert (first.status_code, second.status_code) == (201, 200)
    assert first.get_json() == second.get_json()
    assert world.count(Inquiry) == 1


def test_without_an_external_id_every_one_is_new(world: World) -> None:
    answers = [world.add(order(external_id=None)) for _ in range(2)]

    assert [answer.status_code for answer in answers] == [201, 201]
    assert world.count(Inquiry) == 2


MALFORMED: dict[str, tuple[dict[str, Any], int, str | None]] = {
    "no site": ({"site": None}, 400, "site"),
    "unknown site": ({"site": "none"}, 404, None),
    "no kind": ({"kind": None}, 400, "kind"),
    "unknown kind": ({"kind": "riddle"}, 400, "kind"),
    "empty id": ({"external_id": ""}, 400, "external_id"),
    "visitor is no id": ({"visitor": "me"}, 400, "visitor"),
    "visit is no id": ({"visit": "'; drop"}, 400, "visit"),
    "phones is a text": ({"phones": "8 916 123-45-67"}, 400, "phones"),
    "a phone is a number": ({"phones": [1]}, 400, "phones.0"),
    "time without a zone": ({"at": "2026-01-01T12:00:00"}, 400, "at"),
    "time is none": ({"at": "noon"}, 400, "at"),
    "sum is a word": ({"sum": "much"}, 400, "sum"),
    "sum is endless": ({"sum": "Infinity"}, 400, "sum"),
    "sum beyond all money": ({"sum": 1e40}, 400, "sum"),
    "sum below nothing": ({"sum": -1}, 400, "sum"),
    "currency in small letters": ({"currency": "rub"}, 400, "currency"),
    "fields is a list": ({"fields": []}, 400, "fields"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_wrong_input_names_its_field(world: World, name: str) -> None:
    fields, status, field = MALFORMED[name]

    answer = world.add(order(**fields))

    assert (answer.status_code, answer.get_json()["field"]) == (status, field)
    assert world.count(Inquiry) == 0


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"5", b"\xff"])
def test_what_is_no_json_object_is_400(world: World, body: bytes) -> None:
    headers = {"Authorization": f"Bearer {world.token()}", "Content-Type": "application/json"}

    assert world.client.post("/api/v1/inquiries", data=body, headers=headers).status_code == 400


def test_what_no_database_stores_is_cleaned(world: World) -> None:
    answer = world.add(order(external_id="a\x00b", text="x\x00\ud800y", ip="1\x00", fields={"\x00k": "\x00v"}))

    assert answer.status_code == 201
    [one] = world.inquiries()
    assert (one["external_id"], one["text"], one["fields"]) == ("ab", "xy", {"k": "v"})
    assert world.add(order(external_id="a\x00b")).status_code == 200


def post_multipart(world: World, fields: dict[str, Any]) -> Any:
    headers = {"Authorization": f"Bearer {world.token()}"}
    return world.client.post("/api/v1/inquiries", data=fields, headers=headers, content_type="multipart/form-data")


def test_multipart_carries_fields_and_files(world: World) -> None:
    answer = post_multipart(
        world,
        {
            "site": "example",
            "kind": "form",
            "phones": ["8 916 123-45-67", "8 916 123-45-68"],
            "sum": "10.50",
            "test": "false",
            "fields": json.dumps({"colour": "red"}),
            "plan": (io.BytesIO(b"12345"), "plan.pdf"),
        },
    )

    assert answer.status_code == 201
    one = answer.get_json()
    assert one["phones"] == ["+79161234567", "+79161234568"]
    assert (one["sum_minor"], one["fields"]) == (1050, {"colour": "red", "files": "plan.pdf (5 bytes)"})
    assert b"12345" in db.session.query(RawMessage).one().body


def test_multipart_may_carry_the_json_as_one_field(world: World) -> None:
    answer = post_multipart(
        world, {"inquiry": json.dumps(order()), "photo": (io.BytesIO(b"\x00" * 300_000), "photo.jpg")}
    )

    assert answer.status_code == 201
    assert answer.get_json()["fields"] == {"files": "photo.jpg (300000 bytes)"}


@pytest.mark.parametrize(("fields", "field"), [({"inquiry": "{"}, "inquiry"), ({"site": "example"}, "kind")])
def test_wrong_multipart_names_its_field(world: World, fields: dict[str, str], field: str) -> None:
    answer = post_multipart(world, fields)

    assert (answer.status_code, answer.get_json()["field"]) == (400, field)


# --- reading --------------------------------------------------------------------------------------


def test_every_inquiry_is_on_one_page_and_the_latest_is_first(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(queries, "PAGE", 3)
    for number in range(7):
        moment = NOON + timedelta(microseconds=500 * (number // 2))  # some share their time
        world.add(order(external_id=f"o-{number}", at=moment.isoformat()))

    pages, cursor = [], None
    while True:
        answer = world.get("inquiries", **({"cursor": cursor} if cursor else {})).get_json()
        pages.append([one["external_id"] for one in answer["items"]])
        cursor = answer["next"]
        if cursor is None:
            break

    assert pages == [["o-6", "o-5", "o-4"], ["o-3", "o-2", "o-1"], ["o-0"]]


def test_inquiries_are_chosen_by_site_kind_and_time(world: World) -> None:
    world.apply(EXAMPLE + OTHER)
    world.add(order(external_id="early", at="2026-01-01T11:59:59Z"))
    world.add(order(external_id="noon", at="2026-01-01T12:00:00Z"))
    world.add(order(external_id="form", kind="form", at="2026-01-01T12:00:01Z"))
    world.add(order(external_id="other", site="other", at="2026-01-01T12:00:02Z"))

    def chosen(**query: str) -> list[str]:
        return [one["external_id"] for one in world.inquiries(**query)]

    assert chosen(since="2026-01-01T12:00:00Z", until="2026-01-01T12:00:02Z") == ["form", "noon"]
    assert chosen(since="2026-01-01T15:00:00+03:00", kind="order") == ["other", "noon"]
    assert chosen(site="other") == ["other"]
    assert chosen(until="2026-01-01T12:00:00Z") == ["early"]


@pytest.mark.parametrize(
    ("query", "status", "field"),
    [
        ({"kind": "riddle"}, 400, "kind"),
        ({"since": "noon"}, 400, "since"),
        ({"until": "2026-01-01"}, 400, "until"),
        ({"cursor": "x"}, 400, "cursor"),
        ({"cursor": "\x00"}, 400, "cursor"),
        ({"site": "none"}, 404, None),
        ({"site": "a\x00"}, 404, None),
    ],
)
def test_wrong_question_names_its_field(world: World, query: dict[str, str], status: int, field: str | None) -> None:
    answer = world.get("inquiries", **query)

    assert (answer.status_code, answer.get_json()["field"]) == (status, field)


def test_visitor_shows_visits_and_leases(world: World, anna: Browser) -> None:
    anna.open("https://example.com/catalogue", ga="GA1.1.123456789.1700000000", title="Catalogue")
    world.store_visits()

    one = world.get(f"visitors/{anna.visitor}").get_json()

    assert (one["id"], one["ip"], one["ga_client_id"]) == (anna.visitor, anna.ip, "123456789.1700000000")
    assert len(one["tag"]) == 6
    [visit] = one["visits"]
    assert (visit["id"], visit["source"]["utm_source"], visit["source"]["channel"]) == (
        anna.visit,
        "google",
        "paid-search",
    )
    assert [view["title"] for view in visit["page_views"]] == ["", "Catalogue"]
    [lease] = one["leases"]
    assert (lease["number"], lease["pool"], lease["shared"]) == ("+74957770001", "ads", False)
    assert lease["from"] < lease["until"]


@pytest.mark.parametrize("key", ["0" * 32, "me", "%00"])
def test_unknown_visitor_is_404(world: World, key: str) -> None:
    assert world.get(f"visitors/{key}").status_code == 404


def test_pools_show_their_occupancy(world: World, anna: Browser) -> None:
    for _ in range(2):
        world.browser().open()
    world.store_visits()

    pools = {one["key"]: one for one in world.get("pools").get_json()["items"]}

    assert pools["ads"] == {
        "key": "ads",
        "site": "example",
        "size": 2,
        "leased": 2,
        "free": 0,
        "coverage": 0.6667,
    }
    assert (pools["billboard"]["size"], pools["billboard"]["coverage"]) == (1, None)


@pytest.mark.parametrize(("method", "path", "status"), [("GET", "none", 404), ("DELETE", "inquiries", 405)])
def test_errors_are_json(world: World, method: str, path: str, status: int) -> None:
    answer = world.client.open(f"/api/v1/{path}", method=method)

    assert answer.status_code == status
    assert set(answer.get_json()) == {"error", "field"}


# --- the description ------------------------------------------------------------------------------


@pytest.fixture
def described(world: World) -> dict[str, Any]:
    answer = world.client.get("/api/v1/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.get_json()
    return found


def test_description_has_every_route_and_no_other(world: World, described: dict[str, Any]) -> None:
    routes = {
        (_path(rule), method.lower())
        for rule in world.app.url_map.iter_rules()
        if rule.rule.startswith("/api/v1/")
        for method in (rule.methods or set()) - {"HEAD", "OPTIONS"}
    }

    assert routes == {("/api/v1" + path, method) for path, methods in described["paths"].items() for method in methods}


def _path(rule: Rule) -> str:
    return rule.rule.replace("<", "{").replace(">", "}")


def test_description_refers_to_nothing_missing(described: dict[str, Any]) -> None:
    text = json.dumps(described)

    for reference in {part.partition('"')[0] for part in text.split('"$ref": "')[1:]}:
        found: Any = described
        for name in reference.removeprefix("#/").split("/"):
            found = found[name]
        assert found


def test_answers_are_as_described(world: World, anna: Browser, described: dict[str, Any]) -> None:
    world.call("c1", "ringing", **{"from": "+79161234567", "to": "+74957770001"})
    world.call("c2", "ringing", **{"from": "+79161234567", "to": "+74957770100"})
    anna.fill_form({"phone": "+79160000001"})
    answers = {
        "InquiryPage": world.get("inquiries"),
        "Visitor": world.get(f"visitors/{anna.visitor}"),
        "PoolList": world.get("pools"),
        "Inquiry": world.add(order()),
        "Error": world.get("inquiries", kind="riddle"),
    }

    for name, answer in answers.items():
        agree(described, {"$ref": f"#/components/schemas/{name}"}, answer.get_json(), name)


def agree(described: dict[str, Any], schema: dict[str, Any], value: Any, where: str) -> None:
    """A strict reading of the few words of JSON schema that the description uses; nothing undescribed may come."""
    if "$ref" in schema:
        schema = described["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    types = schema.get("type", [])
    assert TYPES[type(value)] in ([types] if isinstance(types, str) else types), (where, value, types)
    if "enum" in schema:
        assert value in schema["enum"], (where, value)
    if isinstance(value, list):
        for index, item in enumerate(value):
            agree(described, schema["items"], item, f"{where}.{index}")
    if isinstance(value, dict):
        known = schema.get("properties", {})
        more = schema.get("additionalProperties", False)
        assert set(schema.get("required", [])) <= set(value), (where, set(schema["required"]) - set(value))
        assert more or set(value) <= set(known), (where, set(value) - set(known))
        for name, item in value.items():
            agree(described, known.get(name, more), item, f"{where}.{name}")


TYPES = {
    dict: "object",
    list: "array",
    str: "string",
    bool: "boolean",
    int: "integer",
    float: "number",
    type(None): "null",
}
