"""Mango Office: the signature covers the very text, and the summary decides."""

from __future__ import annotations

import dataclasses
import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import parse_qsl, urlencode

import pytest
from contract import OneCallContract, Recorded, changed, form
from one_call import (
    RANG,
    answered,
    missed,
    recorded,
    ringing,
    talked,
)

from tracker.errors import NotAuthentic
from tracker.inquiries.events import CallStatus
from tracker.providers.telephony.mango import Mango
from tracker.providers.webhook import WebhookAnswer, WebhookRequest

KEY, SALT = "mk0testkey0000000000000000000001", "ms0testsalt000000000000000000002"
CALL, LOST = "MTIzNDU2Nzg5MDo0Nzg=", "MTIzNDU2Nzg5MDo0Nzk="
ADDED = datetime(2026, 3, 14, 9, 32, 40, tzinfo=UTC)
PATHS = {"call": "/events/call", "summary": "/events/summary", "record": "/events/record/added"}


class TestContract(OneCallContract):
    name = "telephony/mango"
    docs = "mango.md"
    settings = {"api_key": KEY, "api_salt": SALT}
    recorded = [
        Recorded("call-appeared.json", [ringing(CALL)]),
        Recorded("call-appeared-employee.json", [ringing(CALL, at=RANG)]),
        Recorded("call-connected.json", [answered(CALL, answered_by="101")]),
        Recorded("call-disconnected.json", []),
        Recorded("summary.json", [talked(CALL, answered_by="101")]),
        Recorded("summary-missed.json", [missed(LOST)]),
        Recorded("summary-outgoing.json", []),
        Recorded("record-added.json", [recorded(CALL, ADDED, recording_url="MToxMDAwMDAwMTozMDE6MTI6MA==")]),
    ]
    answered_call = ["call-appeared.json", "call-appeared-employee.json", "call-connected.json", "summary.json"]
    missed_call = ["summary-missed.json"]
    malformed = [
        (b"{", "json"),
        (b"[]", "json"),
        (b'{"call_state": "Appeared", "to": {"line_number": "74950000101"}}', "entry_id"),
        (b'{"call_state": "Appeared", "entry_id": "1", "to": {"line_number": "7"}, "timestamp": "x"}', "timestamp"),
        (b'{"to": "74950000101"}', "to"),
    ]
    unknown = [b"{}", b'{"call_state": "OnHold", "entry_id": "1", "to": {"line_number": "74950000101"}}']

    def signed(self, body: bytes) -> WebhookRequest:
        key, salt, text = self.settings["api_key"], self.settings["api_salt"], body.decode()
        sign = hashlib.sha256(f"{key}{text}{salt}".encode()).hexdigest()
        path = PATHS["call"]
        for kind in ("call_direction", "product_id"):
            if f'"{kind}"' in text:
                path = PATHS["summary" if kind == "call_direction" else "record"]
        return self.request(urlencode({"vpbx_api_key": key, "sign": sign, "json": text}).encode(), path=path)

    def unproven(self, request: WebhookRequest) -> WebhookRequest:
        return dataclasses.replace(request, body=form(request.body, sign=...))


def mango() -> Mango:
    return Mango({"api_key": KEY, "api_salt": SALT}, "RU", "Europe/Moscow")


def sent(body: bytes, path: str = "/events/call") -> WebhookRequest:
    return TestContract().request(body, path=path)


def test_signature_of_the_reference_is_accepted() -> None:
    text = (Path(__file__).parent / "mango" / "call-appeared.json").read_text().strip()
    sign = "1798efa57b2ec982fb65137f9b6b8392be8b26db043e1b066e22a1e567389b63"

    mango().verify(sent(urlencode({"vpbx_api_key": KEY, "sign": sign, "json": text}).encode()))


def test_json_written_anew_is_another_one() -> None:
    request = TestContract().signed((Path(__file__).parent / "mango" / "summary.json").read_bytes())
    text = json.loads(dict(parse_qsl(request.body.decode()))["json"])

    with pytest.raises(NotAuthentic):
        mango().verify(dataclasses.replace(request, body=form(request.body, json=json.dumps(text))))


def test_another_pbx_is_refused() -> None:
    request = TestContract().signed(b"{}")

    with pytest.raises(NotAuthentic):
        mango().verify(dataclasses.replace(request, body=form(request.body, vpbx_api_key="other")))


def test_test_of_the_address_is_answered_and_an_event_is_not_greeted() -> None:
    assert mango().greet(sent(b"", path="/ping")) == WebhookAnswer(200)
    assert mango().greet(sent(b"", path="/events/call")) is None


def test_voice_menu_that_answers_is_no_answer() -> None:
    body = changed(
        (Path(__file__).parent / "mango" / "call-appeared.json").read_bytes(), call_state="Connected", location=...
    )

    assert mango().parse(TestContract().signed(body)) == []


def test_technical_fault_is_told() -> None:
    body = changed((Path(__file__).parent / "mango" / "summary-missed.json").read_bytes(), disconnect_reason=5003)

    (event,) = mango().parse(TestContract().signed(body))

    assert event.status is CallStatus.FAILED
