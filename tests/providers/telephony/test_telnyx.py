"""Telnyx: Ed25519, fresh messages only, a bridge is the answer."""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime, timedelta

import pytest
from contract import OneCallContract, Recorded
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from one_call import (
    GAVE_UP,
    RECORDING,
    START,
    answered,
    ended,
    recorded,
    ringing,
)

from tracker.errors import InvalidInput, NotAuthentic
from tracker.inquiries.events import CallStatus
from tracker.providers.settings import read_settings
from tracker.providers.telephony.telnyx import Telnyx
from tracker.providers.webhook import WebhookRequest

CALL, LOST = "22222222-0000-4000-8000-000000000001", "22222222-0000-4000-8000-000000000002"
SEED = bytes(range(32))


class TestContract(OneCallContract):
    name = "telephony/telnyx"
    docs = "telnyx.md"
    settings = {"public_key": "A6EHv/POEL4dcN0Y50vAmWfk1jCbpQ1fHdyGZBJVMbg="}
    stale_after = timedelta(seconds=301)
    recorded = [
        Recorded("initiated.json", [ringing(CALL)]),
        Recorded("answered.json", []),
        Recorded("bridged.json", [answered(CALL)]),
        Recorded("hangup.json", [ended(CALL, started_at=START)]),
        Recorded("recording.json", [recorded(CALL, datetime(2026, 3, 14, 9, 32, tzinfo=UTC))]),
        Recorded("hangup-missed.json", [ended(LOST, GAVE_UP, started_at=START)]),
        Recorded("outgoing.json", []),
    ]
    answered_call = ["initiated.json", "answered.json", "bridged.json", "hangup.json", "recording.json"]
    missed_call = ["hangup-missed.json"]
    untold = {"answered_by": None, "recording_url": RECORDING}
    untold_missed = {"talk_seconds": None}
    malformed = [
        (b"{", "body"),
        (b'{"data":{"event_type":"call.initiated"}}', "data.payload.call_session_id"),
        (b'{"data":{"event_type":"call.initiated","payload":[]}}', "data.payload"),
        (
            b'{"data":{"event_type":"call.initiated","occurred_at":"now","payload":{"call_session_id":"1"}}}',
            "data.occurred_at",
        ),
    ]
    unknown = [b"{}", b'{"data":{"event_type":"call.transcription","payload":{}}}']

    def signed(self, body: bytes) -> WebhookRequest:
        seed = SEED if self.settings == TestContract.settings else SEED[::-1]
        at = str(int(self.received_at.timestamp()))
        proof = Ed25519PrivateKey.from_private_bytes(seed).sign(at.encode() + b"|" + body)
        return self.request(body, telnyx_signature_ed25519=base64.b64encode(proof).decode(), telnyx_timestamp=at)


BODY = b'{"data":{"event_type":"call.initiated","id":"6f1c2d3e-0000-4000-8000-000000000001"}}'
PROOF = "ZyIMMhWurIq9o9QCVc+zWLseu/e175nem5ZFVUd1vx9hngblJaFLuBgahvHGAzdbVEBx7+wlmH66c+8iQlsTDA=="


def telnyx() -> Telnyx:
    return Telnyx(TestContract.settings | {"api_key": ""}, "RU", "Europe/Moscow")


def sent(body: bytes = BODY, proof: str = PROOF, at: str = "1773480605") -> WebhookRequest:
    return TestContract().request(body, telnyx_signature_ed25519=proof, telnyx_timestamp=at)


def test_signature_of_the_reference_is_accepted() -> None:
    telnyx().verify(sent())


@pytest.mark.parametrize(
    "request_",
    [
        sent(body=BODY + b" "),
        sent(proof=""),
        sent(proof="%%"),
        sent(proof="AAAA"),
        sent(at=""),
        sent(at="now"),
        sent(at="1773480606"),
        sent(at="9" * 400),
    ],
)
def test_anything_else_is_refused(request_: WebhookRequest) -> None:
    with pytest.raises(NotAuthentic):
        telnyx().verify(request_)


@pytest.mark.parametrize("key", ["abc", "AAAA", "ключ"])
def test_what_is_no_public_key_is_refused_when_it_is_set(key: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_settings(Telnyx.SETTINGS, {"public_key": key})

    assert caught.value.field == "settings.public_key"


def test_hang_up_of_the_called_phone_is_not_the_end_of_the_call() -> None:
    contract = TestContract()
    data = json.loads(contract.payload("hangup.json"))
    for name in ("direction", "from", "to"):
        del data["data"]["payload"][name]
    data["data"]["payload"]["call_leg_id"] = "other"

    (event,) = telnyx().parse(contract.signed(json.dumps(data).encode()))

    assert (event.leg, event.caller, event.called, event.status) == ("other", None, None, None)


@pytest.mark.parametrize(
    ("key", "public", "expected"),
    [
        ("", {}, RECORDING),
        ("KEY", {}, "rec-1"),
        ("KEY", {"mp3": "https://lasting.example/1"}, "https://lasting.example/1"),
    ],
)
def test_recording_is_named_by_what_lasts(key: str, public: dict[str, str], expected: str) -> None:
    contract = TestContract()
    data = json.loads(contract.payload("recording.json"))
    data["data"]["payload"] |= {"recording_id": "rec-1", "public_recording_urls": public}
    provider = Telnyx(TestContract.settings | {"api_key": key}, "RU", "Europe/Moscow")

    (event,) = provider.parse(contract.signed(json.dumps(data).encode()))

    assert event.recording_url == expected


def test_busy_caller_is_told() -> None:
    contract = TestContract()
    body = contract.payload("hangup-missed.json").replace(b"originator_cancel", b"user_busy")

    assert telnyx().parse(contract.signed(body))[0].status is CallStatus.BUSY
