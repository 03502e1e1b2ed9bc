"""How a page's request is read and answered: body, method, errors, cookie."""

from __future__ import annotations

import json
from typing import Any

import pytest
from world import AD, ORIGIN, VISITOR, World, a_view


def test_everything_but_site_and_url_may_be_absent_or_null(world: World) -> None:
    names = [
        *("visitor", "view", "late_ms", "title", "referrer", "ga", "ga_streams", "ym", "fbp", "fbc", "screen"),
        *("language", "timezone", "webdriver", "engaged", "numbers", "held", "test"),
    ]
    bare = {"site": "example", "url": AD}

    assert world.say("visit", bare).status_code == 200
    assert world.say("visit", bare | dict.fromkeys(names)).status_code == 200


def test_half_a_character_in_a_text_spoils_nothing(world: World) -> None:
    body = json.dumps(a_view(visitor=VISITOR, title="Chairs \ud83d", ga="a\x00")).encode()

    assert world.say("visit", body).status_code == 200
    world.store_visits()
    assert world.get(f"visitors/{VISITOR}").get_json()["visits"][0]["page_views"][0]["title"] == "Chairs "


def test_unknown_fields_are_ignored(world: World) -> None:
    assert world.say("visit", a_view(of_tomorrow={"a": [1]})).status_code == 200


MALFORMED: dict[str, tuple[str, dict[str, Any], str]] = {
    "no site": ("visit", {"url": AD}, "site"),
    "no url": ("visit", {"site": "example"}, "url"),
    "empty url": ("visit", a_view(url=""), "url"),
    "no address": ("visit", a_view(url="not an address"), "url"),
    "site is a number": ("visit", a_view(site=5), "site"),
    "visitor is no id": ("visit", a_view(visitor="me"), "visitor"),
    "visitor in capitals": ("visit", a_view(visitor="9F2C" * 8), "visitor"),
    "late by less than nothing": ("visit", a_view(late_ms=-1), "late_ms"),
    "engaged is a word": ("visit", a_view(engaged="yes"), "engaged"),
    "too many numbers": ("visit", a_view(numbers=["8 495 111-22-33"] * 21), "numbers"),
    "a number that is none": ("visit", a_view(numbers=["8 495 111-22-33", 7]), "numbers.1"),
    "stream of a wrong type": ("visit", a_view(ga_streams={"_ga_A": 1}), "ga_streams"),
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


def test_body_over_16_kb_is_413(world: World) -> None:
    fits = json.dumps(a_view(title="x" * 16_000)).encode()

    assert world.say("visit", fits.ljust(16 * 1024)).status_code == 200
    answer = world.say("visit", fits.ljust(16 * 1024 + 1))
    assert answer.status_code == 413
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


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


def same_origin(world: World, said: dict[str, Any], **headers: str) -> Any:
    return world.say("visit", said, Host="example.com", **{"X-Forwarded-Proto": "https"}, **headers)


def test_same_origin_gets_the_cookie_from_the_server(world: World) -> None:
    answer = same_origin(world, a_view(visitor=VISITOR))

    parts = answer.headers["Set-Cookie"].split("; ")
    assert parts[0] == f"_skv={VISITOR}"
    assert set(parts[1:]) == {"Max-Age=63072000", "Path=/", "SameSite=Lax", "Domain=example.com", "Secure"}
    assert answer.headers["Access-Control-Allow-Credentials"] == "true"


def test_same_origin_is_known_by_the_cookie(world: World) -> None:
    answer = same_origin(world, a_view(visitor=None), Cookie=f"a=b; _skv={VISITOR}")

    assert answer.get_json()["visitor"] == VISITOR


def test_same_origin_is_seen_through_a_proxy_that_does_not_keep_the_host(world: World) -> None:
    said = {"Sec-Fetch-Site": "same-origin", "Cookie": f"_skv={VISITOR}"}

    answer = world.say("visit", a_view(visitor=None), Host="track.example.net", **said)

    assert answer.get_json()["visitor"] == VISITOR
    assert answer.headers["Set-Cookie"].startswith(f"_skv={VISITOR}; ")


@pytest.mark.parametrize("site", ["same-site", "cross-site", "none"])
def test_what_the_browser_calls_another_origin_is_one(world: World, site: str) -> None:
    said = {"Sec-Fetch-Site": site, "Cookie": f"_skv={VISITOR}"}

    answer = world.say("visit", a_view(visitor=None), Host="track.example.net", **said)

    assert "Set-Cookie" not in answer.headers


@pytest.mark.parametrize("cookie", ["_skv=short", f"_skv={'G' * 32}", "_skv="])
def test_cookie_that_is_no_id_is_ignored(world: World, cookie: str) -> None:
    answer = same_origin(world, a_view(visitor=None), Cookie=cookie)

    assert len(answer.get_json()["visitor"]) == 32
    assert answer.get_json()["visitor"] not in cookie


def test_other_origin_gets_no_cookie_and_none_is_read(world: World) -> None:
    answer = world.say("visit", a_view(visitor=None), Cookie=f"_skv={VISITOR}", Host="track.example.net")

    assert "Set-Cookie" not in answer.headers
    assert "Access-Control-Allow-Credentials" not in answer.headers
    assert answer.get_json()["visitor"] != VISITOR
