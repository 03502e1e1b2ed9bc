"""Voximplant: the scenario of the page keeps its contract."""

from __future__ import annotations

from pathlib import Path

from contract import OneCallContract, Recorded
from one_call import (
    GAVE_UP,
    RECORDING,
    answered,
    ended,
    recorded,
    ringing,
)

from tracker.inquiries.events import CallStatus
from tracker.providers.webhook import WebhookRequest


class TestContract(OneCallContract):
    name = "telephony/voximplant"
    docs = "voximplant.md"
    settings = {"secret": "s3cr3t"}
    recorded = [
        Recorded("start.json", [ringing("v-1")]),
        Recorded("answer.json", [answered("v-1", answered_by="101")]),
        Recorded("end.json", [ended("v-1", status=CallStatus.ANSWERED, talk_seconds=73)]),
        Recorded("record.json", [recorded("v-1")]),
        Recorded("start-missed.json", [ringing("v-2")]),
        Recorded("end-missed.json", [ended("v-2", GAVE_UP, status=CallStatus.MISSED, talk_seconds=0)]),
    ]
    answered_call = ["start.json", "answer.json", "end.json", "record.json"]
    missed_call = ["start-missed.json", "end-missed.json"]
    untold = {"recording_url": RECORDING}
    malformed = [
        (b"{", "body"),
        (b'{"event":"start"}', "call_id"),
        (b'{"event":"start","call_id":"1","ts":"now"}', "ts"),
        (b'{"event":"end","call_id":"1","duration":"long"}', "duration"),
        (b'{"event":"start","call_id":{}}', "call_id"),
    ]
    unknown = [b"{}", b'{"event":"hold","call_id":"1"}']

    def signed(self, body: bytes) -> WebhookRequest:
        return self.request(body, Authorization=f"Bearer {self.settings['secret']}")


def test_scenario_of_the_page_sends_every_field_that_is_read() -> None:
    page = (Path(__file__).parents[3] / "docs" / "providers" / "voximplant.md").read_text()

    for field in ("event", "call_id", "from", "to", "ts", "duration", "record_url"):
        assert f"{field}:" in page, field
