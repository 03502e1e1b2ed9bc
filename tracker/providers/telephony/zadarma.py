"""Zadarma, and accounts of the old cabinet of Novofon: signed forms, one per step.

Source: the vendor's PHP SDK and API page.
"""

from __future__ import annotations

import base64
import hashlib
import re
from collections.abc import Mapping
from datetime import timedelta
from typing import ClassVar
from urllib.parse import urlencode, urlsplit

from tracker.errors import NotAuthentic
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.parameters import parameters
from tracker.providers.recordings import RecordingRequest
from tracker.providers.settings import SettingField
from tracker.providers.signatures import hmac_hex, require
from tracker.providers.telephony.message import Message
from tracker.providers.telephony.pushing import Pushing
from tracker.providers.telephony.zone import TIMEZONE
from tracker.providers.webhook import WebhookAnswer, WebhookRequest

ECHO = re.compile(r"[A-Za-z0-9_.!-]{1,128}")
START = ("caller_id", "called_did", "call_start")
SIGNED: Mapping[str, tuple[str, ...]] = {
    "NOTIFY_START": START,
    "NOTIFY_INTERNAL": START,
    "NOTIFY_END": START,
    "NOTIFY_IVR": START,
    "NOTIFY_ANSWER": ("caller_id", "destination", "call_start"),
    "NOTIFY_OUT_START": ("internal", "destination", "call_start"),
    "NOTIFY_OUT_END": ("internal", "destination", "call_start"),
    "NOTIFY_RECORD": ("pbx_call_id", "call_id_with_rec"),
}
STATUSES = {
    "answered": CallStatus.ANSWERED,
    "busy": CallStatus.BUSY,
    "cancel": CallStatus.MISSED,
    "no answer": CallStatus.MISSED,
}
API_KEY = SettingField(
    "api_key", "API key", required=False, help="The same page. Only for playing recordings: without it there are none."
)


class Zadarma(Pushing):
    """Reads `NOTIFY_*` events of incoming calls; `call_start` is in the zone of the account."""

    NAME: ClassVar[str] = "telephony/zadarma"
    RECORDINGS: ClassVar[str] = "https://api.zadarma.com/v1/pbx/record/request/"
    RECORDING_HOSTS: ClassVar[tuple[str, ...]] = (".zadarma.com",)
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField("api_secret", "API secret", kind="secret", help="Settings, Integrations and API, Keys and API."),
        API_KEY,
        TIMEZONE,
    )

    def greet(self, request: WebhookRequest) -> WebhookAnswer | None:
        """Echoes `zd_echo`, by which the address is checked when it is saved."""
        echo = dict(request.query).get("zd_echo", "")
        return WebhookAnswer(200, echo) if ECHO.fullmatch(echo) else None

    def verify(self, request: WebhookRequest) -> None:
        """Checks `Signature`: base64 of the lower-case hex (not of the bytes) of HMAC-SHA1."""
        form = parameters(request)
        names = SIGNED.get(str(form.get("event")))
        if names is None:
            raise NotAuthentic("this event cannot be signed")
        signed = "".join(str(form.get(name, "")) for name in names)
        require(request.headers.get("Signature", "").strip(), _sign(self.settings["api_secret"], signed))

    def parse(self, request: WebhookRequest) -> list[CallEvent]:
        """Returns the event of an incoming call; a record gives none without the key that the API wants."""
        message = self.message(request)
        match message.text("event"):
            case "NOTIFY_START" | "NOTIFY_INTERNAL" | "NOTIFY_IVR":
                return [_ringing(message)]
            case "NOTIFY_ANSWER":
                return [_answered(message, request)]
            case "NOTIFY_END":
                return [_ended(message)]
            case "NOTIFY_RECORD" if self.settings["api_key"]:
                return [_recorded(message)]
        return []

    def keeps(self, named: str) -> bool:
        """True for every recording: it is named by an id."""
        return not named.startswith("https://")

    def recording(self, named: str) -> RecordingRequest:
        """Asks the API, which answers with a link that works for a while."""
        query, path = urlencode({"call_id": named}), urlsplit(self.RECORDINGS).path
        signed = f"{path}{query}{hashlib.md5(query.encode(), usedforsecurity=False).hexdigest()}"
        authorization = f"{self.settings['api_key']}:{_sign(self.settings['api_secret'], signed)}"
        address = f"{self.RECORDINGS}?{query}"
        return RecordingRequest(address, self.RECORDING_HOSTS, authorization=authorization, told_in="link")


def _sign(secret: str, text: str) -> str:
    """Base64 of the lower-case hex, not of the bytes."""
    return base64.b64encode(hmac_hex(secret, text, hashlib.sha1).encode()).decode()


def _ringing(message: Message) -> CallEvent:
    return CallEvent(
        message.needed("pbx_call_id"),
        CallStage.RINGING,
        message.caller("caller_id"),
        message.number("called_did"),
        message.at("call_start"),
    )


def _answered(message: Message, request: WebhookRequest) -> CallEvent:
    """The message does not say when: it is when it arrives."""
    return CallEvent(
        message.needed("pbx_call_id"),
        CallStage.ANSWERED,
        message.caller("caller_id"),
        message.number("called_did", "destination"),
        request.received_at,
        started_at=message.at("call_start"),
        answered_by=message.text("internal", "destination", limit=100),
    )


def _ended(message: Message) -> CallEvent:
    """`duration` counts from the first ring; how much of it was talk follows from the answer."""
    started_at, duration = message.at("call_start"), message.seconds("duration")
    status = STATUSES.get(message.text("disposition") or "", CallStatus.FAILED)
    is_answered = status is CallStatus.ANSWERED
    return CallEvent(
        message.needed("pbx_call_id"),
        CallStage.ENDED,
        message.caller("caller_id"),
        message.number("called_did"),
        started_at + timedelta(seconds=duration or 0) if started_at else None,
        started_at=started_at,
        status=status,
        answered_by=message.text("internal", limit=100) if is_answered else None,
        ring_seconds=None if is_answered else duration,
        talk_seconds=None if is_answered else 0,
    )


def _recorded(message: Message) -> CallEvent:
    named = message.needed("call_id_with_rec")
    return CallEvent(message.needed("pbx_call_id"), CallStage.RECORDED, None, None, None, recording_url=named)
