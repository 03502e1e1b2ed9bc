"""OnlinePBX: the trunk is the dialled number."""

from __future__ import annotations

import json
from typing import Any
from urllib.parse import urlencode

from contract import OneCallContract, Recorded, changed
from one_call import (
    ANSWER,
    RECORDING,
    answered,
    missed,
    ringing,
    talked,
)

from tracker.inquiries.events import CallStatus
from tracker.providers.telephony.onlinepbx import OnlinePbx
from tracker.providers.webhook import WebhookRequest

CALL, LOST = "5d0c0000-1111-4222-8333-000000000001", "5d0c0000-1111-4222-8333-000000000002"
OTHER_PHONE = "5d0c0000-1111-4222-8333-000000000004"


def leg(call_id: str) -> dict[str, Any]:
    return {"leg": call_id, "is_leg_id": True}


class TestContract(OneCallContract):
    name = "telephony/onlinepbx"
    docs = "onlinepbx.md"
    settings = {"secret": "s3cr3t"}
    recorded = [
        Recorded("start.json", [ringing(CALL, **leg(CALL))]),
        Recorded("answered.json", [answered(CALL, answered_by="101", **leg(CALL))]),
        Recorded("end.json", [talked(CALL, answered_by="101", recording_url=RECORDING, **leg(CALL))]),
        Recorded("missed.json", [missed(LOST, **leg(LOST))]),
        Recorded("group-start.json", [ringing(OTHER_PHONE, **leg(OTHER_PHONE))]),
        Recorded("group-missed.json", [missed(OTHER_PHONE, ANSWER, ring_seconds=12, **leg(OTHER_PHONE))]),
        Recorded("outgoing.json", []),
    ]
    answered_call = ["start.json", "answered.json", "end.json"]
    missed_call = ["missed.json"]
    untold = {"recording_url": RECORDING}
    malformed = [
        (b"{", "body"),
        (b'{"event":"call_start","direction":"inbound"}', "uuid"),
        (b'{"event":"call_start","direction":"inbound","uuid":"1","date":"now"}', "date"),
        (b'{"event":"call_end","direction":"inbound","uuid":"1","call_duration":"long"}', "call_duration"),
    ]
    unknown = [b'{"event":"call_park","direction":"inbound","uuid":"1"}', b"{}", b""]

    def signed(self, body: bytes) -> WebhookRequest:
        return self.request(body, urlencode({"secret": self.settings["secret"]}))


def test_form_is_read_as_well() -> None:
    contract = TestContract()
    body = urlencode(json.loads(contract.payload("start.json"))).encode()

    provider = OnlinePbx({"secret": "s3cr3t"}, "RU", "Europe/Moscow")

    assert provider.parse(contract.signed(body)) == [ringing(CALL, **leg(CALL))]


def test_busy_line_is_told() -> None:
    contract = TestContract()
    body = changed(contract.payload("missed.json"), hangup_cause="USER_BUSY")

    (event,) = OnlinePbx({"secret": "s3cr3t"}, "RU", "UTC").parse(contract.signed(body))

    assert event.status is CallStatus.BUSY
