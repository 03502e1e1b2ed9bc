"""The contract of `/w/*` to the letter: fields, codes, origins, what is ignored, what is accepted."""

from __future__ import annotations

import json
from typing import Any

import pytest
from sqlalchemy import select
from world import AD, EXAMPLE, ORIGIN, World

from tracker import flow
from tracker.errors import StoreDown
from tracker.extensions import db
from tracker.inquiries.models import Inquiry, RawMessage
from tracker.leases.directory import Directory
from tracker.visits.models import PageView, Visit, VisitEvent, Visitor, VisitorTrait

VISITOR = "9f2c" * 8
TESTING = EXAMPLE.replace("allow_tests: false", "allow_tests: true")


def visit(**fields: Any) -> dict[str, Any]:
    return {"site": "example", "url": AD, "engaged": True, **fields}


def test_visit_answers_every_field_of_the_contract(world: World) -> None:
    answer = world.say("visit", visit(visitor=VISITOR))

    said = answer.get_json()
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["Content-Type"] == "application/json"
    assert list(said) == ["visitor", "visit", "tag", "numbers", "emails", "beat", "reason"]
    assert (said["visitor"], said["beat"], said["reason"]) == (VISITOR, 45, None)
    assert said["emails"] == [{"swap": "sales@example.com", "address": f"sales+{said['tag']}@example.com"}]
    [number] = said["numbers"]
    assert list(number) == ["swap", "match", "number", "until", "ttl", "shared"]
    assert (number["swap"], number["number"]) == ("+74951112233", "+74957770001")
    assert {"74951112233", "84951112233", "4951112233"} <= set(number["match"])
    assert number["until"].endswith("Z")
    assert 895 <= number["ttl"] <= 900
    assert number["shared"] is False


def test_static_number_has_no_end(world: World) -> None:
    url = "https://example.com/?utm_source=billboard&utm_medium=offline&utm_campaign=tverskaya"

    [number] = world.browser().open(url)["numbers"]

    assert (number["number"], number["until"], number["ttl"]) == ("+74957770100", None, None)


def test_everything_but_site_and_url_may_be_absent_or_null(world: World) -> None:
    names = [
        *("visitor", "view", "late_ms", "title", "referrer", "ga", "ga_streams", "ym", "fbp", "fbc", "screen"),
        *("language", "timezone", "webdriver", "engaged", "numbers", "held", "test"),
    ]
    bare = {"site": "example", "url": AD}

    assert world.say("visit", bare).status_code == 200
    assert world.say("visit", bare | dict.fromkeys(names)).status_code == 200


def test_half_a_character_in_a_text_spoils_nothing(world: World) -> None:
    body = json.dumps(visit(visitor=VISITOR, title="Chairs \ud83d", ga="a\x00")).encode()

    assert world.say("visit", body).status_code == 200
    world.store_visits()
    assert world.get(f"visitors/{VISITOR}").get_json()["visits"][0]["page_views"][0]["title"] == "Chairs "


def test_unknown_fields_are_ignored(world: World) -> None:
    assert world.say("visit", visit(of_tomorrow={"a": [1]})).status_code == 200


def test_visitor_without_an_id_gets_one_of_128_bits(world: World) -> None:
    first, second = (world.say("visit", visit(visitor=None)).get_json()["visitor"] for _ in range(2))

    assert len(first) == 32
    assert set(first) <= set("0123456789abcdef")
    assert first != second


MALFORMED: dict[str, tuple[str, dict[str, Any], str]] = {
    "no site": ("visit", {"url": AD}, "site"),
    "no url": ("visit", {"site": "example"}, "url"),
    "empty url": ("visit", visit(url=""), "url"),
    "no address": ("visit", visit(url="not an address"), "url"),
    "site is a number": ("visit", visit(site=5), "site"),
    "visitor is no id": ("visit", visit(visitor="me"), "visitor"),
    "visitor in capitals": ("visit", visit(visitor="9F2C" * 8), "visitor"),
    "late by less than nothing": ("visit", visit(late_ms=-1), "late_ms"),
    "engaged is a word": ("visit", visit(engaged="yes"), "engaged"),
    "too many numbers": ("visit", visit(numbers=["8 495 111-22-33"] * 21), "numbers"),
    "a number that is none": ("visit", visit(numbers=["8 495 111-22-33", 7]), "numbers.1"),
    "stream of a wrong type": ("visit", visit(ga_streams={"_ga_A": 1}), "ga_streams"),
    "beat without a visitor": ("beat", {"site": "example"}, "visitor"),
    "leave of nobody": ("leave", {"site": "example", "visitor": None}, "visitor"),
    "event without a name": ("event", {"site": "example", "visitor": VISITOR, "data": {}}, "name"),
    "form without fields": ("form", {"site": "example", "visitor": VISITOR}, "fields"),
    "form of an unknown kind": ("form", {"site": "example", "fields": {}, "kind": "riddle"}, "kind"),
    "form of a page that is none": ("form", {"site": "example", "fields": {}, "page": "nowhere"}, "page"),
}


@pytest.mark.parametrize("name", MALFORMED)
def test_malformed_is_400_and_names_the_field(world: World, name: str) -> None:
    kind, said, field = MALFORMED[name]

    answer = world.say(kind, said)

    assert answer.status_code == 400
    assert answer.get_json()["field"] == field
    assert answer.get_json()["error"]
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize("body", [b"", b"{", b"[]", b"\xff\xfe", b'"x"', b'{"site": "example", "url": "\xff"}'])
def test_what_is_no_json_object_is_400(world: World, body: bytes) -> None:
    answer = world.say("visit", body)

    assert answer.status_code == 400
    assert set(answer.get_json()) == {"error", "field"}


@pytest.mark.parametrize("key", ["none", "", "a\x00b", "x" * 300, "../../etc"])
def test_unknown_site_is_404(world: World, key: str) -> None:
    answer = world.say("visit", visit(site=key))

    assert answer.status_code == 404
    assert answer.get_json()["field"] == "site"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


def test_body_over_16_kb_is_413(world: World) -> None:
    fits = json.dumps(visit(title="x" * 16_000)).encode()

    assert world.say("visit", fits.ljust(16 * 1024)).status_code == 200
    answer = world.say("visit", fits.ljust(16 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("visit", visit(visitor=VISITOR)),
        ("beat", {"site": "example", "visitor": VISITOR}),
        ("form", {"site": "example", "fields": {"phone": "+79161234567"}}),
    ],
)
def test_too_many_requests_of_one_address_are_429(world: World, kind: str, said: dict[str, Any]) -> None:
    world.services.store.raw.set("skv:{example}:rate:203.0.113.7", 600, ex=60)

    answer = world.say(kind, said, ip="203.0.113.7")
    other = world.say(kind, said, ip="203.0.113.8")

    assert answer.status_code == 429
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert other.status_code < 300


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
def test_other_methods_are_405(world: World, method: str) -> None:
    assert world.client.open("/w/visit", method=method).status_code == 405


def test_preflight_is_allowed(world: World) -> None:
    asked = {"Origin": ORIGIN, "Access-Control-Request-Headers": "content-type"}

    answer = world.client.options("/w/visit", headers=asked)

    assert answer.status_code == 204
    assert answer.headers["Access-Control-Allow-Origin"] == "*"
    assert "POST" in answer.headers["Access-Control-Allow-Methods"]
    assert "content-type" in answer.headers["Access-Control-Allow-Headers"].lower()


# --- whose page it is -----------------------------------------------------------------------------

LOCAL = "http://localhost:8000"
ORIGINS: dict[str, tuple[str | None, str, int]] = {
    "the domain": ("https://example.com", AD, 200),
    "in capitals": ("https://EXAMPLE.com", AD, 200),
    "another port": ("http://example.com:8080", AD, 200),
    "a sub-domain": ("https://shop.msk.example.com", AD, 200),
    "a foreign domain": ("https://rival.com", AD, 403),
    "a foreign domain that ends alike": ("https://badexample.com", AD, 403),
    "a domain below a foreign one": ("https://example.com.rival.com", AD, 403),
    "an extension of the browser": ("chrome-extension://abcdef", AD, 403),
    "a file": ("file://", AD, 403),
    "localhost": (LOCAL, "http://localhost:8000/", 403),
    "an address of this machine": ("http://127.0.0.1:5000", "http://127.0.0.1:5000/", 403),
    "none, own page": (None, AD, 200),
    "none, page of a sub-domain": (None, "https://m.example.com:8443/a", 200),
    "none, foreign page": (None, "https://rival.com/", 403),
    "null, own page": ("null", AD, 200),
    "null, foreign page": ("null", "https://rival.com/", 403),
}


@pytest.mark.parametrize("name", ORIGINS)
def test_origin_is_judged(world: World, name: str) -> None:
    origin, url, status = ORIGINS[name]

    answer = world.say("visit", visit(url=url), origin=origin)

    assert answer.status_code == status
    shown = origin if status == 200 and origin not in (None, "null") else "*"
    assert answer.headers["Access-Control-Allow-Origin"] == shown
    if shown != "*":
        assert "Origin" in answer.headers["Vary"]


def test_localhost_is_own_where_tests_are_allowed(world: World) -> None:
    world.apply(TESTING)

    assert world.say("visit", visit(url=LOCAL + "/"), origin=LOCAL).status_code == 200
    assert world.say("visit", visit(url=LOCAL + "/"), origin=None).status_code == 200


def test_mended_domain_is_believed_at_once(world: World) -> None:
    assert world.say("visit", visit(), origin="https://example.org").status_code == 403

    world.apply(EXAMPLE.replace("[example.com]", "[example.com, example.org]"))

    assert world.say("visit", visit(), origin="https://example.org").status_code == 200


def test_site_switched_off_and_on_again_is_served_again(world: World) -> None:
    world.say("visit", visit())
    world.apply(EXAMPLE.replace("allow_tests: false", "enabled: false"))
    world.say("visit", visit())
    off = world.say("visit", visit())

    world.apply(EXAMPLE)

    assert off.status_code == 404
    assert world.say("visit", visit()).status_code == 200


# --- cookie ---------------------------------------------------------------------------------------


def same_origin(world: World, said: dict[str, Any], **headers: str) -> Any:
    return world.say("visit", said, Host="example.com", **{"X-Forwarded-Proto": "https"}, **headers)


def test_same_origin_gets_the_cookie_from_the_server(world: World) -> None:
    answer = same_origin(world, visit(visitor=VISITOR))

    parts = answer.headers["Set-Cookie"].split("; ")
    assert parts[0] == f"_skv={VISITOR}"
    assert set(parts[1:]) == {"Max-Age=63072000", "Path=/", "SameSite=Lax", "Domain=example.com", "Secure"}
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"


def test_same_origin_is_known_by_the_cookie(world: World) -> None:
    answer = same_origin(world, visit(visitor=None), Cookie=f"a=b; _skv={VISITOR}")

    assert answer.get_json()["visitor"] == VISITOR


@pytest.mark.parametrize("cookie", ["_skv=short", f"_skv={'G' * 32}", "_skv="])
def test_cookie_that_is_no_id_is_ignored(world: World, cookie: str) -> None:
    answer = same_origin(world, visit(visitor=None), Cookie=cookie)

    assert len(answer.get_json()["visitor"]) == 32
    assert answer.get_json()["visitor"] not in cookie


def test_other_origin_gets_no_cookie_and_none_is_read(world: World) -> None:
    answer = world.say("visit", visit(visitor=None), Cookie=f"_skv={VISITOR}", Host="track.example.net")

    assert "Set-Cookie" not in answer.headers
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.get_json()["visitor"] != VISITOR


# --- page views -----------------------------------------------------------------------------------


def test_repeated_view_counts_once(world: World) -> None:
    for _ in range(3):
        world.say("visit", visit(visitor=VISITOR, view="0123456789abcdef"))
    world.store_visits()

    assert (world.count(Visitor), world.count(Visit), world.count(PageView)) == (1, 1, 1)


def test_late_view_is_dated_back_and_gets_no_lease(world: World) -> None:
    answer = world.say("visit", visit(visitor=VISITOR, late_ms=3_600_000)).get_json()
    world.store_visits()

    assert (answer["numbers"], answer["reason"]) == ([], "late")
    [shown] = world.get(f"visitors/{VISITOR}").get_json()["visits"]
    now = world.say("visit", visit(visitor=VISITOR)).get_json()
    assert now["reason"] is None
    assert shown["page_views"][0]["at"] < now["numbers"][0]["until"]


def test_only_configured_originals_are_leased(world: World) -> None:
    shown = world.browser().open(numbers=["8 (495) 111-22-33", "8 800 555-35-35", "12", ""])
    other = world.browser().open(numbers=["+7 999 000-00-00"])

    assert [number["swap"] for number in shown["numbers"]] == ["+74951112233"]
    assert (other["numbers"], other["reason"]) == ([], None)


REASONS: dict[str, tuple[dict[str, Any], str | None]] = {
    "nothing but a look": ({"url": AD, "engaged": False}, None),  # paid clicks at once
    "no pool for him": ({"url": "https://example.com/"}, "no-pool"),
    "webdriver": ({"webdriver": True}, "bot"),
    "late": ({"late_ms": 5}, "late"),
}


@pytest.mark.parametrize("name", REASONS)
def test_reason_names_why_there_is_no_number(world: World, name: str) -> None:
    fields, reason = REASONS[name]

    answer = world.say("visit", visit(**fields)).get_json()

    assert answer["reason"] == reason
    assert bool(answer["numbers"]) == (reason is None)


def test_exhausted_pool_shows_the_original(world: World) -> None:
    for _ in range(2):
        world.browser().open()

    answer = world.browser().open()

    assert (answer["numbers"], answer["reason"]) == ([], "exhausted")
    assert answer["tag"]


def test_bot_has_neither_number_nor_tag(world: World) -> None:
    answer = world.say("visit", visit(), **{"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}).get_json()

    assert (answer["numbers"], answer["tag"], answer["emails"], answer["reason"]) == ([], None, [], "bot")


def test_test_flag_counts_only_where_tests_are_allowed(world: World) -> None:
    refused = world.say("visit", visit(webdriver=True, test=True)).get_json()
    world.apply(TESTING)
    allowed = world.say("visit", visit(visitor=VISITOR, webdriver=True, test=True)).get_json()
    world.store_visits()

    assert refused["reason"] == "bot"
    assert allowed["numbers"]
    assert world.get(f"visitors/{VISITOR}").get_json()["test"] is True


# --- beats, farewells, events ---------------------------------------------------------------------


def test_beat_has_the_shape_of_a_visit_and_keeps_the_number(world: World) -> None:
    browser = world.browser()
    opened = browser.open()

    answer = browser.beat(engaged=True)

    assert list(answer) == list(opened)
    assert answer["numbers"][0]["number"] == opened["numbers"][0]["number"]
    assert (answer["visitor"], answer["visit"], answer["tag"]) == (browser.visitor, browser.visit, opened["tag"])


COOKIES = {
    "ga": "GA1.1.147852369.1692587411",
    "ga_streams": {"_ga_ABC123": "GS2.1.s1759999900$o3$g1", "_ga_X": "no such cookie"},
    "ym": "1700000000123456789",
    "fbp": "fb.1.1596403881668.1116446470",
    "fbc": "fb.1.1554763741205." + "A" * 400,
}


def test_cookies_that_came_after_the_page_view_are_kept(world: World) -> None:
    browser = world.browser()
    browser.open()
    browser.beat(**COOKIES)
    browser.beat()
    browser.beat(**dict.fromkeys(COOKIES))
    world.store_visits()

    assert cookies_kept(world) == (
        {"ga": COOKIES["ga"][6:], "ym": COOKIES["ym"], "fbp": COOKIES["fbp"], "fbc": COOKIES["fbc"]},
        ("147852369.1692587411", "1700000000123456789"),
        ("147852369.1692587411", {"G-ABC123": "1759999900"}),
    )


def test_beat_changes_nothing_that_the_page_view_said(world: World) -> None:
    browser = world.browser()
    browser.open(**COOKIES)
    world.store_visits()
    before = cookies_kept(world)

    browser.beat()
    browser.beat(ga="nonsense", ga_streams={"_ga_ABC123": "GS1.1.1800000000.1"}, fbc="x" * 5000)
    world.store_visits()

    assert cookies_kept(world) == before


def test_visitor_without_his_cookie_is_recognised_by_what_a_beat_said(world: World) -> None:
    browser = world.browser()
    browser.open()
    browser.beat(**COOKIES)

    again = browser.send("visit", visit(ga=COOKIES["ga"])).get_json()

    assert again["visitor"] == browser.visitor


def test_machine_is_not_recognised_by_what_its_beat_said(world: World) -> None:
    browser = world.browser()
    browser.open(webdriver=True)
    browser.beat(**COOKIES)

    again = browser.send("visit", visit(ga=COOKIES["ga"])).get_json()

    assert again["visitor"] != browser.visitor


def cookies_kept(world: World) -> tuple[dict[str, str], tuple[Any, Any], tuple[Any, Any]]:
    """What is stored of the only visitor: traits but the address, his ids, the ids of his visit."""
    db.session.rollback()
    traits = db.session.scalars(select(VisitorTrait).where(VisitorTrait.kind != "ip"))
    visitor = db.session.scalars(select(Visitor)).one()
    stay = db.session.scalars(select(Visit)).one()
    found = {trait.kind: trait.value for trait in traits}
    return found, (visitor.ga_client_id, visitor.ym_client_id), (stay.ga_client_id, stay.ga_sessions)


def test_number_written_over_many_lines_is_read(world: World) -> None:
    spread = "8" + " " * 60 + "(495)\n" + " " * 60 + "111-22-33"

    [number] = world.say("visit", visit(numbers=[spread])).get_json()["numbers"]

    assert number["swap"] == "+74951112233"


def test_held_number_goes_to_nobody_else(world: World) -> None:
    world.browser().open()
    second = world.browser()
    second.open()

    answer = second.beat(held=["+74957770001"])

    assert answer["numbers"][0]["number"] == "+74957770002"


def test_farewell_and_event_answer_204_without_a_body(world: World) -> None:
    browser = world.browser()
    browser.open()

    for answer in (browser.leave(), browser.event("tel_click", {"number": "+7 (495) 777-00-01"})):
        assert (answer.status_code, answer.data) == (204, b"")
        assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    world.store_visits()
    assert world.count(VisitEvent) == 1


def test_farewell_never_shortens_the_hold(world: World) -> None:
    browser = world.browser()
    before = browser.open()["numbers"][0]["until"]

    browser.leave()

    assert browser.beat()["numbers"][0]["until"] >= before


# --- forms ----------------------------------------------------------------------------------------


def test_form_is_taken_with_its_visitor(world: World) -> None:
    browser = world.browser()
    browser.open()

    answer = browser.fill_form({"name": "Anna", "phone": "8 916 123-45-67", "agree": True, "none": None})

    assert answer.status_code == 202
    [inquiry] = world.inquiries()
    assert answer.get_json() == {"inquiry": inquiry["id"]}
    assert (inquiry["kind"], inquiry["name"], inquiry["phones"]) == ("form", "Anna", ["+79161234567"])
    assert inquiry["attribution"]["status"] == "certain"
    assert inquiry["attribution"]["visitor"] == browser.visitor
    assert inquiry["source"]["utm_source"] == "google"


def test_form_sent_again_under_its_id_is_one_inquiry(world: World) -> None:
    browser = world.browser()
    browser.open()

    answers = [
        browser.fill_form({"phone": "8 916 123-45-67"}, id=form_id).get_json()
        for form_id in ("0123456789abcdef", "0123456789abcdef", "fedcba9876543210", None, None)
    ]

    assert answers[0] == answers[1]
    assert len({answer["inquiry"] for answer in answers}) == 4
    assert {inquiry["id"] for inquiry in world.inquiries()} == {answer["inquiry"] for answer in answers}
    assert world.count(RawMessage) == 5


@pytest.mark.parametrize(
    ("more", "kind"),
    [({"subscribe": True}, "subscription"), ({"kind": "callback"}, "callback"), ({"kind": None}, "form")],
)
def test_form_says_what_it_is(world: World, more: dict[str, Any], kind: str) -> None:
    world.browser().fill_form({"email": "anna@mail.example"}, **more)

    assert [inquiry["kind"] for inquiry in world.inquiries()] == [kind]


def test_form_with_what_no_database_stores_is_cleaned(world: World) -> None:
    body = b'{"site": "example", "fields": {"na\\u0000me": "An\\u0000na", "x": "\\ud83d\\ude00"}, "form": "a\\u0000"}'

    assert world.say("form", body).status_code == 202

    [inquiry] = world.inquiries()
    assert inquiry["fields"] == {"name": "Anna", "x": "😀", "form": "a"}


# --- parts that are away --------------------------------------------------------------------------


def test_store_away_leaves_the_page_its_numbers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.browser().open()
    monkeypatch.setattr(type(world.services.store), "touch", _away)

    answer = world.say("visit", visit(visitor=VISITOR))

    assert answer.status_code == 200
    assert answer.get_json()["reason"] == "store-down"
    assert answer.get_json()["visitor"] == VISITOR
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert world.say("leave", {"site": "example", "visitor": VISITOR}).status_code == 204


def test_our_own_mistake_is_no_5xx(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "open_visit", _broken)

    answer = world.say("visit", visit())

    assert answer.status_code == 200
    assert (answer.get_json()["numbers"], answer.get_json()["reason"]) == ([], "store-down")


def test_form_is_taken_while_the_store_is_away_in_a_process_that_never_saw_the_site(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(type(world.services.store), "site", _away)

    answer = world.say("form", {"site": "example", "fields": {"phone": "+79161234567"}})

    assert answer.status_code == 202
    assert world.count(Inquiry) == 1


def test_form_that_nothing_can_keep_is_to_be_sent_again(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tracker.web.raw_intake.receive", _full)

    answer = world.say("form", {"site": "example", "fields": {"phone": "+79161234567"}})

    assert answer.status_code == 200
    assert answer.get_json() == {"inquiry": None, "reason": "store-down"}
    assert world.count(RawMessage) == 0


def test_link_carries_the_visitor_to_another_domain_of_the_site(world: World) -> None:
    world.apply(EXAMPLE.replace("domains: [example.com]", "domains: [example.com, example.org]"))
    here = world.say("visit", {"site": "example", "url": AD, "engaged": True}).get_json()
    forged = here["link"].replace(here["visitor"], "a" * 32)
    arrives = {"site": "example", "url": "https://example.org/", "visitor": VISITOR, "engaged": True}

    there, refused = (
        world.say("visit", {**arrives, "link": token}, origin="https://example.org").get_json()
        for token in (here["link"], forged)
    )

    assert there["visitor"] == here["visitor"]
    assert there["numbers"][0]["number"] == here["numbers"][0]["number"]
    assert refused["visitor"] == VISITOR


def test_store_that_is_away_is_told_once_and_not_per_request(
    world: World, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(Directory, "get", _away)

    answers = [world.say("visit", {"site": "example", "url": AD}).get_json() for _ in range(3)]

    assert {answer["reason"] for answer in answers} == {"store-down"}
    assert [record.exc_info for record in caplog.records] == [None]


def _away(*_: Any, **__: Any) -> Any:
    raise StoreDown("away")


def _broken(*_: Any, **__: Any) -> Any:
    raise RuntimeError("a mistake of ours")


def _full(*_: Any, **__: Any) -> Any:
    raise OSError("disk full")
