"""`/w/form`: what is taken, what is the same, what is kept though a part is away."""

from __future__ import annotations

from typing import Any

import pytest
from world import World

from tracker.errors import StoreDown
from tracker.inquiries.models import Inquiry, RawMessage


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


def _away(*_: Any, **__: Any) -> Any:
    raise StoreDown("away")


def _full(*_: Any, **__: Any) -> Any:
    raise OSError("disk full")
