"""Vonage: a fresh HS256 token over the very body."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from contract import OneCallContract, Recorded
from one_call import (
    ANSWERED_CALL,
    GAVE_UP,
    RECORDING,
    START,
    answered,
    ended,
    recorded,
    ringing,
)

from tracker.errors import NotAuthentic
from tracker.inquiries.calls import fold
from tracker.inquiries.events import CallStatus
from tracker.providers.telephony.vonage import Vonage
from tracker.providers.webhook import WebhookRequest

CALL, LOST = "CON-aaaaaaaa-bbbb-cccc-dddd-0123456789a1", "CON-aaaaaaaa-bbbb-cccc-dddd-0123456789a2"
LEG = "aaaaaaaa-bbbb-cccc-dddd-0123456789ac"


def encoded(value: bytes) -> str:
    return base64.urlsafe_b64encode(value).rstrip(b"=").decode()


def token(body: bytes, secret: str, at: datetime, **changes: Any) -> str:
    header = {"alg": "HS256", "typ": "JWT", **changes.pop("header", {})}
    claims = {"iat": int(at.timestamp()), "jti": "1", "payload_hash": hashlib.sha256(body).hexdigest(), **changes}
    head = f"{encoded(json.dumps(header).encode())}.{encoded(json.dumps(claims).encode())}"
    return f"{head}.{encoded(hmac.new(secret.encode(), head.encode(), hashlib.sha256).digest())}"


class TestContract(OneCallContract):
    name = "telephony/vonage"
    docs = "vonage.md"
    settings = {"signature_secret": "vonage-signature-secret-0001", "legs": "true"}
    stale_after = timedelta(seconds=301)
    recorded = [
        Recorded("started.json", [ringing(CALL)]),
        Recorded("leg-answered.json", [answered(CALL, caller=None, called=None, answered_by="101", leg=LEG)]),
        Recorded(
            "leg-completed.json",
            [
                ended(
                    CALL,
                    caller=None,
                    called=None,
                    status=CallStatus.ANSWERED,
                    answered_by="101",
                    talk_seconds=73,
                    leg=LEG,
                )
            ],
        ),
        Recorded("completed.json", [ended(CALL)]),
        Recorded("record.json", [recorded(CALL, datetime(2026, 3, 14, 9, 31, 31, tzinfo=UTC))]),
        Recorded("started-missed.json", [ringing(LOST)]),
        Recorded("unanswered.json", [ended(LOST, GAVE_UP, status=CallStatus.MISSED, talk_seconds=0)]),
    ]
    answered_call = ["started.json", "leg-answered.json", "leg-completed.json", "completed.json", "record.json"]
    missed_call = ["started-missed.json", "unanswered.json"]
    untold = {"recording_url": RECORDING}
    malformed = [
        (b"{", "body"),
        (b'{"status":"started","direction":"inbound"}', "conversation_uuid"),
        (b'{"status":"answered","direction":"outbound","conversation_uuid":"1"}', "uuid"),
        (b'{"status":"started","conversation_uuid":"1","timestamp":"now"}', "timestamp"),
    ]
    unknown = [b"{}", b'{"status":"machine","conversation_uuid":"1"}']

    def signed(self, body: bytes) -> WebhookRequest:
        made = token(body, self.settings["signature_secret"], self.received_at)
        return self.request(body, Authorization=f"Bearer {made}")


BODY = b'{"status":"answered","uuid":"aaaaaaaa-bbbb-cccc-dddd-0123456789ab"}'
REFERENCE = (
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJpYXQiOjE3NzM0ODA2MDUsImp0aSI6ImM1YmE4ZjI0LTFhMTQtNGMxMC1iZmRmLTNmYmU4Y2"
    "U1MTFiNSIsImlzcyI6IlZvbmFnZSIsInBheWxvYWRfaGFzaCI6IjNiOThjOTA3MmE4NzQ5MGU4NTE4YmQ2ZDJjYzVhNWJlY2RmZmY2Mjc3ODRj"
    "N2YzYjBhYzliNDhiMDk1YmZkMzciLCJhcGlfa2V5IjoiYWJjZDEyMzQiLCJhcHBsaWNhdGlvbl9pZCI6ImFhYWFhYWFhLWJiYmItY2NjYy1kZG"
    "RkLTAxMjM0NTY3ODlhYyJ9.6pipIZUfb-78GbF_quUhvkRtaLE6tck4t7PYdkpY32w"
)
SECRET = "vonage-signature-secret-0001"


def vonage(legs: str = "") -> Vonage:
    return Vonage({"signature_secret": SECRET, "legs": legs}, "RU", "Europe/Moscow")


def sent(made: str, body: bytes = BODY) -> WebhookRequest:
    return TestContract().request(body, Authorization=f"Bearer {made}")


def test_token_of_the_reference_is_accepted() -> None:
    vonage().verify(sent(REFERENCE))


@pytest.mark.parametrize(
    "made",
    [
        "",
        "a.b.c",
        REFERENCE[:-4],
        token(BODY, "other", START),
        token(BODY, SECRET, START, header={"alg": "none"}),
        token(BODY, SECRET, START, header={"alg": "HS512"}),
        token(BODY + b" ", SECRET, START),
        token(BODY, SECRET, START, payload_hash=None),
        token(BODY, SECRET, START, iat=None),
        token(BODY, SECRET, START - timedelta(minutes=6)),
        token(BODY, SECRET, START + timedelta(minutes=6)),
    ],
)
def test_any_other_token_is_refused(made: str) -> None:
    with pytest.raises(NotAuthentic):
        vonage().verify(sent(made))


def test_body_of_another_message_is_refused() -> None:
    with pytest.raises(NotAuthentic):
        vonage().verify(sent(REFERENCE, BODY.replace(b"answered", b"rejected")))


def test_token_that_covers_no_body_is_refused() -> None:
    request = dataclasses.replace(sent(token(b"", SECRET, START), b""), query=(("status", "completed"),))

    with pytest.raises(NotAuthentic, match="no body"):
        vonage().verify(request)


def test_without_legs_the_callers_own_leg_tells_everything() -> None:
    contract = TestContract()
    messages = [contract.payload(file) for file in contract.answered_call]

    events = [event for body in messages for event in vonage().parse(contract.signed(body))]

    assert all(event.leg is None for event in events)
    assert dataclasses.replace(fold(events), ring_seconds=None) == dataclasses.replace(
        ANSWERED_CALL, answered_by=None, ring_seconds=None, recording_url=RECORDING
    )
