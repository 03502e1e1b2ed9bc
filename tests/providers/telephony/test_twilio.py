"""Twilio: its own signature vectors, legs and recordings; no call instructions."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qsl

import pytest
from contract import OneCallContract, Recorded, form
from one_call import (
    ANSWERED_CALL,
    END,
    GAVE_UP,
    RANG,
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
from tracker.providers.telephony.twilio import Twilio
from tracker.providers.webhook import Headers, WebhookRequest

CALL, LOST = "CA00000000000000000000000000000001", "CA00000000000000000000000000000002"
LEG = "CA00000000000000000000000000000009"
PHONE = "+14155550123"


def glued(body: bytes) -> str:
    return "".join(name + value for name, value in sorted(set(parse_qsl(body.decode(), keep_blank_values=True))))


def signature(url: str, body: bytes, token: str, digest: Any = hashlib.sha1) -> str:
    return base64.b64encode(hmac.new(token.encode(), (url + glued(body)).encode(), digest).digest()).decode()


class TestContract(OneCallContract):
    name = "telephony/twilio"
    docs = "twilio.md"
    settings = {"auth_token": "twilio_auth_token_0001", "legs": "true"}
    recorded = [
        Recorded("ringing.txt", [ringing(CALL)]),
        Recorded("leg-ringing.txt", [ringing(CALL, RANG, caller=None, called=None, leg=LEG)]),
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
        Recorded("dial-done.txt", [ended(CALL, status=CallStatus.ANSWERED, talk_seconds=73)], END),
        Recorded("ended.txt", [ended(CALL, started_at=START)]),
        Recorded("recording.txt", [recorded(CALL)]),
        Recorded("ended-missed.txt", [ended(LOST, GAVE_UP, started_at=START)]),
    ]
    answered_call = [
        "ringing.txt",
        "leg-ringing.txt",
        "leg-answered.txt",
        "leg-ended.txt",
        "ended.txt",
        "recording.txt",
    ]
    missed_call = ["ended-missed.txt"]
    untold = {"answered_by": PHONE, "recording_url": RECORDING}
    untold_missed = {"talk_seconds": None}
    malformed = [
        (b"Direction=inbound&CallStatus=ringing", "CallSid"),
        (b"ParentCallSid=CA1&CallStatus=ringing", "CallSid"),
        (b"Direction=inbound&CallSid=CA1&CallStatus=completed&CallDuration=x", "CallDuration"),
        (b"Direction=inbound&CallSid=CA1&CallStatus=completed&Timestamp=now", "Timestamp"),
    ]
    unknown = [
        b"CallSid=CA1&Direction=outbound-api&CallStatus=ringing",
        b"CallSid=CA1&Direction=inbound&CallStatus=queued",
        b"CallSid=CA1&RecordingSid=RE1&RecordingStatus=absent",
        b"",
    ]

    def signed(self, body: bytes) -> WebhookRequest:
        made = self.request(body)
        headers = Headers({"X-Twilio-Signature": signature(made.url, body, self.settings["auth_token"])})
        return dataclasses.replace(made, headers=headers)


def twilio(token: str = "12345", shared_key: str = "", legs: str = "") -> Twilio:
    return Twilio({"auth_token": token, "shared_key": shared_key, "legs": legs}, "RU", "Europe/Moscow")


URL = "https://mycompany.com/myapp.php?foo=1&bar=2"
SDK = b"CallSid=CA1234567890ABCDE&Caller=%2B14158675309&Digits=1234&From=%2B14158675309&To=%2B18005551212"
OF_DOCS = form(SDK, Caller="+12349013030", From="+12349013030")
REPEATED = b"Sid=CA123&SidAccount=AC123&Digits=5678&Digits=1234&Digits=1234"
OURS = (
    b"CallSid=CA00000000000000000000000000000001&AccountSid=AC00000000000000000000000000000002&From=%2B79160000017"
    b"&To=%2B74950000101&CallStatus=ringing&Direction=inbound&ApiVersion=2010-04-01&CallerName="
)


def sent(url: str, body: bytes, sign: str, **headers: str) -> WebhookRequest:
    made = TestContract().request(body, X_Twilio_Signature=sign, **headers)
    return dataclasses.replace(made, url=url)


@pytest.mark.parametrize(
    ("token", "url", "body", "sign"),
    [
        ("12345", URL, SDK, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("12345", URL, SDK, "kvajT1Ptam85bY51eRf/AJRuM3w="),
        ("12345", URL.replace(".com", ".com:443"), SDK, "RSOYDt4T1cUTdK1PDd93/VVr8B8="),
        ("12345", URL, OF_DOCS, "0/KCTR6DLpKmkAf8muzZqo1nDgQ="),
        ("12345", URL, REPEATED, "IK+Dwps556ElfBT0I3Rgjkr1wJU="),
        (
            "twilio_auth_token_0001",
            "https://track.example.com/hooks/twilio/voice?site=7",
            OURS,
            "vAOkQkFIjH6YHA9HDbSpNsDht/Y=",
        ),
    ],
)
def test_published_signature_is_accepted(token: str, url: str, body: bytes, sign: str) -> None:
    twilio(token).verify(sent(url, body, sign))


SHA256 = "033hgUJA9M/hXIZsYjwkerEP/DBm35nEri5FhCYjA5s="
STRONG = "key=k1,algorithm=HMAC_SHA256"


def test_key_of_its_own_signs_with_sha256() -> None:
    request = sent(URL, SDK, SHA256, X_Twilio_Webhooks_Signature_Settings=STRONG)

    twilio("other", shared_key="12345").verify(request)


@pytest.mark.parametrize(
    ("settings", "sign", "said"),
    [
        ({"shared_key": "12345"}, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", ""),
        ({"shared_key": "12345"}, "RSOYDt4T1cUTdK1PDd93/VVr8B8=", "key=k1,algorithm=HMAC_SHA1"),
        ({"shared_key": ""}, SHA256, STRONG),
        ({"shared_key": "12345"}, SHA256, "key=k1,algorithm=HMAC_MD5"),
    ],
)
def test_header_cannot_choose_another_algorithm(settings: dict[str, str], sign: str, said: str) -> None:
    headers = {"X_Twilio_Webhooks_Signature_Settings": said} if said else {}

    with pytest.raises(NotAuthentic):
        twilio(**settings).verify(sent(URL, SDK, sign, **headers))


def test_json_body_is_signed_by_its_hash_in_the_address() -> None:
    body = b'{"a": 1}'
    url = f"https://x.example.com/?bodySHA256={hashlib.sha256(body).hexdigest()}"
    sign = signature(url, b"", "12345")

    twilio().verify(sent(url, body, sign))
    with pytest.raises(NotAuthentic):
        twilio().verify(sent(url, body + b" ", sign))


def test_parameters_of_a_get_are_signed_as_part_of_the_address() -> None:
    sign = signature(URL, b"", "12345")

    twilio().verify(dataclasses.replace(sent(URL, b"", sign), method="GET"))


def test_without_legs_a_completed_call_counts_as_answered() -> None:
    contract = TestContract()

    (event,) = twilio().parse(contract.signed(contract.payload("ended.txt")))

    assert event == ended(CALL, started_at=START, status=CallStatus.ANSWERED, talk_seconds=85)


def test_second_phone_answers_where_the_first_did_not() -> None:
    contract, provider = TestContract(), twilio(legs="true")
    first = {"CallSid": "CA1", "To": "+14155550124", "CallStatus": "no-answer", "CallDuration": "0"}
    bodies = [contract.payload(file) for file in contract.answered_call]
    bodies.append(form(contract.payload("leg-ended.txt"), **first, Timestamp="Sat, 14 Mar 2026 09:30:12 +0000"))

    events = [event for body in bodies for event in provider.parse(contract.signed(body))]

    assert fold(events) == fold(events[::-1])
    assert fold(events) == dataclasses.replace(ANSWERED_CALL, answered_by=PHONE, recording_url=RECORDING)


def test_caller_who_hides_is_anonymous() -> None:
    contract = TestContract()

    (event,) = twilio().parse(contract.signed(form(contract.payload("ringing.txt"), From="+266696687")))

    assert event.caller == "anonymous"


def test_answer_is_empty_twiml() -> None:
    answer = twilio().answer([])

    assert answer.content_type.startswith("text/xml")
    assert answer.body.endswith("<Response/>")
