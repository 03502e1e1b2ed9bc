"""MegaFon: events have no time, and the history decides."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

import pytest
from contract import OneCallContract, Recorded, form
from one_call import (
    ANSWER,
    END,
    GAVE_UP,
    MISSED_CALL,
    RANG,
    RECORDING,
    START,
    answered,
    ended,
    missed,
    ringing,
    talked,
)

from tracker.inquiries.calls import fold
from tracker.inquiries.events import CallEvent, CallStatus
from tracker.providers.telephony.megafon import Megafon
from tracker.providers.webhook import WebhookAnswer, WebhookRequest

CALL, LOST, LEG = "43294397431", "43294397432", "user101"


class TestContract(OneCallContract):
    name = "telephony/megafon"
    docs = "megafon.md"
    settings = {"crm_token": "KEY"}
    recorded = [
        Recorded("contact.txt", [ringing(CALL)]),
        Recorded("incoming.txt", [ringing(CALL, RANG, leg=LEG)], RANG),
        Recorded("accepted.txt", [answered(CALL, answered_by="101", leg=LEG)], ANSWER),
        Recorded("completed.txt", [ended(CALL, leg=LEG)], END),
        Recorded(
            "history.txt",
            [talked(CALL, answered_by="101", ring_seconds=None, talk_seconds=None, recording_url=RECORDING)],
            END + timedelta(seconds=9),
        ),
        Recorded("cancelled.txt", [ended(LOST, GAVE_UP, leg=LEG)], GAVE_UP),
        Recorded("history-missed.txt", [missed(LOST)], END),
        Recorded("outgoing.txt", []),
        Recorded("rating.txt", []),
    ]
    answered_call = ["contact.txt", "incoming.txt", "accepted.txt", "completed.txt", "history.txt"]
    missed_call = ["cancelled.txt", "history-missed.txt"]
    untold = {"recording_url": RECORDING}
    malformed = [
        (b"cmd=contact&phone=79160000017", "callid"),
        (b"cmd=history&type=in&callid=1&start=then", "start"),
        (b"cmd=history&type=in&callid=1&duration=long", "duration"),
    ]
    unknown = [b"cmd=event&type=TRANSFERRED&callid=1", b"cmd=history&type=out&callid=1", b""]

    def signed(self, body: bytes) -> WebhookRequest:
        return self.request(form(body, crm_token=self.settings["crm_token"]))

    def unproven(self, request: WebhookRequest) -> WebhookRequest:
        return dataclasses.replace(request, body=form(request.body, crm_token=...))


def megafon() -> Megafon:
    return Megafon({"crm_token": "KEY"}, "RU", "Europe/Moscow")


def test_question_who_calls_is_answered_with_nothing_known() -> None:
    assert megafon().answer([]) == WebhookAnswer(200, "{}", "application/json")


def test_call_ends_without_history_when_every_phone_was_told_off() -> None:
    contract, provider = TestContract(), megafon()

    def event(file: str, at: datetime, **changes: str) -> CallEvent:
        contract.received_at = at
        return provider.parse(contract.signed(form(contract.payload(file), callid="9", **changes)))[0]

    second = {"user": "user102", "ext": "102"}
    events = [
        event("incoming.txt", START),
        event("incoming.txt", START, **second),
        event("cancelled.txt", GAVE_UP),
        event("cancelled.txt", GAVE_UP, **second),
    ]

    assert fold(events[:3]).status is CallStatus.RINGING
    assert fold(events) == dataclasses.replace(MISSED_CALL, talk_seconds=None)


@pytest.mark.parametrize(
    ("said", "status"),
    [("Busy", CallStatus.BUSY), ("Cancel", CallStatus.MISSED), ("NotAvailable", CallStatus.FAILED)],
)
def test_letter_case_of_the_status_does_not_matter(said: str, status: CallStatus) -> None:
    contract = TestContract()

    for text in (said, said.lower(), said.upper()):
        (event,) = megafon().parse(contract.signed(form(contract.payload("history-missed.txt"), status=text)))
        assert event.status is status
