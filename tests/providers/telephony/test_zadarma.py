"""Zadarma: the signature is base64 of hex, the address is checked by an echo."""

from __future__ import annotations

import base64
import hashlib
import hmac
from urllib.parse import parse_qsl

import pytest
from contract import OneCallContract, Recorded, form
from one_call import (
    ANSWER,
    START,
    answered,
    missed,
    recorded,
    ringing,
    talked,
)

from tracker.errors import NotAuthentic
from tracker.inquiries.events import CallStatus
from tracker.providers.telephony.zadarma import Zadarma
from tracker.providers.webhook import WebhookAnswer, WebhookRequest

CALL, LOST = "in_0a1b2c3d4e5f6071", "in_0a1b2c3d4e5f6072"
SIGNED = {
    "NOTIFY_ANSWER": ("caller_id", "destination", "call_start"),
    "NOTIFY_OUT_START": ("internal", "destination", "call_start"),
    "NOTIFY_RECORD": ("pbx_call_id", "call_id_with_rec"),
}


def signature(body: bytes, secret: str) -> str:
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    names = SIGNED.get(fields.get("event", ""), ("caller_id", "called_did", "call_start"))
    text = "".join(fields.get(name, "") for name in names)
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha1).hexdigest()
    return base64.b64encode(digest.encode()).decode()


class TestContract(OneCallContract):
    name = "telephony/zadarma"
    docs = "zadarma.md"
    settings = {"api_secret": "s3cr3t-zd", "api_key": "user"}
    recorded = [
        Recorded("start.txt", [ringing(CALL)]),
        Recorded("internal.txt", [ringing(CALL)]),
        Recorded("answer.txt", [answered(CALL, called=None, started_at=START, answered_by="101")], ANSWER),
        Recorded(
            "end.txt",
            [talked(CALL, answered_by="101", ring_seconds=None, talk_seconds=None)],
        ),
        Recorded("end-missed.txt", [missed(LOST)]),
        Recorded("record.txt", [recorded(CALL, recording_url="1710400205.4455")]),
        Recorded("out-start.txt", []),
    ]
    answered_call = ["start.txt", "internal.txt", "answer.txt", "end.txt"]
    missed_call = ["end-missed.txt"]
    malformed = [
        (b"event=NOTIFY_START", "pbx_call_id"),
        (b"event=NOTIFY_START&pbx_call_id=1&call_start=soon", "call_start"),
        (b"event=NOTIFY_END&pbx_call_id=1&duration=long", "duration"),
        (b"event=NOTIFY_END&pbx_call_id=" + b"1" * 201, "pbx_call_id"),
    ]
    unknown = [b"event=NOTIFY_OUT_START&pbx_call_id=1&internal=101&destination=2"]

    def signed(self, body: bytes) -> WebhookRequest:
        return self.request(body, Signature=signature(body, self.settings["api_secret"]))


def zadarma() -> Zadarma:
    return Zadarma({"api_secret": "s3cr3t-zd", "api_key": ""}, "RU", "Europe/Moscow")


def test_recording_that_cannot_be_asked_for_is_not_told() -> None:
    contract = TestContract()

    assert zadarma().parse(contract.signed(contract.payload("record.txt"))) == []


@pytest.mark.parametrize(
    ("file", "sign"),
    [
        ("start.txt", "MTlhYTYzZjk2NmQ4ZGQzODg1ZjJhMDkwNzMwYjEzOTIyOTM1NDZlNQ=="),
        ("end.txt", "MTlhYTYzZjk2NmQ4ZGQzODg1ZjJhMDkwNzMwYjEzOTIyOTM1NDZlNQ=="),
        ("record.txt", "M2Q2NDM4NjVlMTg0M2YyZDU1MDNlMDQyNmUzNTM2YjNjZTY4OGMzMw=="),
    ],
)
def test_signature_of_the_reference_is_accepted(file: str, sign: str) -> None:
    contract = TestContract()

    zadarma().verify(contract.request(contract.payload(file), Signature=sign))


@pytest.mark.parametrize("body", [b"", b"event=SPEECH_RECOGNITION", b"event=NOTIFY_X&caller_id=1"])
def test_event_without_a_known_signature_is_refused(body: bytes) -> None:
    with pytest.raises(NotAuthentic):
        zadarma().verify(TestContract().request(body, Signature=signature(b"", "s3cr3t-zd")))


def test_echo_is_answered_as_plain_text() -> None:
    assert zadarma().greet(TestContract().request(b"", "zd_echo=a1B2.3")) == WebhookAnswer(200, "a1B2.3")


@pytest.mark.parametrize("query", ["", "zd_echo=", "zd_echo=%3Cscript%3E", "zd_echo=" + "a" * 129])
def test_what_is_no_echo_is_no_greeting(query: str) -> None:
    assert zadarma().greet(TestContract().request(b"", query)) is None


@pytest.mark.parametrize(
    ("said", "status"),
    [("busy", CallStatus.BUSY), ("no answer", CallStatus.MISSED), ("no money, no limit", CallStatus.FAILED)],
)
def test_disposition_tells_the_outcome(said: str, status: CallStatus) -> None:
    contract = TestContract()

    (event,) = zadarma().parse(contract.signed(form(contract.payload("end-missed.txt"), disposition=said)))

    assert event.status is status
