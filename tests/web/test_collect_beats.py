"""`/w/beat`, `/w/leave`, `/w/event`: what keeps a number and what comes after the page view."""

from __future__ import annotations

from typing import Any

from sqlalchemy import select
from world import ORIGIN, World, a_view

from tracker.extensions import db
from tracker.visits.models import Visit, VisitEvent, Visitor, VisitorTrait


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

    again = browser.send("visit", a_view(ga=COOKIES["ga"])).get_json()

    assert again["visitor"] == browser.visitor


def test_machine_is_not_recognised_by_what_its_beat_said(world: World) -> None:
    browser = world.browser()
    browser.open(webdriver=True)
    browser.beat(**COOKIES)

    again = browser.send("visit", a_view(ga=COOKIES["ga"])).get_json()

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

    [number] = world.say("visit", a_view(numbers=[spread])).get_json()["numbers"]

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
