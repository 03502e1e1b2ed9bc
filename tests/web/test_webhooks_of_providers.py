"""Providers with manners of their own come through the same door: greetings, paths behind the address, signatures."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from pathlib import Path
from urllib.parse import urlencode

import pytest
from sqlalchemy import select
from world import EXAMPLE, World

from tracker import flow
from tracker.extensions import db
from tracker.inquiries.models import Inquiry, RawMessage, RawStatus
from tracker.providers.interpretation import Interpreter, request_of

PAYLOADS = Path(__file__).parents[1] / "providers" / "telephony"
CONNECTIONS = """
      - {key: zadarma, provider: telephony/zadarma, settings: {api_secret: "s3cr3t-zd"}}
      - {key: mango, provider: telephony/mango, settings: {api_key: "key", api_salt: "salt"}}
      - {key: sipuni, provider: telephony/sipuni, settings: {secret: "sipuni-secret"}}
      - {key: twilio, provider: telephony/twilio, settings: {auth_token: "token"}}
      - {key: telphin, provider: telephony/mapped, settings: {preset: telphin, secret: "telphin-secret"}}
"""


@pytest.fixture
def calls(world: World) -> World:
    return world.apply(EXAMPLE.rstrip() + CONNECTIONS)


def raw(world: World) -> list[RawMessage]:
    db.session.rollback()
    return list(db.session.scalars(select(RawMessage).order_by(RawMessage.id)))


def test_echo_is_answered_and_nothing_is_kept(calls: World) -> None:
    answer = calls.client.get("/hooks/telephony/zadarma/zadarma?zd_echo=abc123")

    assert (answer.status_code, answer.text, answer.mimetype) == (200, "abc123", "text/plain")
    assert raw(calls) == []


def test_greeting_of_nobody_is_not_answered(calls: World) -> None:
    assert calls.client.get("/hooks/telephony/zadarma/none?zd_echo=abc").status_code == 404
    assert calls.client.get("/hooks/telephony/zadarma/zadarma?zd_echo=%3Cb%3E").status_code == 403


def test_path_behind_the_address_tells_what_it_is_about(calls: World) -> None:
    for path, file in (("/events/call", "call-appeared.json"), ("/events/summary", "summary.json")):
        text = (PAYLOADS / "mango" / file).read_text().strip()
        sign = hashlib.sha256(f"key{text}salt".encode()).hexdigest()
        form = {"vpbx_api_key": "key", "sign": sign, "json": text}

        assert calls.client.post(f"/hooks/telephony/mango/mango{path}", data=form).status_code == 200

    (inquiry,) = db.session.scalars(select(Inquiry))
    assert (inquiry.status, inquiry.talk_seconds, inquiry.answered_by) == ("answered", 73, "101")
    assert [message.status for message in raw(calls)] == [RawStatus.UNDERSTOOD] * 2


def test_message_that_is_not_understood_is_kept_and_answered_as_usual(calls: World) -> None:
    answer = calls.client.post("/hooks/telephony/sipuni/sipuni?secret=sipuni-secret", data={"event": "1"})

    assert (answer.status_code, answer.get_json()) == (200, {"success": True})
    (message,) = raw(calls)
    assert (message.status, message.error) == (RawStatus.MALFORMED, "call_id: call_id is required")


def test_secret_in_the_address_is_not_kept(calls: World) -> None:
    query = (PAYLOADS / "sipuni" / "started.txt").read_text().strip()

    assert calls.client.get(f"/hooks/telephony/sipuni/sipuni?{query}&secret=sipuni-secret").status_code == 200

    (message,) = raw(calls)
    assert "sipuni-secret" not in json.dumps(message.request)
    assert request_of(message).query[0] == ("event", "1")


def test_wrong_secret_in_the_address_is_403(calls: World) -> None:
    assert calls.client.post("/hooks/telephony/sipuni/sipuni?secret=other", data={"event": "1"}).status_code == 403
    assert raw(calls) == []


def test_signature_covers_the_address_as_it_was_written(calls: World) -> None:
    body = {"CallSid": "CA1", "Direction": "inbound", "CallStatus": "ringing", "From": "+79161234567"}
    for query in ("", "?a=1%20b&c=%2B"):
        url = f"http://localhost/hooks/telephony/twilio/twilio{query}"
        text = url + "".join(name + value for name, value in sorted(body.items()))
        sign = base64.b64encode(hmac.new(b"token", text.encode(), hashlib.sha1).digest()).decode()
        path = url.removeprefix("http://localhost")

        answer = calls.client.post(
            path, data=body, headers={"X-Twilio-Signature": sign}, environ_overrides={"RAW_URI": path}
        )

        assert (answer.status_code, answer.mimetype) == (200, "text/xml"), query


def test_call_by_a_preset_finds_the_visitor(calls: World) -> None:
    browser = calls.browser()
    number = browser.open()["numbers"][0]["number"]
    form = {
        "EventType": "dial-in",
        "CallID": "t-1",
        "CallerIDNum": "79160000017",
        "CalledDID": number,
        "CallFlow": "in",
    }

    answer = calls.client.post("/hooks/telephony/mapped/telphin?" + urlencode({"secret": "telphin-secret"}), data=form)

    assert (answer.status_code, answer.text) == (200, "")
    (inquiry,) = calls.inquiries()
    assert inquiry["attribution"]["visitor"] == browser.visitor


def test_secret_in_a_body_is_not_kept_and_replay_works(world: World) -> None:
    lines = """
      - {key: megafon, provider: telephony/megafon, settings: {crm_token: "megafon-key"}}
      - {key: uis, provider: telephony/uis, settings: {secret: "uis-secret"}}
"""
    world.apply(EXAMPLE.rstrip() + lines)
    form = (PAYLOADS / "megafon" / "history.txt").read_text().strip().replace("KEY", "megafon-key")
    template = (PAYLOADS / "uis" / "end.json").read_text().strip()
    said = json.loads(template) | {"key": "uis-secret"}
    sent = {"Content-Type": "application/x-www-form-urlencoded"}

    assert world.client.post("/hooks/telephony/megafon/megafon", data=form, headers=sent).status_code == 200
    assert world.client.post("/hooks/telephony/uis/uis", json=said).status_code == 200

    kept = raw(world)
    assert all(b"***" in one.body and b"megafon-key" not in one.body for one in kept)
    assert b"uis-secret" not in kept[1].body
    before = {one["external_id"]: one["status"] for one in world.inquiries()}
    for one in raw(world):
        flow.interpret(world.services, one.id, Interpreter(db.session(), world.services.config.secret_key).read)
    assert {one["external_id"]: one["status"] for one in world.inquiries()} == before
    assert {one.status for one in raw(world)} == {RawStatus.UNDERSTOOD}


def test_call_instructions_are_given_to_those_who_ask(world: World) -> None:
    settings = 'auth_token: "token", forward_to: "+14155550123", fallback_url: "https://fallback.example/x"'
    world.apply(EXAMPLE.rstrip() + f"\n      - {{key: calls, provider: telephony/twilio, settings: {{{settings}}}}}\n")
    path = "/hooks/telephony/twilio/calls/voice"
    form = {"CallSid": "CA1", "CallStatus": "ringing", "Direction": "inbound", "From": "+79160000017"}
    signed = f"http://localhost{path}" + "".join(name + form[name] for name in sorted(form))
    sign = base64.b64encode(hmac.new(b"token", signed.encode(), hashlib.sha1).digest()).decode()

    answer = world.client.post(path, data=form, headers={"X-Twilio-Signature": sign})
    forged = world.client.post(path, data=form, headers={"X-Twilio-Signature": "x"})

    assert (answer.status_code, forged.status_code) == (200, 403)
    assert ">+14155550123</Number></Dial>" in answer.text
    assert [call["status"] for call in world.inquiries()] == ["ringing"]
