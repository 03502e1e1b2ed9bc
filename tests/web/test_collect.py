"""The contract of `/w/visit` to the letter: fields, origins, reasons, what happens while a part is away."""

from __future__ import annotations

from typing import Any

import pytest
from world import AD, EXAMPLE, ORIGIN, VISITOR, World, a_view

from tracker import flow
from tracker.errors import StoreDown
from tracker.leases.directory import Directory
from tracker.visits.models import PageView, Visit, Visitor

TESTING = EXAMPLE.replace("allow_tests: false", "allow_tests: true")


def test_visit_answers_every_field_of_the_contract(world: World) -> None:
    answer = world.say("visit", a_view(visitor=VISITOR))

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


def test_visitor_without_an_id_gets_one_of_128_bits(world: World) -> None:
    first, second = (world.say("visit", a_view(visitor=None)).get_json()["visitor"] for _ in range(2))

    assert len(first) == 32
    assert set(first) <= set("0123456789abcdef")
    assert first != second


@pytest.mark.parametrize("key", ["none", "", "a\x00b", "x" * 300, "../../etc"])
def test_unknown_site_is_404(world: World, key: str) -> None:
    answer = world.say("visit", a_view(site=key))

    assert answer.status_code == 404
    assert answer.get_json()["field"] == "site"
    assert answer.headers["Access-Control-Allow-Origin"] == "*"


@pytest.mark.parametrize(
    ("kind", "said"),
    [
        ("visit", a_view(visitor=VISITOR)),
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

    answer = world.say("visit", a_view(url=url), origin=origin)

    assert answer.status_code == status
    shown = origin if status == 200 and origin not in (None, "null") else "*"
    assert answer.headers["Access-Control-Allow-Origin"] == shown
    if shown != "*":
        assert "Origin" in answer.headers["Vary"]


def test_localhost_is_own_where_tests_are_allowed(world: World) -> None:
    world.apply(TESTING)

    assert world.say("visit", a_view(url=LOCAL + "/"), origin=LOCAL).status_code == 200
    assert world.say("visit", a_view(url=LOCAL + "/"), origin=None).status_code == 200


def test_mended_domain_is_believed_at_once(world: World) -> None:
    assert world.say("visit", a_view(), origin="https://example.org").status_code == 403

    world.apply(EXAMPLE.replace("[example.com]", "[example.com, example.org]"))

    assert world.say("visit", a_view(), origin="https://example.org").status_code == 200


def test_site_switched_off_and_on_again_is_served_again(world: World) -> None:
    world.say("visit", a_view())
    world.apply(EXAMPLE.replace("allow_tests: false", "enabled: false"))
    world.say("visit", a_view())
    off = world.say("visit", a_view())

    world.apply(EXAMPLE)

    assert off.status_code == 404
    assert world.say("visit", a_view()).status_code == 200


# --- page views -----------------------------------------------------------------------------------


def test_repeated_view_counts_once(world: World) -> None:
    for _ in range(3):
        world.say("visit", a_view(visitor=VISITOR, view="0123456789abcdef"))
    world.store_visits()

    assert (world.count(Visitor), world.count(Visit), world.count(PageView)) == (1, 1, 1)


def test_late_view_is_dated_back_and_gets_no_lease(world: World) -> None:
    answer = world.say("visit", a_view(visitor=VISITOR, late_ms=3_600_000)).get_json()
    world.store_visits()

    assert (answer["numbers"], answer["reason"]) == ([], "late")
    [shown] = world.get(f"visitors/{VISITOR}").get_json()["visits"]
    now = world.say("visit", a_view(visitor=VISITOR)).get_json()
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

    answer = world.say("visit", a_view(**fields)).get_json()

    assert answer["reason"] == reason
    assert bool(answer["numbers"]) == (reason is None)


def test_exhausted_pool_shows_the_original(world: World) -> None:
    for _ in range(2):
        world.browser().open()

    answer = world.browser().open()

    assert (answer["numbers"], answer["reason"]) == ([], "exhausted")
    assert answer["tag"]


def test_bot_has_neither_number_nor_tag(world: World) -> None:
    answer = world.say(
        "visit", a_view(), **{"User-Agent": "Googlebot/2.1 (+http://www.google.com/bot.html)"}
    ).get_json()

    assert (answer["numbers"], answer["tag"], answer["emails"], answer["reason"]) == ([], None, [], "bot")


def test_test_flag_counts_only_where_tests_are_allowed(world: World) -> None:
    refused = world.say("visit", a_view(webdriver=True, test=True)).get_json()
    world.apply(TESTING)
    allowed = world.say("visit", a_view(visitor=VISITOR, webdriver=True, test=True)).get_json()
    world.store_visits()

    assert refused["reason"] == "bot"
    assert allowed["numbers"]
    assert world.get(f"visitors/{VISITOR}").get_json()["test"] is True


# --- parts that are away --------------------------------------------------------------------------


def test_store_away_leaves_the_page_its_numbers(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    world.browser().open()
    monkeypatch.setattr(type(world.services.store), "touch", _away)

    answer = world.say("visit", a_view(visitor=VISITOR))

    assert answer.status_code == 200
    assert answer.get_json()["reason"] == "store-down"
    assert answer.get_json()["visitor"] == VISITOR
    assert answer.headers["Access-Control-Allow-Origin"] == ORIGIN
    assert world.say("leave", {"site": "example", "visitor": VISITOR}).status_code == 204


def test_our_own_mistake_is_no_5xx(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(flow, "open_visit", _broken)

    answer = world.say("visit", a_view())

    assert answer.status_code == 200
    assert (answer.get_json()["numbers"], answer.get_json()["reason"]) == ([], "store-down")


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
