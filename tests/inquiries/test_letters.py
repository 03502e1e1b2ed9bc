"""Letters through the public door: whose they are, by which place, and what is kept of robots."""

from __future__ import annotations

from typing import Any

import pytest
from sqlalchemy import select
from world import EXAMPLE, Browser, World, letter_text

from tracker.deliveries.models import Delivery
from tracker.extensions import db
from tracker.inquiries.models import Inquiry, OtherId, RawMessage
from tracker.leases.models import EmailTag
from tracker.sites.models import Site

PLAIN = "sales@example.com"


@pytest.fixture
def anna(world: World) -> Browser:
    browser = world.browser()
    browser.open()
    return browser


@pytest.fixture
def tagged(world: World, anna: Browser) -> str:
    """The address on Anna's page."""
    return str(anna.open()["emails"][0]["address"])


PLACES = {
    "to": lambda tagged: (letter_text(tagged), ()),
    "a name and brackets": lambda tagged: (letter_text(f'"Sales, Example" <{tagged}>'), ()),
    "cc": lambda tagged: (letter_text("boss@example.com", headers=[f"Cc: x@mail.example, {tagged}"]), ()),
    "envelope only": lambda tagged: (letter_text("undisclosed-recipients:;"), (tagged,)),
    "delivered-to": lambda tagged: (letter_text(PLAIN, headers=[f"Delivered-To: {tagged}"]), ()),
    "in capitals": lambda tagged: (letter_text(tagged.upper()), ()),
    "encoded plus": lambda tagged: (letter_text(tagged.replace("+", "%2B")), ()),
    "quoted below": lambda tagged: (letter_text(PLAIN, text=f"Yes.\n\n> To: {tagged}\n> Hello"), ()),
}


@pytest.mark.parametrize("place", PLACES)
def test_tag_is_found(world: World, anna: Browser, tagged: str, place: str) -> None:
    text, envelope = PLACES[place](tagged)

    answer = world.letter(text, *envelope)

    assert answer.status_code == 202
    match = answer.get_json()["attribution"]
    assert (match["status"], match["visitor"], match["probability"]) == ("certain", anna.visitor, 1.0)
    [letter] = world.inquiries()
    assert (letter["kind"], letter["from"], letter["source"]["utm_source"]) == ("email", "anna@mail.example", "google")


def test_letter_without_a_tag_is_other_traffic(world: World, anna: Browser) -> None:
    world.letter(letter_text(PLAIN))

    [letter] = world.inquiries()
    assert (letter["attribution"]["status"], letter["source"]["channel"]) == ("other", "other-email")


def test_tag_that_was_never_given_out_means_nothing(world: World, anna: Browser) -> None:
    world.letter(letter_text("sales+zzzzzz@example.com"))

    assert world.inquiries()[0]["attribution"]["status"] == "other"


@pytest.mark.parametrize("where", ["To", "Cc"])
def test_static_address_is_its_source(world: World, where: str) -> None:
    if where == "To":
        world.letter(letter_text("Flyer@Example.com"))
    else:
        world.letter(letter_text("boss@example.com", headers=["Cc: flyer@example.com"]))

    [letter] = world.inquiries()
    assert letter["attribution"]["status"] == "static"
    assert (letter["source"]["utm_source"], letter["source"]["utm_medium"]) == ("flyer", "offline")
    assert "flyer@example.com" in letter["attribution"]["explanation"]


@pytest.mark.parametrize("header", ["In-Reply-To: <m1@mail.example>", "References: <x@y> <m1@mail.example> <z@y>"])
def test_answer_to_a_plain_address_continues_the_thread(world: World, anna: Browser, tagged: str, header: str) -> None:
    world.letter(letter_text(tagged))

    answer = world.letter(letter_text(PLAIN, message_id="<m2@mail.example>", text="And how long?", headers=[header]))

    match = answer.get_json()["attribution"]
    assert (match["status"], match["visitor"]) == ("certain", anna.visitor)
    assert "переписки" in match["explanation"]


def test_tag_outside_goes_before_the_thread_and_the_thread_before_a_quote(world: World, anna: Browser) -> None:
    boris = world.browser()
    first, second = (str(one.open()["emails"][0]["address"]) for one in (anna, boris))
    world.letter(letter_text(first))
    thread = ["In-Reply-To: <m1@mail.example>"]

    outside = world.letter(letter_text(second, message_id="<m2@x>", headers=thread))
    quoted = world.letter(letter_text(PLAIN, message_id="<m3@x>", text=f"> To: {second}", headers=thread))

    assert outside.get_json()["attribution"]["visitor"] == boris.visitor
    assert quoted.get_json()["attribution"]["visitor"] == anna.visitor


def test_thread_of_another_connection_is_not_believed(world: World, anna: Browser, tagged: str) -> None:
    world.apply(EXAMPLE + '      - {key: mail2, provider: email/generic, settings: {secret: "mail-secret"}}\n')
    world.letter(letter_text(tagged))

    reply = letter_text(PLAIN, message_id="<m2@x>", headers=["In-Reply-To: <m1@mail.example>"])
    answer = world.hook("email", "mail2", reply, "mail-secret")

    assert answer.get_json()["attribution"]["status"] == "other"


def test_same_letter_twice_is_one(world: World, tagged: str) -> None:
    first = world.letter(letter_text(tagged)).get_json()

    names = world.count(OtherId)

    second = world.letter(letter_text(tagged, headers=["Received: by another.way"])).get_json()

    assert second == first
    assert (world.count(Inquiry), world.count(OtherId)) == (1, names)


def from_elsewhere(world: World, text: str) -> dict[str, Any]:
    answer: dict[str, Any] = world.hook("email", "copy", text, "copy-secret").get_json()
    return answer


@pytest.fixture
def two_ways(world: World) -> World:
    line = '\n      - {key: copy, provider: email/generic, settings: {secret: "copy-secret"}}\n'
    return world.apply(EXAMPLE.rstrip() + line)


def test_letter_by_two_connections_is_one_inquiry(two_ways: World, anna: Browser, tagged: str) -> None:
    first = two_ways.letter(letter_text(tagged)).get_json()

    assert from_elsewhere(two_ways, letter_text(tagged)) == first
    assert from_elsewhere(two_ways, letter_text(tagged, text="Another one"))["inquiry"] != first["inquiry"]
    assert (two_ways.count(Inquiry), two_ways.count(RawMessage)) == (2, 3)


@pytest.mark.parametrize("tag_comes_first", [True, False])
def test_copy_that_lost_its_tag_is_the_same_letter(
    two_ways: World, anna: Browser, tagged: str, tag_comes_first: bool
) -> None:
    copies = [letter_text(tagged), letter_text(PLAIN)]

    answers = [from_elsewhere(two_ways, text) for text in (copies if tag_comes_first else copies[::-1])]

    assert answers[0]["inquiry"] == answers[1]["inquiry"]
    [letter] = two_ways.inquiries()
    assert (letter["attribution"]["visitor"], letter["to"]) == (anna.visitor, tagged)


def test_copy_with_the_tag_of_another_visitor_is_another_inquiry(two_ways: World, tagged: str) -> None:
    other = two_ways.browser().open()["emails"][0]["address"]

    keys = {from_elsewhere(two_ways, letter_text(to))["inquiry"] for to in (PLAIN, tagged, other, tagged, PLAIN)}

    assert len(keys) == 2
    assert two_ways.count(Inquiry) == 2


def test_answer_through_either_connection_continues_the_thread(two_ways: World, anna: Browser, tagged: str) -> None:
    for take in (lambda text: two_ways.letter(text).get_json(), lambda text: from_elsewhere(two_ways, text)):
        take(letter_text(tagged))
        answer = letter_text(PLAIN, text=str(take), headers=["In-Reply-To: <m1@mail.example>"])

        assert take(answer.replace("<m1@mail.example>", "<m2>", 1))["attribution"]["visitor"] == anna.visitor


def test_attached_files_are_told(world: World, tagged: str) -> None:
    head = letter_text(tagged).partition("Content-Type")[0]
    parts = "--b\r\n\r\nHi\r\n--b\r\nContent-Disposition: attachment; filename=price.pdf\r\n\r\n12345\r\n--b--\r\n"

    world.letter(f"{head}Content-Type: multipart/mixed; boundary=b\r\n\r\n{parts}")

    [letter] = world.inquiries()
    assert letter["fields"] == {"files": "price.pdf (5 bytes)"}


def test_same_message_id_with_another_text_is_another_letter_and_says_so(world: World, tagged: str) -> None:
    texts = ["One", "Two", "One", "Two", "Three"]

    keys = [world.letter(letter_text(tagged, text=text)).get_json()["inquiry"] for text in texts]

    assert len(set(keys)) == 3
    assert keys[0] == keys[2]
    assert keys[1] == keys[3]
    flags = {one["text"].strip(): one["fields"] for one in world.inquiries()}
    assert flags == {
        "One": {},
        "Two": {"same_message_id": "m1@mail.example"},
        "Three": {"same_message_id": "m1@mail.example"},
    }


def test_letter_with_the_tags_of_two_visitors_goes_to_the_first(world: World, anna: Browser, tagged: str) -> None:
    other = world.browser().open()["emails"][0]["address"]

    answer = world.letter(letter_text(f"{tagged}, {other}"))

    assert answer.get_json()["attribution"]["visitor"] == anna.visitor


def test_tag_of_two_sites_leads_to_the_one_with_the_mail_domain(world: World, anna: Browser, tagged: str) -> None:
    world.apply(
        EXAMPLE + "  - {key: other, name: Other, domains: [other.example],"
        " emails: [{swap: info@other.example, style: plus}]}\n"
    )
    tag = tagged.partition("+")[2].partition("@")[0]
    boris = world.browser()
    boris.send("visit", {"site": "other", "url": "https://other.example/"}, origin="https://other.example")
    other = db.session.scalars(select(Site).where(Site.key == "other")).one()
    from tracker import flow

    flow.store_visits(world.services, other.id, "other")
    db.session.scalars(select(EmailTag).where(EmailTag.site_id == other.id)).one().tag = tag
    db.session.commit()

    world.letter(letter_text(f"info+{tag}@other.example"))

    assert world.inquiries()[0]["site"] == "other"


ROBOTS = {
    "auto_reply": ["Auto-Submitted: auto-replied"],
    "list": ["List-Id: <news.example.net>", "Precedence: list"],
    "bounce": ["Content-Type: multipart/report; report-type=delivery-status; boundary=x"],
}


@pytest.mark.parametrize("kind", ROBOTS)
def test_robots_are_kept_and_told_to_nobody(world: World, tagged: str, kind: str) -> None:
    world.apply(EXAMPLE + CRM)
    sender = "MAILER-DAEMON@mail.example" if kind == "bounce" else "anna@mail.example"

    world.letter(letter_text(tagged, sender=sender, headers=ROBOTS[kind]))

    assert world.inquiries()[0]["letter_class"] == kind
    assert world.count(Delivery) == 0


def test_letter_of_a_human_is_told(world: World, tagged: str) -> None:
    world.apply(EXAMPLE + CRM)

    world.letter(letter_text(tagged))

    assert world.count(Delivery) == 1


CRM = "      - {key: b24, provider: crm/bitrix24, settings: {webhook_url: 'https://x.bitrix24.ru/rest/1/secret/'}}\n"


@pytest.mark.parametrize("body", [b"", b"no letter at all", b"\x00\x01\x02"])
def test_what_is_no_letter_is_400(world: World, body: bytes) -> None:
    answer = world.hook("email", "mail", body, "mail-secret")

    assert (answer.status_code, answer.get_json()["field"]) == (400, "body")
