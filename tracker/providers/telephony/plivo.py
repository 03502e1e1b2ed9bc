"""Plivo: forms with a V3 signature over address, fields and a nonce. Its times are UTC, its numbers have no plus.

Source: the vendor's SDK for the signature; its page on callbacks for the fields.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import ClassVar
from urllib.parse import parse_qsl, urlsplit

from tracker.errors import NotAuthentic
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.settings import SettingField
from tracker.providers.shared_secret import same
from tracker.providers.signatures import hmac_base64
from tracker.providers.telephony.legs import LEGS, reports_legs
from tracker.providers.telephony.message import Message
from tracker.providers.telephony.pushing import Pushing, finished
from tracker.providers.webhook import Outcome, WebhookAnswer, WebhookRequest

SIGNATURES = ("X-Plivo-Signature-V3", "X-Plivo-Signature-Ma-V3")  # of the account, of the main account above it
STATUSES = {
    "completed": CallStatus.ANSWERED,
    "busy": CallStatus.BUSY,
    "failed": CallStatus.FAILED,
}


class Plivo(Pushing):
    """Reads the callbacks of answer, hang-up, `<Dial>` and recording of incoming calls."""

    NAME: ClassVar[str] = "telephony/plivo"
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField("auth_token", "Auth token", kind="secret", help="Console, Overview."),
        LEGS,
    )

    def __init__(self, settings: Mapping[str, str], country: str, timezone: str) -> None:
        super().__init__(settings, country, "UTC")

    def verify(self, request: WebhookRequest) -> None:
        """Checks the V3 signature, of which there may be several, separated by commas."""
        nonce = request.headers.get("X-Plivo-Signature-V3-Nonce", "")
        wanted = hmac_base64(self.settings["auth_token"], f"{_signed(request)}.{nonce}")
        given = [text.strip() for name in SIGNATURES for text in request.headers.get(name, "").split(",")]
        if not nonce or not any(same(text, wanted) for text in given if text):
            raise NotAuthentic("the signature is wrong")

    def parse(self, request: WebhookRequest) -> list[CallEvent]:
        """Returns the one event of an incoming call."""
        message = self.message(request)
        if message.text("RecordUrl"):
            return [_recording(message)]
        if message.text("DialBLegStatus"):
            return _leg(message, request)
        if message.text("Direction") != "inbound":
            return []
        if message.text("Event") == "Hangup":
            return [self._end(message)]
        if message.text("CallStatus") == "ringing":
            who = message.caller("From"), message.number("To")
            return [CallEvent(message.needed("CallUUID"), CallStage.RINGING, *who, request.received_at)]
        return []

    def answer(self, outcomes: Sequence[Outcome]) -> WebhookAnswer:
        """Answers empty XML, which is ignored by all but the answer URL."""
        return WebhookAnswer(200, "<Response/>", "text/xml; charset=utf-8")

    def _end(self, message: Message) -> CallEvent:
        call_id, who = message.needed("CallUUID"), (message.caller("From"), message.number("To"))
        started_at, ended_at = message.at("StartTime"), message.at("EndTime")
        status = STATUSES.get(message.text("CallStatus") or "", CallStatus.MISSED)
        if status is CallStatus.ANSWERED and reports_legs(self.settings):
            return CallEvent(call_id, CallStage.ENDED, *who, ended_at, started_at)
        return finished(
            call_id,
            *who,
            started_at=started_at,
            answered_at=message.at("AnswerTime"),
            ended_at=ended_at,
            status=status,
        )


def _leg(message: Message, request: WebhookRequest) -> list[CallEvent]:
    said, leg = message.text("DialBLegStatus"), message.text("DialBLegUUID", limit=100) or "leg"
    call_id = message.needed("DialALegUUID", "CallUUID")
    if said == "answer":
        to = message.text("DialBLegTo", limit=100)
        return [CallEvent(call_id, CallStage.ANSWERED, None, None, request.received_at, answered_by=to, leg=leg)]
    if said == "hangup":
        talk = message.seconds("DialBLegDuration")
        return [CallEvent(call_id, CallStage.ENDED, None, None, request.received_at, talk_seconds=talk, leg=leg)]
    return []


def _recording(message: Message) -> CallEvent:
    at, url = message.at("RecordingStartMs"), message.link("RecordUrl")
    return CallEvent(message.needed("CallUUID"), CallStage.RECORDED, None, None, at, recording_url=url)


def _signed(request: WebhookRequest) -> str:
    parts = urlsplit(request.url)
    base = f"{parts.scheme}://{parts.netloc}{parts.path}"
    query = "&".join(f"{name}={value}" for name, value in sorted(parse_qsl(parts.query, keep_blank_values=True)))
    if request.method == "GET":
        return f"{base}?{query}" if query else base
    fields = _glued(request.form())
    if query:
        return f"{base}?{query}." + fields if fields else f"{base}?{query}"
    return f"{base}?{fields}" if fields else base


def _glued(pairs: Iterable[tuple[str, str]]) -> str:
    return "".join(name + value for name, value in sorted(pairs))
