"""Plivo: the V3 signature of its SDK; its times are UTC."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
from urllib.parse import parse_qsl

import pytest
from contract import OneCallContract, Recorded
from one_call import (
    ANSWER,
    RECORDING,
    answered,
    missed,
    recorded,
    ringing,
    talked,
)

from tracker.errors import NotAuthentic
from tracker.inquiries.calls import fold
from tracker.inquiries.events import CallStatus
from tracker.providers.telephony.plivo import Plivo
from tracker.providers.webhook import Headers, WebhookRequest

CALL, LOST = "4b2c1d00-aaaa-4bbb-8ccc-000000000001", "4b2c1d00-aaaa-4bbb-8ccc-000000000002"
LEG, NONCE, TOKEN = "4b2c1d00-aaaa-4bbb-8ccc-000000000009", "05429567804466091622", "plivo_auth_token_1"


def signature(url: str, body: bytes, token: str) -> str:
    glued = "".join(name + value for name, value in sorted(parse_qsl(body.decode(), keep_blank_values=True)))
    text = f"{url}?{glued}.{NONCE}" if glued else f"{url}.{NONCE}"
    return base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha256).digest()).decode()


class TestContract(OneCallContract):
    name = "telephony/plivo"
    docs = "plivo.md"
    settings = {"auth_token": TOKEN, "legs": ""}
    recorded = [
        Recorded("ringing.txt", [ringing(CALL)]),
        Recorded("dial-answered.txt", [answered(CALL, caller=None, called=None, answered_by="101", leg=LEG)], ANSWER),
        Recorded("hangup.txt", [talked(CALL)]),
        Recorded("record.txt", [recorded(CALL, ANSWER)]),
        Recorded("hangup-missed.txt", [missed(LOST)]),
    ]
    answered_call = ["ringing.txt", "dial-answered.txt", "hangup.txt", "record.txt"]
    missed_call = ["hangup-missed.txt"]
    untold = {"recording_url": RECORDING}
    malformed = [
        (b"Direction=inbound&CallStatus=ringing", "CallUUID"),
        (b"Direction=inbound&Event=Hangup&CallUUID=1&EndTime=later", "EndTime"),
        (b"DialBLegStatus=answer", "DialALegUUID"),
    ]
    unknown = [b"", b"Direction=outbound&CallStatus=ringing&CallUUID=1", b"DialBLegStatus=connected&CallUUID=1"]

    def signed(self, body: bytes) -> WebhookRequest:
        made = self.request(body)
        sign = signature(made.url, body, self.settings["auth_token"])
        headers = Headers({"X-Plivo-Signature-V3": sign, "X-Plivo-Signature-V3-Nonce": NONCE})
        return dataclasses.replace(made, headers=headers)


def plivo(legs: str = "") -> Plivo:
    return Plivo({"auth_token": TOKEN, "legs": legs}, "RU", "Europe/Moscow")


RINGING = (
    b"CallStatus=ringing&CallUUID=4b2c1d00-aaaa-4bbb-8ccc-000000000001&Direction=inbound&Event=StartApp"
    b"&From=79160000017&To=74950000101"
)
URL = "https://track.example.com/hooks/plivo"


@pytest.mark.parametrize(
    ("method", "url", "body", "sign"),
    [
        ("POST", f"{URL}?site=7", RINGING, "ruDG6H8z0OEHfXmxLPMRo96jo6OGCyGB5tLWbvyRVUE="),
        ("POST", URL, RINGING, "3t419rTFSR7LdSWHdIgKvmxVOj7HnpfdUhxliPF4oYM="),
        ("GET", f"{URL}?site=7&{RINGING.decode()}", b"", "oiLNKT0DWEasaXoOhR6xSWOb7gX7DxPF1YclHhi6CNA="),
    ],
)
@pytest.mark.parametrize("header", ["X-Plivo-Signature-V3", "X-Plivo-Signature-Ma-V3"])
def test_signature_of_the_reference_is_accepted(method: str, url: str, body: bytes, sign: str, header: str) -> None:
    headers = Headers({header: f"other, {sign}", "X-Plivo-Signature-V3-Nonce": NONCE})

    plivo().verify(dataclasses.replace(TestContract().request(body), method=method, url=url, headers=headers))


def test_signature_with_another_nonce_is_refused() -> None:
    made = TestContract().signed(RINGING)
    headers = Headers({**made.headers, "X-Plivo-Signature-V3-Nonce": "1"})

    with pytest.raises(NotAuthentic):
        plivo().verify(dataclasses.replace(made, headers=headers))


def test_where_legs_are_reported_the_robot_answers_no_call() -> None:
    contract = TestContract()

    events = [
        event
        for file in ("ringing.txt", "hangup.txt")
        for event in plivo(legs="true").parse(contract.signed(contract.payload(file)))
    ]

    assert fold(events).status is CallStatus.MISSED
