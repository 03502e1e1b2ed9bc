"""Forms: the page and the site's server report the same one within two minutes, and it is one inquiry."""

from __future__ import annotations

import threading
from datetime import timedelta
from typing import Any

import pytest
from world import AD, Browser, World

from tracker import clock
from tracker.inquiries.models import Inquiry, InquiryEvent


@pytest.fixture
def anna(world: World) -> Browser:
    browser = world.browser()
    browser.open()
    return browser


def backend(external_id: str = "order-1", **fields: Any) -> dict[str, Any]:
    return {"site": "example", "kind": "form", "external_id": external_id, "phones": ["8 916 123-45-67"], **fields}


def test_page_and_backend_report_one_form(world: World, anna: Browser) -> None:
    first = anna.fill_form({"phone": "+7 916 123-45-67", "name": "Anna"}).get_json()["inquiry"]

    second = world.add(backend(text="From the server", emails=["Anna@mail.example"]))

    assert (second.status_code, second.get_json()["id"]) == (200, first)
    [form] = world.inquiries()
    assert form["attribution"]["visitor"] == anna.visitor
    assert (form["name"], form["text"]) == ("Anna", "From the server")
    assert (form["phones"], form["emails"]) == (["+79161234567"], ["anna@mail.example"])


def test_backend_first_still_learns_the_visitor_from_the_page(world: World, anna: Browser) -> None:
    first = world.add(backend()).get_json()

    second = anna.fill_form({"phone": "+7 916 123-45-67"}).get_json()

    assert second["inquiry"] == first["id"]
    assert first["attribution"]["status"] == "other"
    assert world.inquiries()[0]["attribution"]["visitor"] == anna.visitor


def test_repeated_report_of_the_twin_stays_the_twin(world: World, anna: Browser) -> None:
    anna.fill_form({"phone": "+7 916 123-45-67"})
    late = clock.to_iso(clock.now() + timedelta(minutes=10))

    answers = [world.add(backend()), world.add(backend(at=late)), world.add(backend())]

    assert [answer.status_code for answer in answers] == [200, 200, 200]
    assert world.count(Inquiry) == 1


def test_two_real_forms_of_one_contact_stay_two(world: World, anna: Browser) -> None:
    for number in range(2):
        anna.fill_form({"phone": "+7 916 123-45-67"})
        world.add(backend(f"order-{number}"))

    assert (world.count(Inquiry), world.count(InquiryEvent)) == (2, 4)


OTHERS: dict[str, dict[str, Any]] = {
    "another contact": {"phones": ["+79160000000"]},
    "no contact": {"phones": []},
    "another kind": {"kind": "order"},
    "three minutes later": {"at": (timedelta(minutes=3))},
    "three minutes before": {"at": (timedelta(minutes=-3))},
}


@pytest.mark.parametrize("name", OTHERS)
def test_what_differs_is_another_inquiry(world: World, anna: Browser, name: str) -> None:
    differs = dict(OTHERS[name])
    if "at" in differs:
        differs["at"] = clock.to_iso(clock.now() + differs["at"])
    anna.fill_form({"phone": "+7 916 123-45-67"})

    answer = world.add(backend(**differs))

    assert answer.status_code == 201
    assert world.count(Inquiry) == 2


def test_twins_of_the_same_moment_are_one(world: World, anna: Browser) -> None:
    codes: list[int] = []
    token = world.token()
    calls = [
        lambda: codes.append(anna.fill_form({"phone": "+7 916 123-45-67"}).status_code),
        lambda: codes.append(world.add(backend(), token).status_code),
    ]
    threads = [threading.Thread(target=call) for call in calls]

    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert max(codes) <= 202
    assert world.count(Inquiry) == 1


def test_form_is_known_by_google_id_and_address_together(world: World) -> None:
    browser = world.browser()
    browser.open(AD, ga="GA1.1.123456789.1700000000")
    shown = {"ga": "123456789.1700000000", "ip": browser.ip}

    both = world.add(backend("1", **shown, phones=[])).get_json()
    ga_alone = world.add(backend("2", ga=shown["ga"], phones=[])).get_json()
    other_ip = world.add(backend("3", ga=shown["ga"], ip="198.51.100.9", phones=[])).get_json()

    assert both["attribution"]["visitor"] == browser.visitor
    assert both["source"]["ga_client_id"] == "123456789.1700000000"
    assert ga_alone["attribution"]["status"] == other_ip["attribution"]["status"] == "other"
