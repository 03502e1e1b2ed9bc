"""MegaFon cloud PBX and its kin: forms with `cmd` and the key `crm_token`; the result of a call is its history."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, ClassVar

from tracker.errors import NotAuthentic
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.parameters import parameters
from tracker.providers.settings import SettingField
from tracker.providers.shared_secret import same
from tracker.providers.telephony.message import Message
from tracker.providers.telephony.pushing import Pushing
from tracker.providers.webhook import Outcome, WebhookAnswer, WebhookRequest

STAGES = {
    "INCOMING": CallStage.RINGING,
    "ACCEPTED": CallStage.ANSWERED,
    "COMPLETED": CallStage.ENDED,
    "CANCELLED": CallStage.ENDED,
}
STATUSES = {
    "success": CallStatus.ANSWERED,
    "missed": CallStatus.MISSED,
    "cancel": CallStatus.MISSED,
    "busy": CallStatus.BUSY,
}


class Megafon(Pushing):
    """Reads `contact`, `event` and `history`. The events of one group call come per user: each user is a leg."""

    NAME: ClassVar[str] = "telephony/megafon"
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField("crm_token", "Key", kind="secret", help="Settings, CRM integration: the key for your system."),
    )

    def verify(self, request: WebhookRequest) -> None:
        """Checks the field `crm_token`."""
        given = str(parameters(request).get("crm_token", ""))
        if not (self.settings["crm_token"] and same(given, self.settings["crm_token"])):
            raise NotAuthentic("crm_token is wrong")

    def parse(self, request: WebhookRequest) -> list[CallEvent]:
        """Returns the one event; events carry no time, so it is when they arrive."""
        message = self.message(request)
        match message.text("cmd"):
            case "contact":
                return [_event(message, CallStage.RINGING, request)]
            case "event" if message.text("direction") != "out":
                stage = STAGES.get((message.text("type") or "").upper())
                leg = message.text("user", "ext", limit=100) or "user"
                return [_event(message, stage, request, leg=leg)] if stage else []
            case "history" if message.text("type") == "in":
                return [_history(message)]
        return []

    def answer(self, outcomes: Sequence[Outcome]) -> WebhookAnswer:
        """Answers `{}`: to `contact` it means that the caller's name is not known."""
        return WebhookAnswer.of_json(200, {})


def _event(message: Message, stage: CallStage, request: WebhookRequest, **more: Any) -> CallEvent:
    return CallEvent(
        message.needed("callid"),
        stage,
        message.caller("phone"),
        message.number("diversion"),
        request.received_at,
        answered_by=message.text("ext", "user", limit=100) if stage is CallStage.ANSWERED else None,
        **more,
    )


def _history(message: Message) -> CallEvent:
    """`duration` counts from the first ring; how much of it was talk follows from the answer."""
    started_at, duration = message.at("start"), message.seconds("duration")
    status = STATUSES.get((message.text("status") or "").lower(), CallStatus.FAILED)
    is_answered = status is CallStatus.ANSWERED
    return CallEvent(
        message.needed("callid"),
        CallStage.ENDED,
        message.caller("phone"),
        message.number("diversion"),
        started_at + timedelta(seconds=duration or 0) if started_at else None,
        started_at=started_at,
        status=status,
        answered_by=message.text("ext", "user", limit=100) if is_answered else None,
        ring_seconds=None if is_answered else duration,
        talk_seconds=None if is_answered else 0,
        recording_url=message.link("link"),
    )
