"""A person is erased everywhere we hold data, others stay, and no provider brings him back."""

from __future__ import annotations

import base64
import json

import pytest
from sqlalchemy import inspect, select, text
from world import Browser, World, letter_text

from tracker import clock, flow, upkeep
from tracker.extensions import db
from tracker.inquiries import spool
from tracker.inquiries.events import CallEvent, CallStage
from tracker.inquiries.models import ForgottenId, Inquiry, RawMessage
from tracker.inquiries.spool import Arrived
from tracker.people.models import Person
from tracker.privacy import messages, unwrapping
from tracker.sites.models import Connection
from tracker.visits.models import Visitor

PHONE, EMAIL, NUMBER = "+79161234567", "anna@mail.example", "+74957770001"
TRACES = ("9161234567", EMAIL)


@pytest.fixture
def anna(world: World) -> Browser:
    """Has called, written and filled in a form; Boris has called, too."""
    browser = world.browser()
    address = browser.open()["emails"][0]["address"]
    world.call("c1", "ringing", **{"from": PHONE, "to": NUMBER})
    browser.fill_form({"phone": "8 (916) 123-45-67", "email": EMAIL})
    world.letter(letter_text(address, sender=EMAIL), address)
    boris = world.browser()
    boris.open()
    world.call("b1", "ringing", **{"from": "+79160000001", "to": "+74957770002"})
    return browser


def everything() -> str:
    """Every cell of the database as text."""
    db.session.rollback()
    rows: list[str] = []
    for table in inspect(db.engine).get_table_names():
        for row in db.session.execute(text(f'SELECT * FROM "{table}"')):
            rows += [
                bytes(cell).decode("utf-8", "replace") if isinstance(cell, bytes | memoryview) else str(cell)
                for cell in row
            ]
    return "\n".join(rows)


@pytest.mark.parametrize("by", ["8 916 123-45-67", "Anna@mail.example", "visitor"])
def test_nothing_of_him_stays_and_others_do(world: World, anna: Browser, by: str) -> None:
    assert anna.visitor is not None
    assert all(trace in everything() for trace in (*TRACES, anna.visitor))

    counts = upkeep.forget(world.services, anna.visitor if by == "visitor" else by)

    left = everything()
    assert [trace for trace in (*TRACES, anna.visitor, anna.visit) if str(trace) in left] == []
    assert not [key for key in world.services.store.raw.scan_iter() if anna.visitor.encode() in key]
    assert (counts["inquiries"], counts["visitors"], counts["raw messages"]) == (3, 1, 3)
    assert [one["external_id"] for one in world.inquiries()] == ["b1"]
    assert (world.count(Visitor), world.count(Person)) == (1, 1)


def test_catch_up_does_not_bring_him_back(world: World, anna: Browser) -> None:
    upkeep.forget(world.services, PHONE)

    answer = world.call("c1", "ended", **{"from": PHONE, "to": NUMBER, "talk_seconds": 7})
    world.call("c2", "ringing", **{"from": "+79160000003", "to": NUMBER})

    assert answer.status_code == 202
    assert {one["external_id"] for one in world.inquiries()} == {"b1", "c2"}
    assert TRACES[0] not in everything()
    assert world.count(ForgottenId) >= 3


def test_what_waits_in_the_spool_goes_too(world: World, anna: Browser) -> None:
    folder = world.services.config.spool
    for key, caller in (("a" * 32, PHONE), ("b" * 32, "+79160000001")):
        body = json.dumps({"call_id": key, "event": "ringing", "from": caller, "to": NUMBER}).encode()
        spool.put(folder, Arrived(key, 1, None, "telephony/generic", clock.now(), {}, body))

    counts = upkeep.forget(world.services, PHONE)

    assert counts["messages in the spool"] == 1
    assert [path.stem for path in folder.glob("*.json")] == ["b" * 32]


def test_stranger_leaves_everything_as_it_is(world: World, anna: Browser) -> None:
    before = (world.count(Inquiry), world.count(RawMessage), world.count(Visitor))

    counts = upkeep.forget(world.services, "+79169999999")

    assert sum(counts.values()) == 0
    assert (world.count(Inquiry), world.count(RawMessage), world.count(Visitor)) == before


@pytest.mark.parametrize(
    ("body", "is_found"),
    [
        (b"caller=%2B79161234567", True),
        (b"tel: 8 (916) 123-45-67", True),
        (base64.b64encode(b"+79161234567"), False),
        (b"ANNA@MAIL.EXAMPLE", True),
        (b"79161234568", False),
    ],
)
def test_mentions_are_found_in_usual_writings(body: bytes, is_found: bool) -> None:
    assert messages.mentions(body, {b"9161234567", b"anna@mail.example"}) == is_found


ENCODED = "\r\n".join(
    [
        "From: =?utf-8?b?QW5uYSDQkNC90L3QsA==?= <who@mail.example>",
        "Subject: =?utf-8?b?KzcgOTE2IDEyMyA0NSA2Nw==?=",  # +7 916 123 45 67
        "MIME-Version: 1.0",
        'Content-Type: multipart/mixed; boundary="b"',
        "",
        "--b",
        "Content-Type: text/plain; charset=utf-8",
        "Content-Transfer-Encoding: {}",
        "",
        "{}",
        "--b--",
        "",
    ]
)


@pytest.mark.parametrize(
    "body",
    [
        ENCODED.format("base64", base64.b64encode(b"write to anna@mail.example please").decode()),
        ENCODED.format("quoted-printable", "write to anna=40mail=2Eexample"),
        ENCODED.format("7bit", "nothing here"),  # the subject has the number
        json.dumps({"raw": base64.b64encode(b"To: x@y.example\r\n\r\nanna@mail.example").decode()}),
        json.dumps(
            {"Content": base64.b64encode(ENCODED.format("base64", "KzcgOTE2IDEyMyA0NSA2Nw==").encode()).decode()}
        ),
    ],
)
def test_what_is_wrapped_is_found(body: str) -> None:
    unwrapped = unwrapping.readable(body.encode())

    assert messages.mentions(unwrapped, {b"9161234567", b"anna@mail.example"})
    assert not messages.mentions(unwrapped, {b"9169999999", b"boris@mail.example"})


def test_encoded_letter_goes_though_no_inquiry_leads_to_it(world: World, anna: Browser) -> None:
    encoded = ENCODED.format("base64", base64.b64encode(b"write to anna@mail.example please").decode())
    world.letter(encoded, "sales@example.com")
    before = world.count(RawMessage)

    counts = upkeep.forget(world.services, EMAIL)

    assert counts["raw messages"] == 4
    assert world.count(RawMessage) == before - 4


def test_message_that_tells_of_others_too_is_not_kept(world: World, anna: Browser) -> None:
    upkeep.forget(world.services, PHONE)
    told = [
        CallEvent(call_id, CallStage.RINGING, caller, NUMBER, clock.now())
        for call_id, caller in (("c1", PHONE), ("n1", "+79160000005"))
    ]
    pbx = db.session.scalars(select(Connection).where(Connection.key == "pbx")).one()
    arrived = Arrived("e" * 32, pbx.site_id, pbx.id, pbx.provider, clock.now(), {}, PHONE.encode())

    flow.receive(world.services, arrived, lambda _raw, _site, _connection: told)

    assert {one["external_id"] for one in world.inquiries()} == {"b1", "n1"}
    assert TRACES[0] not in everything()
