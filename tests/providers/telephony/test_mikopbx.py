"""MikoPBX: the start of a call and nothing else."""

from __future__ import annotations

import base64

from contract import Recorded, TelephonyContract
from one_call import (
    ringing,
)

from tracker.inquiries.events import CallStage
from tracker.providers.telephony.mikopbx import MikoPbx
from tracker.providers.webhook import WebhookRequest


class TestContract(TelephonyContract):
    name = "telephony/mikopbx"
    docs = "mikopbx.md"
    settings = {"secret": "s3cr3t"}
    stages = frozenset({CallStage.RINGING})
    recorded = [Recorded("start.txt", [ringing("mikopbx-1773480605.42")])]
    malformed = [(b"called=74950000101", "linkedid"), (b"linkedid=" + b"1" * 201, "linkedid")]
    unknown = [b"", b"caller=79160000017"]

    def signed(self, body: bytes) -> WebhookRequest:
        credentials = base64.b64encode(f"skvoz:{self.settings['secret']}".encode()).decode()
        return self.request(body, Authorization=f"Basic {credentials}")


def test_parameters_of_a_get_are_read_as_well() -> None:
    contract = TestContract()
    query = contract.payload("start.txt").decode()

    provider = MikoPbx({"secret": "s3cr3t"}, "RU", "Europe/Moscow")

    assert provider.parse(contract.request(b"", query)) == [ringing("mikopbx-1773480605.42")]


def test_lost_plus_comes_back() -> None:
    request = TestContract().request(b"", "caller=+4915112345678&called=74950000101&linkedid=1")

    (event,) = MikoPbx({"secret": "s3cr3t"}, "RU", "UTC").parse(request)

    assert event.caller == "+4915112345678"
