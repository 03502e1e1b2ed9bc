"""Voximplant: the customer's scenario sends what our page tells it to send."""

from __future__ import annotations

from typing import ClassVar

from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.telephony.pushing import Pushing
from tracker.providers.webhook import WebhookRequest

STAGES = {
    "start": CallStage.RINGING,
    "answer": CallStage.ANSWERED,
    "end": CallStage.ENDED,
    "record": CallStage.RECORDED,
}


class Voximplant(Pushing):
    """Reads `{"event", "call_id", "from", "to", "ts", "by", "duration", "record_url"}`, one step each."""

    NAME: ClassVar[str] = "telephony/voximplant"

    def parse(self, request: WebhookRequest) -> list[CallEvent]:
        """Returns the one event; `duration` of the end is the talk in seconds, 0 when nobody answered."""
        message = self.message(request)
        stage = STAGES.get(message.text("event") or "")
        if stage is None:
            return []
        talk = message.seconds("duration") if stage is CallStage.ENDED else None
        return [
            CallEvent(
                message.needed("call_id"),
                stage,
                message.caller("from"),
                message.number("to"),
                message.at("ts"),
                status=None if talk is None else CallStatus.ANSWERED if talk else CallStatus.MISSED,
                answered_by=message.text("by", limit=100),
                talk_seconds=talk,
                recording_url=message.link("record_url"),
            )
        ]
