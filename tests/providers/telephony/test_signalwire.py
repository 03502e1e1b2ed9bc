"""SignalWire: Twilio's words, a signing key of the project."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qsl

import pytest
from contract import OneCallContract, Recorded
from one_call import (
    GAVE_UP,
    RECORDING,
    START,
    answered,
    ended,
    recorded,
    ringing,
)

from tracker.errors import NotAuthentic
from tracker.inquiries.events import CallStatus
from tracker.providers.telephony.signalwire import SignalWire
from tracker.providers.webhook import Headers, WebhookRequest

CALL, LOST = "CA00000000000000000000000000000001", "CA00000000000000000000000000000002"
LEG = "CA00000000000000000000000000000009"
PHONE = "+14155550123"


def glued(body: bytes) -> str:
    return "".join(name + value for name, value in sorted(set(parse_qsl(body.decode(), keep_blank_values=True))))


def signature(url: str, body: bytes, token: str, digest: Any = hashlib.sha1) -> str:
    return base64.b64encode(hmac.new(token.encode(), (url + glued(body)).encode(), digest).digest()).decode()


class TestContract(OneCallContract):
    name = "telephony/signalwire"
    docs = "signalwire.md"
    settings = {"signing_key": "PSKtest_0001", "legs": "true"}
    recorded = [
        Recorded("ringing.txt", [ringing(CALL)]),
        Recorded("leg-answered.txt", [answered(CALL, caller=None, called=None, answered_by=PHONE, leg=LEG)]),
        Recorded(
            "leg-ended.txt",
            [
                ended(
                    CALL,
                    caller=None,
                    called=None,
                    status=CallStatus.ANSWERED,
                    answered_by=PHONE,
                    talk_seconds=73,
                    leg=LEG,
                )
            ],
        ),
        Recorded("ended.txt", [ended(CALL, started_at=START)]),
        Recorded("recording.txt", [recorded(CALL)]),
        Recorded("ended-missed.txt", [ended(LOST, GAVE_UP, started_at=START)]),
    ]
    answered_call = ["ringing.txt", "leg-answered.txt", "leg-ended.txt", "ended.txt", "recording.txt"]
    missed_call = ["ended-missed.txt"]
    untold = {"answered_by": PHONE, "recording_url": RECORDING}
    untold_missed = {"talk_seconds": None}
    malformed = [(b"Direction=inbound&CallStatus=ringing", "CallSid")]
    unknown = [b"CallSid=1&Direction=outbound-api&CallStatus=ringing"]

    def signed(self, body: bytes) -> WebhookRequest:
        made = self.request(body)
        headers = Headers({"X-SignalWire-Signature": signature(made.url, body, self.settings["signing_key"])})
        return dataclasses.replace(made, headers=headers)


def test_signature_of_json_is_that_of_the_reference() -> None:
    provider = SignalWire({"signing_key": "PSKtest_0001", "legs": ""}, "US", "UTC")
    request = TestContract().request(
        b'{"event_type":"calling.call.state"}', X_SignalWire_Signature="ff2f3372455ec59361c49e561ed05441597a9a22"
    )

    provider.verify(dataclasses.replace(request, url="https://track.example.com/hooks/sw"))
    with pytest.raises(NotAuthentic):
        provider.verify(dataclasses.replace(request, url="https://track.example.com/hooks/sx"))


def test_header_of_twilio_is_taken_as_well() -> None:
    made = TestContract().request(b"CallSid=1")
    headers = Headers({"X-Twilio-Signature": signature(made.url, made.body, "PSKtest_0001")})

    SignalWire({"signing_key": "PSKtest_0001", "legs": ""}, "US", "UTC").verify(
        dataclasses.replace(made, headers=headers)
    )
