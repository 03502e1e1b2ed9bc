"""Novofon: both cabinets in one connection."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from urllib.parse import parse_qsl

import pytest
from contract import OneCallContract, Recorded
from one_call import (
    ANSWER,
    START,
    answered,
    missed,
    ringing,
    talked,
)

from tracker.errors import NotAuthentic
from tracker.providers.telephony.novofon import Novofon
from tracker.providers.webhook import WebhookAnswer, WebhookRequest

CALL = "in_0a1b2c3d4e5f6071"


def signature(body: bytes, secret: str) -> str:
    fields = dict(parse_qsl(body.decode(), keep_blank_values=True))
    second = "destination" if fields.get("event") == "NOTIFY_ANSWER" else "called_did"
    text = "".join(fields.get(name, "") for name in ("caller_id", second, "call_start"))
    digest = hmac.new(secret.encode(), text.encode(), hashlib.sha1).hexdigest()
    return base64.b64encode(digest.encode()).decode()


class TestContract(OneCallContract):
    name = "telephony/novofon"
    docs = "novofon.md"
    settings = {"api_secret": "s3cr3t-zd", "secret": "SECRET"}
    recorded = [
        Recorded("start.txt", [ringing(CALL)]),
        Recorded("answer.txt", [answered(CALL, called=None, started_at=START, answered_by="101")], ANSWER),
        Recorded("end.txt", [talked(CALL, answered_by="101", ring_seconds=None, talk_seconds=None)]),
        Recorded("lost.json", [missed("5551110002", started_at=None)]),
    ]
    answered_call = ["start.txt", "answer.txt", "end.txt"]
    missed_call = ["lost.json"]
    malformed = [(b"event=NOTIFY_START", "pbx_call_id"), (b'{"event":"in"}', "sid"), (b"{]", "body")]
    unknown = [b'{"event":"chat"}']

    def signed(self, body: bytes) -> WebhookRequest:
        if body[:1] == b"{":
            return self.request(body.replace(b'"SECRET"', json.dumps(self.settings["secret"]).encode()))
        return self.request(body, Signature=signature(body, self.settings["api_secret"]))


def novofon(**settings: str) -> Novofon:
    return Novofon({"api_secret": "", "api_key": "", "secret": "", **settings}, "RU", "Europe/Moscow")


def test_notification_of_the_new_cabinet_needs_its_key() -> None:
    contract = TestContract()
    request = contract.signed(contract.payload("lost.json"))

    novofon(secret="SECRET").verify(request)
    for wrong in (novofon(secret="other"), novofon(api_secret="SECRET")):
        with pytest.raises(NotAuthentic):
            wrong.verify(request)


def test_connection_of_the_new_cabinet_takes_no_event_of_the_old_one() -> None:
    contract = TestContract()

    with pytest.raises(NotAuthentic):
        novofon(secret="SECRET").verify(contract.signed(contract.payload("start.txt")))


def test_echo_is_answered() -> None:
    assert novofon().greet(TestContract().request(b"", "zd_echo=abc")) == WebhookAnswer(200, "abc")
