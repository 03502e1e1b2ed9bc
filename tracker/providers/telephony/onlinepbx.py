"""OnlinePBX: unsigned JSON per step; the number that was dialled is the trunk, `gateway`."""

from __future__ import annotations

from datetime import timedelta
from typing import Any, ClassVar

from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.telephony.message import Message
from tracker.providers.telephony.pushing import Pushing
from tracker.providers.webhook import WebhookRequest

STAGES = {
    "call_start": CallStage.RINGING,
    "call_answered": CallStage.ANSWERED,
    "call_end": CallStage.ENDED,
    "call_missed": CallStage.ENDED,
}


class OnlinePbx(Pushing):
    """Reads incoming calls. `uuid` is the id of a leg: of a group that rings together, each phone has its own."""

    NAME: ClassVar[str] = "telephony/onlinepbx"

    def parse(self, request: WebhookRequest) -> list[CallEvent]:
        """Returns the one event; outgoing and local calls give none."""
        message = self.message(request)
        stage = STAGES.get(message.text("event") or "")
        if stage is None or message.text("direction") != "inbound":
            return []
        if stage is CallStage.ENDED:
            return [_end(message)]
        answered_by = message.text("callee", limit=100) if stage is CallStage.ANSWERED else None
        return [_event(message, stage, answered_by=answered_by)]


def _event(message: Message, stage: CallStage, **more: Any) -> CallEvent:
    leg = message.needed("uuid")
    return CallEvent(
        leg,
        stage,
        message.caller("caller"),
        message.number("gateway"),
        message.at("date"),
        leg=leg,
        is_leg_id=True,
        **more,
    )


def _end(message: Message) -> CallEvent:
    at, total, talk = message.at("date"), message.seconds("call_duration"), message.seconds("dialog_duration") or 0
    status = CallStatus.ANSWERED if talk else CallStatus.MISSED
    if message.text("hangup_cause") == "USER_BUSY":
        status = CallStatus.BUSY
    return _event(
        message,
        CallStage.ENDED,
        started_at=at - timedelta(seconds=total) if at and total is not None else None,
        status=status,
        answered_by=message.text("callee", limit=100) if talk else None,
        ring_seconds=max(total - talk, 0) if total is not None else None,
        talk_seconds=talk,
        recording_url=message.link("download_url"),
    )
