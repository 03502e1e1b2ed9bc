"""The generic call webhook keeps its published contract."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest
from contract import Recorded, TelephonyContract, changed

from tracker.errors import InvalidInput, NotAuthentic
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.shared_secret import signature
from tracker.providers.telephony.generic import Generic
from tracker.providers.webhook import Headers, Outcome, WebhookRequest

SECRET = "s3cr3t-ключ"
RINGING = (Path(__file__).parent / "generic" / "ringing.json").read_bytes()


def at(minute: int, second: int) -> datetime:
    return datetime(2026, 1, 1, 12, minute, second, tzinfo=UTC)


def request(body: bytes, **headers: str) -> WebhookRequest:
    return WebhookRequest(
        method="POST",
        path="/hooks/telephony/generic/pbx",
        headers=Headers({name.replace("_", "-"): value for name, value in headers.items()}),
        query=(),
        body=body,
        content_type="application/json",
        remote_ip="192.0.2.10",
    )


def generic() -> Generic:
    return Generic({"secret": SECRET}, "RU", "Europe/Moscow")


class TestContract(TelephonyContract):
    name = "telephony/generic"
    docs = "generic-telephony.md"
    settings = {"secret": SECRET}
    recorded = [
        Recorded(
            "ringing.json",
            [CallEvent("pbx-1", CallStage.RINGING, "+79161234567", "+74957770001", at(0, 0))],
        ),
        Recorded(
            "answered.json",
            [
                CallEvent(
                    "pbx-1",
                    CallStage.ANSWERED,
                    "+79161234567",
                    "+74957770001",
                    at(0, 8),
                    answered_by="101",
                    ring_seconds=8,
                )
            ],
        ),
        Recorded(
            "ended.json",
            [
                CallEvent(
                    "pbx-1",
                    CallStage.ENDED,
                    "+79161234567",
                    "+74957770001",
                    at(1, 43),
                    status=CallStatus.ANSWERED,
                    answered_by="101",
                    ring_seconds=8,
                    talk_seconds=95,
                )
            ],
        ),
        Recorded(
            "ended_missed_without_zone.json",
            [
                CallEvent(
                    "4711",
                    CallStage.ENDED,
                    "anonymous",
                    "+74957770001",
                    at(0, 30),
                    status=CallStatus.MISSED,
                    ring_seconds=30,
                    talk_seconds=0,
                )
            ],
        ),
        Recorded(
            "recorded.json",
            [
                CallEvent(
                    "pbx-1",
                    CallStage.RECORDED,
                    None,
                    None,
                    None,
                    recording_url="https://pbx.example.com/recordings/pbx-1.mp3",
                )
            ],
        ),
    ]
    malformed = [
        (b"", "body"),
        (b"{", "body"),
        (b"[]", "body"),
        (b'{"call_id": NaN}', "body"),
        (b"\xff\xfe", "body"),
        (b"[" * 100_000, "body"),
        (b"{}", "event"),
        (changed(RINGING, call_id=...), "call_id"),
        (changed(RINGING, call_id="  "), "call_id"),
        (changed(RINGING, call_id={"id": 1}), "call_id"),
        (changed(RINGING, call_id=True), "call_id"),
        (changed(RINGING, call_id="x" * 201), "call_id"),
        (changed(RINGING, event=None), "event"),
        (changed(RINGING, event="hangup"), "event"),
        (changed(RINGING, to=...), "to"),
        (changed(RINGING, to="reception"), "to"),
        (changed(RINGING, to="101"), "to"),
        (changed(RINGING, **{"from": ["+79161234567"]}), "from"),
        (changed(RINGING, at="yesterday"), "at"),
        (changed(RINGING, at="2026-01-01"), "at"),
        (changed(RINGING, at=1767268800), "at"),
        (changed(RINGING, at="0001-01-01T00:00:00+03:00"), "at"),
        (changed(RINGING, status="talking"), "status"),
        (changed(RINGING, status="ringing"), "status"),
        (changed(RINGING, talk_seconds=-1), "talk_seconds"),
        (changed(RINGING, talk_seconds=1.5), "talk_seconds"),
        (changed(RINGING, talk_seconds=2**31), "talk_seconds"),
        (changed(RINGING, ring_seconds="eight"), "ring_seconds"),
        (changed(RINGING, ring_seconds=False), "ring_seconds"),
        (changed(RINGING, recording_url="javascript:alert(1)"), "recording_url"),
        (changed(RINGING, recording_url="https://[bad"), "recording_url"),
        (changed(RINGING, recording_url="/records/1.mp3"), "recording_url"),
    ]

    def signed(self, body: bytes) -> WebhookRequest:
        return request(body, X_Skvoz_Signature=signature(body, self.settings["secret"]))


def test_bearer_secret_is_accepted() -> None:
    generic().verify(request(RINGING, authorization=f"bearer {SECRET}"))


def test_signature_is_the_published_one() -> None:
    body = b'{"call_id": "pbx-1"}'

    of_docs = Generic({"secret": "correct-horse"}, "RU", "Europe/Moscow")

    of_docs.verify(
        request(
            body,
            X_Skvoz_Signature="sha256=bf3dd8aa4cc6b6e9df5f6da39780c6465fd5be0e0412986125e874ebd4b4dd26",
        )
    )


@pytest.mark.parametrize(
    "headers",
    [
        {"Authorization": SECRET},
        {"Authorization": f"Basic {SECRET}"},
        {"Authorization": "Bearer "},
        {"Authorization": "Bearer неверный"},
        {"X_Skvoz_Signature": "sha256="},
        {"X_Skvoz_Signature": signature(RINGING, SECRET).removeprefix("sha256=")},
        {"X_Skvoz_Signature": signature(RINGING + b" ", SECRET)},
    ],
)
def test_wrong_proof_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(NotAuthentic):
        generic().verify(request(RINGING, **headers))


def test_connection_without_a_secret_accepts_nothing() -> None:
    with pytest.raises(NotAuthentic):
        Generic({"secret": ""}, "RU", "UTC").verify(request(RINGING, Authorization="Bearer "))


def test_unknown_event_names_the_known_ones() -> None:
    with pytest.raises(InvalidInput, match="ringing, answered, ended, recorded"):
        generic().parse(request(changed(RINGING, event="hangup")))


def test_numbers_are_read_by_the_country_of_the_site() -> None:
    body = changed(RINGING, to="020 7946 0123")

    (event,) = Generic({"secret": SECRET}, "GB", "Europe/London").parse(request(body))

    assert event.called == "+442079460123"


def test_missing_caller_is_withheld() -> None:
    (event,) = generic().parse(request(changed(RINGING, **{"from": None})))

    assert event.caller is None


def test_characters_no_database_takes_are_dropped() -> None:
    (event,) = generic().parse(request(changed(RINGING, call_id="pbx\x00-1\ud800")))

    assert event.call_id == "pbx-1"


def test_answer_tells_inquiry_and_attribution() -> None:
    answer = generic().answer([Outcome("i1", {"status": "certain"})])

    assert (answer.status, answer.content_type) == (202, "application/json")
    assert json.loads(answer.body) == {"inquiry": "i1", "attribution": {"status": "certain"}}


def test_answer_without_attribution_says_null() -> None:
    assert json.loads(generic().answer([]).body) == {"inquiry": None, "attribution": None}
