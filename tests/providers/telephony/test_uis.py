"""UIS, CoMagic: our own templates come back, also when one of their variables breaks them."""

from __future__ import annotations

import dataclasses
import json
from datetime import UTC, datetime, timedelta

import pytest
from contract import OneCallContract, Recorded, changed
from one_call import (
    ANSWER,
    CALLED,
    END,
    RECORDING,
    START,
    answered,
    missed,
    recorded,
    ringing,
    talked,
)

from tracker.errors import NotAuthentic
from tracker.providers.telephony.uis import Uis
from tracker.providers.webhook import WebhookRequest


def after(milliseconds: int, at: datetime) -> datetime:
    return at + timedelta(milliseconds=milliseconds)


class TestContract(OneCallContract):
    name = "telephony/uis"
    docs = "uis.md"
    settings = {"secret": "SECRET"}
    recorded = [
        Recorded("in.json", [ringing("5551110001", after(120, START))]),
        Recorded("talk.json", [answered("5551110001", after(300, ANSWER), answered_by="Operator One")]),
        Recorded(
            "end.json",
            [talked("5551110001", after(400, END), started_at=after(400, START), answered_by="Operator One")],
        ),
        Recorded(
            "rec.json",
            [recorded("5551110001", datetime(2026, 3, 14, 9, 35, tzinfo=UTC), called=CALLED)],
        ),
        Recorded("lost.json", [missed("5551110002", started_at=None)]),
        Recorded("end-lost.json", [missed("5551110002")]),
        Recorded("in-broken.json", [ringing("5551110003")]),
        Recorded("end-out.json", []),
    ]
    answered_call = ["in.json", "talk.json", "end.json", "rec.json"]
    missed_call = ["lost.json", "end-lost.json"]
    untold = {
        "started_at": after(400, START),
        "answered_by": "Operator One",
        "recording_url": RECORDING,
    }
    malformed = [
        (b'{"key":"SECRET","event":"in"}', "sid"),
        (b'{"key":"SECRET","event":"in","sid":1,"time":"soon"}', "time"),
        (b'{"key":"SECRET","event":"end","sid":1,"talk":"long"}', "talk"),
        (b"{]", "body"),
    ]
    unknown = [b'{"key":"SECRET","event":"chat","sid":1}', b'{"key":"SECRET"}']

    def signed(self, body: bytes) -> WebhookRequest:
        return self.request(body.replace(b'"SECRET"', json.dumps(self.settings["secret"]).encode()))

    def unproven(self, request: WebhookRequest) -> WebhookRequest:
        return dataclasses.replace(request, body=changed(request.body, key=...))


def uis() -> Uis:
    return Uis({"secret": "SECRET"}, "RU", "Europe/Moscow")


def test_secret_in_the_address_will_do() -> None:
    uis().verify(TestContract().request(b"{}", "secret=SECRET"))


@pytest.mark.parametrize("key", [b"null", b"true", b'["SECRET"]', b'""'])
def test_key_that_is_no_text_is_refused(key: bytes) -> None:
    with pytest.raises(NotAuthentic):
        uis().verify(TestContract().request(b'{"key":' + key + b"}"))


def test_connection_without_a_secret_accepts_nothing() -> None:
    with pytest.raises(NotAuthentic):
        Uis({"secret": ""}, "RU", "UTC").verify(TestContract().request(b'{"key":""}'))


def test_names_of_the_vendor_are_understood() -> None:
    body = {
        "event": "end",
        "call_session_id": 7,
        "virtual_phone_number": "74950000101",
        "contact_info": {"contact_phone_number": "79160000017"},
        "call_info": {"talk_time_duration": 73, "total_time_duration": 85, "direction": "in", "wait_time_duration": 12},
        "notification_time": "2026-03-14 12:31:30",
    }

    assert uis().parse(TestContract().request(json.dumps(body).encode())) == [talked("7")]


def test_notification_by_query_is_read() -> None:
    request = TestContract().request(b"", "event=in&sid=8&did=74950000101&caller=79160000017&time=2026-03-14+12:30:05")

    assert uis().parse(request) == [ringing("8")]
