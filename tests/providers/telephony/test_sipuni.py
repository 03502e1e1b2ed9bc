"""Sipuni: numbered events; the sender wants to hear success."""

from __future__ import annotations

import dataclasses
import json
from urllib.parse import urlencode

from contract import OneCallContract, Recorded, form
from one_call import (
    RECORDING,
    answered,
    missed,
    ringing,
    talked,
)

from tracker.errors import InvalidInput
from tracker.inquiries.events import CallStatus
from tracker.providers.telephony.sipuni import Sipuni
from tracker.providers.webhook import WebhookRequest

CALL, LOST = "1773480605.991", "1773480605.992"


class TestContract(OneCallContract):
    name = "telephony/sipuni"
    docs = "sipuni.md"
    settings = {"secret": "s3cr3t"}
    recorded = [
        Recorded("started.txt", [ringing(CALL)]),
        Recorded("answered.txt", [answered(CALL, answered_by="101")]),
        Recorded("leg-ended.txt", []),
        Recorded("ended.txt", [talked(CALL, answered_by="101", recording_url=RECORDING)]),
        Recorded("ended-missed.txt", [missed(LOST)]),
        Recorded("outgoing.txt", []),
    ]
    answered_call = ["started.txt", "answered.txt", "leg-ended.txt", "ended.txt"]
    missed_call = ["ended-missed.txt"]
    untold = {"recording_url": RECORDING}
    malformed = [
        (b"event=1&src_num=79160000017", "call_id"),
        (b"event=1&call_id=1&timestamp=now", "timestamp"),
        (b"event=2&call_id=1&call_start_timestamp=17", "call_start_timestamp"),
    ]
    unknown = [b"event=4&call_id=1", b"", b"event=9&call_id=1"]

    def signed(self, body: bytes) -> WebhookRequest:
        return self.request(body, urlencode({"secret": self.settings["secret"]}))


def sipuni() -> Sipuni:
    return Sipuni({"secret": "s3cr3t"}, "RU", "Europe/Moscow")


def test_get_is_read_as_well() -> None:
    contract = TestContract()
    query = contract.payload("started.txt").decode() + "&secret=s3cr3t"
    request = dataclasses.replace(contract.request(b"", query), method="GET")

    sipuni().verify(request)

    assert sipuni().parse(request) == [ringing(CALL)]


def test_answer_says_success() -> None:
    assert json.loads(sipuni().answer([]).body) == {"success": True}


def test_message_that_is_not_understood_is_answered_alike() -> None:
    assert sipuni().forgive(InvalidInput("call_id is required", "call_id")) == sipuni().answer([])


def test_answer_without_a_time_is_the_voice_menu() -> None:
    contract = TestContract()

    (event,) = sipuni().parse(contract.signed(form(contract.payload("ended.txt"), call_answer_timestamp="0")))

    assert (event.status, event.talk_seconds, event.answered_by) == (CallStatus.MISSED, 0, None)


def test_account_is_cut_from_the_extension() -> None:
    contract = TestContract()

    (event,) = sipuni().parse(contract.signed(form(contract.payload("answered.txt"), short_dst_num=...)))

    assert event.answered_by == "101"
