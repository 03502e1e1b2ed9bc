"""The mapping-driven webhook reads whatever its mapping says, and every preset tells the same call alike."""

from __future__ import annotations

import dataclasses
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from contract import OneCallContract, Recorded, changed, form
from one_call import (
    ANSWER,
    ANSWERED_CALL,
    CALLED,
    CALLER,
    END,
    GAVE_UP,
    MISSED_CALL,
    RECORDING,
    START,
    answered,
    ended,
    missed,
    recorded,
    ringing,
)

from tracker.errors import InvalidInput, NotAuthentic
from tracker.inquiries.calls import CallState, fold
from tracker.inquiries.events import CallStage, CallStatus
from tracker.providers.settings import read_settings
from tracker.providers.telephony.mapped import Mapped
from tracker.providers.telephony.mapping import presets
from tracker.providers.webhook import Headers, WebhookRequest

FOLDER = Path(__file__).parent
DOCS = FOLDER.parents[2] / "docs" / "providers"

OWN = """
call_id: id
stage: what
stages: {ring: ringing, TALK: answered, bye: ended, file: recorded}
caller: a
called: b
at: when
started_at: began
answered_by: who.ext
talk_seconds: talk
ring_seconds: wait
status: result
statuses: {lost: missed}
recording_url: url
"""


def mapped(preset: str = "", mapping: str = "", secret: str = "KEY") -> Mapped:
    settings = {"preset": preset, "mapping": mapping, "secret": secret}
    return Mapped(read_settings(Mapped.SETTINGS, settings), "RU", "Europe/Moscow")


def request(body: bytes, query: tuple[tuple[str, str], ...] = (("secret", "KEY"),), **more: Any) -> WebhookRequest:
    made = WebhookRequest("POST", "/hooks/telephony/mapped/x", Headers(), query, body, "", "192.0.2.1", START)
    return dataclasses.replace(made, **more)


class TestContract(OneCallContract):
    name = "telephony/mapped"
    docs = "mapped.md"
    settings = {"preset": "", "mapping": OWN, "secret": "s3cr3t-ключ"}
    recorded = [
        Recorded("ringing.json", [ringing("h-1")]),
        Recorded("answered.json", [answered("h-1", answered_by="101")]),
        Recorded(
            "ended.json",
            [ended("h-1", status=CallStatus.ANSWERED, answered_by="101", ring_seconds=12, talk_seconds=73)],
        ),
        Recorded("ended_missed.txt", [missed("h-2")]),
        Recorded("recorded.txt", [recorded("h-1")]),
    ]
    answered_call = ["ringing.json", "answered.json", "ended.json", "recorded.txt"]
    missed_call = ["ended_missed.txt"]
    untold = {"recording_url": RECORDING}
    malformed = [
        (b"{", "body"),
        (b"[]", "body"),
        (b"<a>", "body"),
        (b'<!DOCTYPE a [<!ENTITY e "x">]><a>&e;</a>', "body"),
        (b"<a>" * 100, "body"),
        (b'{"what": "ring"}', "call_id"),
        (b"id=1&what=ring&when=yesterday", "at"),
        (b"id=1&what=ring&when=12", "at"),
        (b"id=1&what=bye&talk=long", "talk_seconds"),
        (b"id=" + b"1" * 201 + b"&what=ring", "call_id"),
    ]
    unknown = [b"", b"what=hold&id=1", b"{}"]

    def signed(self, body: bytes) -> WebhookRequest:
        return self.request(body, urlencode({"secret": self.settings["secret"]}))


FILES = sorted(path.name for path in (FOLDER / "presets").iterdir())
TIMES = {
    "gravitel-2.txt": ANSWER,
    "gravitel-3.txt": END + timedelta(seconds=5),
    "gravitel-missed-2.txt": GAVE_UP + timedelta(seconds=5),
}
BEELINE = 'numbers: {"101@ip.example.net": "+74950000101"}'


def told(preset: str, kind: str) -> CallState:
    provider = mapped(preset, BEELINE if preset == "beeline" else "")
    names = [name for name in FILES if name.rpartition("-")[0] == f"{preset}{kind}"]
    messages = [request((FOLDER / "presets" / name).read_bytes(), received_at=TIMES.get(name, START)) for name in names]
    for message in messages:
        provider.verify(message)
    return fold(event for message in messages for event in provider.parse(message))


UNTOLD: dict[str, dict[str, Any]] = {
    "bandwidth": {"answered_by": None, "recording_url": None},
    "beeline": {"answered_by": "101@ip.example.net", "recording_url": None},
    "exolve": {"answered_by": None},
    "freeswitch": {"answered_by": None, "recording_url": None},
    "ringostat": {"answered_by": None},
    "telphin": {"recording_url": None},
}


def whole_seconds(state: CallState) -> CallState:
    assert state.started_at is not None
    return dataclasses.replace(state, started_at=state.started_at.replace(microsecond=0))


@pytest.mark.parametrize("preset", presets())
def test_every_preset_tells_the_answered_call(preset: str) -> None:
    expected = dataclasses.replace(ANSWERED_CALL, **{"recording_url": RECORDING} | UNTOLD.get(preset, {}))

    assert whole_seconds(told(preset, "")) == expected


@pytest.mark.parametrize("preset", [name for name in presets() if name not in ("beeline", "exolve")])
def test_every_preset_tells_the_missed_call(preset: str) -> None:
    assert told(preset, "-missed") == MISSED_CALL


def test_every_recorded_file_belongs_to_a_preset() -> None:
    assert {name.partition("-")[0] for name in FILES} == set(presets())


@pytest.mark.parametrize("preset", presets())
def test_every_preset_is_on_the_page(preset: str) -> None:
    assert f"`{preset}`" in (DOCS / "mapped.md").read_text()


def test_outgoing_call_gives_nothing() -> None:
    body = (FOLDER / "presets" / "telphin-1.txt").read_bytes().strip()

    assert mapped("telphin").parse(request(form(body, CallFlow="out"))) == []


def test_group_of_phones_is_one_call_that_one_of_them_answers() -> None:
    base = (FOLDER / "presets" / "telphin-1.txt").read_bytes().strip()
    second = {"CalledExtension": "12345*102", "CalledNumber": "102"}
    bodies = [
        base,
        form(base, **second),
        form(base, EventType="answer", EventTime="1773480617000000", **second),
        form(base, EventType="hangup", EventTime="1773480617000000", CallStatus="CANCEL", Duration="0"),
        form(
            base, EventType="hangup", EventTime="1773480690000000", CallStatus="ANSWER", Duration="73000000", **second
        ),
    ]
    events = [event for body in bodies for event in mapped("telphin").parse(request(body))]

    states = {fold(events), fold(events[::-1])}

    assert states == {dataclasses.replace(ANSWERED_CALL, answered_by="102")}
    assert fold(events[:3]).status is CallStatus.ANSWERED
    assert fold([*events[:2], events[3]]).status is CallStatus.RINGING


def test_one_leg_that_ends_does_not_end_the_call() -> None:
    legs = [ringing("1", leg="101"), ringing("1", leg="102")]
    over = [ended("1", leg=name, at=GAVE_UP, status=CallStatus.MISSED, talk_seconds=0) for name in ("101", "102")]

    assert fold([*legs, over[0]]).status is CallStatus.RINGING
    assert fold([*legs, *over]) == MISSED_CALL


def test_mapping_changes_a_preset_field_by_field() -> None:
    body = (FOLDER / "presets" / "telphin-1.txt").read_bytes().strip() + b"&Real=102938&Trunk=84950000102"

    (event,) = mapped("telphin", "{called: Trunk, call_id: Real}").parse(request(body))

    assert (event.call_id, event.called, event.caller) == ("102938", "+74950000102", CALLER)


def test_document_wrapped_in_a_form_is_read() -> None:
    plain = (FOLDER / "presets" / "freeswitch-1.json").read_text()

    (event,) = mapped("freeswitch").parse(request(urlencode({"cdr": plain}).encode()))

    assert (event.caller, event.called, event.talk_seconds) == (CALLER, CALLED, 73)


def test_call_that_only_the_robot_answered_is_missed() -> None:
    body = changed((FOLDER / "presets" / "freeswitch-missed-1.json").read_bytes())

    (event,) = mapped("freeswitch").parse(request(body))

    assert (event.stage, event.status) == (CallStage.ENDED, CallStatus.MISSED)


def test_multipart_and_lost_plus_are_read() -> None:
    body = (
        b'--b\r\nContent-Disposition: form-data; name="what"\r\n\r\nRING\r\n'
        b'--b\r\nContent-Disposition: form-data; name="a"\r\n\r\nanonymous\r\n--b--\r\n'
    )
    query = (("secret", "KEY"), ("id", "1"), ("b", " 74950000101"))

    (event,) = mapped("", OWN).parse(request(body, query, content_type="multipart/form-data; boundary=b"))

    assert (event.caller, event.called, event.at) == ("anonymous", CALLED, START)


@pytest.mark.parametrize(
    ("headers", "query"),
    [
        ({"Authorization": "Bearer KEY"}, ()),
        ({"Authorization": "Basic dXNlcjpLRVk="}, ()),
        ({}, (("secret", "KEY"),)),
    ],
)
def test_secret_is_taken_wherever_the_sender_can_put_it(headers: dict[str, str], query: Any) -> None:
    mapped("telphin").verify(request(b"", query, headers=Headers(headers)))


@pytest.mark.parametrize(
    "body", [b"", b"crm_token=", b"crm_token=key", b'{"crm_token": true}', b'{"crm_token": ["KEY"]}']
)
def test_wrong_secret_in_the_message_is_refused(body: bytes) -> None:
    with pytest.raises(NotAuthentic):
        mapped("gravitel").verify(request(body, ()))


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"preset": "asterisk"}, "settings.preset"),
        ({"mapping": "a: [b"}, "settings.mapping"),
        ({"mapping": "- a"}, "settings.mapping"),
        ({"mapping": "colour: red"}, "settings.mapping"),
        ({"mapping": "stages: {a: sleeping}"}, "settings.mapping"),
    ],
)
def test_wrong_mapping_is_refused_when_it_is_set(settings: dict[str, str], field: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        read_settings(Mapped.SETTINGS, {"secret": "x", **settings})

    assert caught.value.field == field


def test_mapping_without_its_essentials_says_so() -> None:
    with pytest.raises(InvalidInput, match="call_id and stage"):
        mapped("", "caller: a").parse(request(b"a=1"))
