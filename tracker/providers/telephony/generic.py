"""Our own call webhook: for every PBX that can send JSON and has no module of its own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar
from zoneinfo import ZoneInfo

from tracker.errors import InvalidInput
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.reading import choice, instant, integer, needed, text, web_address
from tracker.providers.settings import SettingField
from tracker.providers.shared_secret import SECRET, require_secret
from tracker.providers.webhook import Outcome, WebhookAnswer, WebhookRequest
from tracker.values import phone

FINAL_STATUSES = (CallStatus.ANSWERED, CallStatus.MISSED, CallStatus.BUSY, CallStatus.FAILED)


class Generic:
    """Reads one event per request.

    The body, of which `call_id` and `event` are always needed and `to` when the phone rings::

        {"call_id": "pbx-1", "event": "ringing|answered|ended|recorded", "from": "+79161234567",
         "to": "+74957770001", "at": "2026-01-01T12:00:00Z", "answered_by": "101", "ring_seconds": 8,
         "talk_seconds": 95, "status": "answered|missed|busy|failed", "recording_url": "https://…"}
    """

    NAME: ClassVar[str] = "telephony/generic"
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (SECRET,)

    def __init__(self, settings: Mapping[str, str], country: str, timezone: str) -> None:
        self._secret = settings["secret"]
        self._country = country
        self._zone = ZoneInfo(timezone)

    def verify(self, request: WebhookRequest) -> None:
        """Checks the bearer secret or the signature of the body."""
        require_secret(request, self._secret)

    def parse(self, request: WebhookRequest) -> list[CallEvent]:
        """Returns the one event; what cannot be understood is named in the error's `field`."""
        data = request.json()
        stage = choice(data, "event", tuple(CallStage), required=True)
        assert stage is not None
        return [
            CallEvent(
                call_id=needed(data, "call_id", limit=200),
                stage=stage,
                caller=self._caller(data),
                called=self._called(data, required=stage is CallStage.RINGING),
                at=instant(data, "at", zone=self._zone),
                status=choice(data, "status", FINAL_STATUSES),
                answered_by=text(data, "answered_by", limit=100),
                ring_seconds=integer(data, "ring_seconds"),
                talk_seconds=integer(data, "talk_seconds"),
                recording_url=web_address(data, "recording_url"),
            )
        ]

    def answer(self, outcomes: Sequence[Outcome]) -> WebhookAnswer:
        """Answers 202 with the inquiry and its attribution, both null when nothing is known yet."""
        outcome = outcomes[0] if outcomes else Outcome(None)
        return WebhookAnswer.of_json(
            202, {"inquiry": outcome.inquiry, "attribution": outcome.attribution and dict(outcome.attribution)}
        )

    def _caller(self, data: Mapping[str, Any]) -> str | None:
        """A caller that is no phone number (anonymous, an extension) is kept as written."""
        written = text(data, "from", limit=100)
        return written and (phone.parse(written, self._country) or written)

    def _called(self, data: Mapping[str, Any], *, required: bool) -> str | None:
        written = text(data, "to", required=required, limit=100)
        if written is None:
            return None
        number = phone.parse(written, self._country)
        if number is None:
            raise InvalidInput(f"to is not a phone number: {written!r}", "to")
        return number
