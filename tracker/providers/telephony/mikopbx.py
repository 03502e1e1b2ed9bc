"""MikoPBX, module of call tracking: one request when an incoming call starts, and nothing else."""

from __future__ import annotations

from typing import ClassVar

from tracker.inquiries.events import CallEvent, CallStage
from tracker.providers.telephony.pushing import Pushing
from tracker.providers.webhook import WebhookRequest


class MikoPbx(Pushing):
    """Reads the start of a call; that it was answered and how long it lasted the module does not tell."""

    NAME: ClassVar[str] = "telephony/mikopbx"

    def parse(self, request: WebhookRequest) -> list[CallEvent]:
        """Returns the ringing; it carries no time, so it is when it arrives."""
        message = self.message(request)
        if not message.text("linkedid") and not message.text("called"):
            return []
        return [
            CallEvent(
                message.needed("linkedid"),
                CallStage.RINGING,
                message.caller("caller"),
                message.number("called"),
                request.received_at,
            )
        ]
