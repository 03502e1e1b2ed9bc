"""Sipuni: unsigned events, numbered 1 to 4; only `{"success": true}` keeps them coming."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import ClassVar

from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.telephony.message import Message
from tracker.providers.telephony.pushing import Pushing, finished
from tracker.providers.webhook import Outcome, WebhookAnswer, WebhookRequest

INTERNAL = re.compile(r"\d{2,6}")
STATUSES = {
    "ANSWER": CallStatus.ANSWERED,
    "BUSY": CallStatus.BUSY,
    "CONGESTION": CallStatus.FAILED,
    "CHANUNAVAIL": CallStatus.FAILED,
}


class Sipuni(Pushing):
    """Reads events of incoming calls; event 1 comes once for each employee whose phone rings."""

    NAME: ClassVar[str] = "telephony/sipuni"

    def parse(self, request: WebhookRequest) -> list[CallEvent]:
        """Returns the one event; a call from an internal number gives none."""
        message = self.message(request)
        if INTERNAL.fullmatch(message.text("src_num") or ""):
            return []
        match message.text("event"):
            case "1":
                return [_event(message, CallStage.RINGING)]
            case "3":
                return [_event(message, CallStage.ANSWERED, _extension(message))]
            case "2":
                return [_end(message)]
        return []  # 4 is the end of a leg in a transfer or a group

    def answer(self, outcomes: Sequence[Outcome]) -> WebhookAnswer:
        """Answers `{"success": true}`; after anything else the sender may stop."""
        return WebhookAnswer.of_json(200, {"success": True})


def _event(message: Message, stage: CallStage, answered_by: str | None = None) -> CallEvent:
    return CallEvent(
        message.needed("call_id"),
        stage,
        message.caller("src_num"),
        _called(message),
        message.at("timestamp"),
        answered_by=answered_by,
    )


def _end(message: Message) -> CallEvent:
    answered_at = message.at("call_answer_timestamp")
    status = STATUSES.get((message.text("status") or "").upper(), CallStatus.MISSED)
    if status is CallStatus.ANSWERED and answered_at is None:
        status = CallStatus.MISSED
    return finished(
        message.needed("call_id"),
        message.caller("src_num"),
        _called(message),
        started_at=message.at("call_start_timestamp"),
        answered_at=answered_at,
        ended_at=message.at("timestamp"),
        status=status,
        answered_by=_extension(message) if status is CallStatus.ANSWERED else None,
        recording_url=message.link("call_record_link"),
    )


def _called(message: Message) -> str | None:
    return message.number("pbxdstnum", "treeNumber")


def _extension(message: Message) -> str | None:
    """`015856#205` is account and extension."""
    written = message.text("short_dst_num", "dst_num", limit=100)
    return written and written.rpartition("#")[2]
