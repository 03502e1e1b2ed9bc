"""Twilio: its own signature vectors, legs and recordings; call instructions for those who want them."""

from __future__ import annotations

import dataclasses
import hashlib
import xml.etree.ElementTree as ElementTree

import pytest
from contract import Recorded, form
from one_call import ANSWERED_CALL, END, RANG, RECORDING, START, ended, ringing
from twilio_calls import CALL, LEG, LISTENS, PHONE, CallbackContract, signature

from tracker.errors import InvalidInput, NotAuthentic
from tracker.inquiries.calls import fold
from tracker.inquiries.events import CallStatus
from tracker.providers.settings import read_settings
from tracker.providers.telephony.twilio import Twilio
from tracker.providers.webhook import WebhookRequest


class TestContract(CallbackContract):
    name = "telephony/twilio"
    docs = "twilio.md"
    settings = {"auth_token": "twilio_auth_token_0001", "legs": "true"}
    header, key = "X-Twilio-Signature", "auth_token"
    recorded = [
        *CallbackContract.recorded,
        Recorded("leg-ringing.txt", [ringing(CALL, RANG, caller=None, called=None, leg=LEG)]),
        Recorded("dial-done.txt", [ended(CALL, status=CallStatus.ANSWERED, talk_seconds=73)], END),
    ]
    answered_call = [*CallbackContract.answered_call, "leg-ringing.txt"]


def twilio(token: str = "12345", shared_key: str = "", legs: str = "", **more: str) -> Twilio:
    settings = {"auth_token": token, "shared_key": shared_key, "legs": legs, **LISTENS, **more}
    return Twilio(settings, "RU", "Europe/Moscow")


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


FALLBACK = "https://handler.twilio.com/twiml/EH1"
DIRECTS = {"forward_to": PHONE, "fallback_url": FALLBACK}


def instructed(place: str, query: str = "", **more: str) -> ElementTree.Element | None:
    request = TestContract().request(b"CallSid=CA1&CallStatus=ringing&Direction=inbound", query, place)
    answer = twilio(**more).instruct(request)
    return ElementTree.fromstring(answer.body) if answer else None


@pytest.mark.parametrize("place", ["", "/voice", "/whisper"])
def test_no_instruction_is_given_unless_asked_for(place: str) -> None:
    assert instructed(place) is None


def test_call_is_forwarded_and_reported() -> None:
    told = instructed("/voice", "secret=a&b=c", **DIRECTS)

    assert told is not None
    dial, number = told[0], told[0][0]
    base = "https://track.example.com/hooks/telephony/twilio/pbx"
    assert (dial.tag, number.tag, number.text) == ("Dial", "Number", PHONE)
    assert dial.attrib == {
        "timeout": "25",
        "answerOnBridge": "true",
        "action": f"{base}/dial-done?secret=a&b=c",
        "method": "POST",
    }
    assert number.attrib == {
        "statusCallback": f"{base}/leg?secret=a&b=c",
        "statusCallbackEvent": "initiated ringing answered completed",
    }


def test_recording_and_whisper_are_asked_for() -> None:
    told = instructed("/voice", record="true", whisper="Звонок с сайта <сейчас>", **DIRECTS)
    whispered = instructed("/whisper", whisper="Звонок с сайта <сейчас>", **DIRECTS)

    assert told is not None
    assert told[0].get("record") == "record-from-answer-dual"
    assert str(told[0].get("recordingStatusCallback")).endswith("/pbx/rec")
    assert str(told[0][0].get("url")).endswith("/pbx/whisper")
    assert whispered is not None
    assert (whispered[0].text, whispered[0].get("language")) == ("Звонок с сайта <сейчас>", "ru-RU")


def test_sip_phone_is_forwarded_to_as_such() -> None:
    told = instructed("/voice", **DIRECTS | {"forward_to": "sip:101@pbx.example.com"})

    assert told is not None
    assert (told[0][0].tag, told[0][0].text) == ("Sip", "sip:101@pbx.example.com")


def test_whisper_is_no_answer_yet() -> None:
    body = TestContract().payload("leg-answered.txt")

    assert twilio().parse(TestContract().request(body, path="/whisper")) == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"fallback_url": ""}, "settings.fallback_url"),
        ({"fallback_url": "none"}, "settings.fallback_url"),
        ({"forward_to": "4155550123"}, "settings.forward_to"),
    ],
)
def test_directing_calls_asks_for_a_fallback(changes: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_settings(Twilio.SETTINGS, {"auth_token": "x", **DIRECTS, **changes})

    assert caught.value.field == field
