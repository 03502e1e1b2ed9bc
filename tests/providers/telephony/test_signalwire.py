"""SignalWire: Twilio's words, a signing key of the project."""

from __future__ import annotations

import dataclasses

import pytest
from twilio_calls import LISTENS, CallbackContract, signature

from tracker.errors import NotAuthentic
from tracker.providers.telephony.signalwire import SignalWire
from tracker.providers.webhook import Headers

SETTINGS = {"signing_key": "PSKtest_0001", "legs": "", **LISTENS}


class TestContract(CallbackContract):
    name = "telephony/signalwire"
    docs = "signalwire.md"
    settings = {"signing_key": "PSKtest_0001", "legs": "true"}
    header, key = "X-SignalWire-Signature", "signing_key"


def test_signature_of_json_is_that_of_the_reference() -> None:
    provider = SignalWire(SETTINGS, "US", "UTC")
    request = TestContract().request(
        b'{"event_type":"calling.call.state"}', X_SignalWire_Signature="ff2f3372455ec59361c49e561ed05441597a9a22"
    )

    provider.verify(dataclasses.replace(request, url="https://track.example.com/hooks/sw"))
    with pytest.raises(NotAuthentic):
        provider.verify(dataclasses.replace(request, url="https://track.example.com/hooks/sx"))


def test_header_of_twilio_is_taken_as_well() -> None:
    made = TestContract().request(b"CallSid=1")
    headers = Headers({"X-Twilio-Signature": signature(made.url, made.body, "PSKtest_0001")})

    SignalWire(SETTINGS, "US", "UTC").verify(dataclasses.replace(made, headers=headers))
