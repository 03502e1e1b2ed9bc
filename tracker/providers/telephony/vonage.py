"""Vonage voice: JSON events with a signed token (JWT); all legs of a call share one conversation.

Source: the vendor's page on signed webhooks for the token; its voice webhook reference for the fields.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
from collections.abc import Mapping
from typing import Any, ClassVar

from tracker.errors import NotAuthentic
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.settings import SettingField
from tracker.providers.signatures import hmac_base64, require, require_fresh
from tracker.providers.telephony.legs import LEGS, reports_legs
from tracker.providers.telephony.message import Message
from tracker.providers.telephony.pushing import Pushing
from tracker.providers.webhook import WebhookRequest

RINGING = ("started", "ringing")
ENDS = {
    "completed": CallStatus.ANSWERED,
    "busy": CallStatus.BUSY,
    "cancelled": CallStatus.MISSED,
    "unanswered": CallStatus.MISSED,
    "timeout": CallStatus.MISSED,
    "rejected": CallStatus.FAILED,
    "failed": CallStatus.FAILED,
}


class Vonage(Pushing):
    """Reads events of incoming calls and, if told so, of the phones they are connected with."""

    NAME: ClassVar[str] = "telephony/vonage"
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField("signature_secret", "Signature secret", kind="secret", help="Dashboard, API settings."),
        LEGS,
    )

    def verify(self, request: WebhookRequest) -> None:
        """Checks the token: HS256 only, at most five minutes old, and of this very body."""
        head, _, signature = _token(request).rpartition(".")
        header, _, claims = head.partition(".")
        if _part(header).get("alg") != "HS256":
            raise NotAuthentic("the token is signed in another way")
        require(signature, _url_safe(hmac_base64(self.settings["signature_secret"], head)))
        said = _part(claims)
        issued_at = said.get("iat")
        if not isinstance(issued_at, int | float):
            raise NotAuthentic("the token does not say when it was made")
        require_fresh(issued_at, request.received_at)
        if request.body:
            require(str(said.get("payload_hash", "")).lower(), hashlib.sha256(request.body).hexdigest())

    def parse(self, request: WebhookRequest) -> list[CallEvent]:
        """Returns the one event; what is said of called phones counts only if they are reported as a rule."""
        message = self.message(request)
        if message.text("recording_url"):
            return [_recording(message)]
        legs = reports_legs(self.settings)
        if message.text("direction") == "outbound":
            return _leg(message) if legs else []
        return _caller(message, legs)


def _caller(message: Message, legs: bool) -> list[CallEvent]:
    said = message.text("status")
    if said in RINGING:
        return [_event(message, CallStage.RINGING)]
    if said == "answered" and not legs:
        return [_event(message, CallStage.ANSWERED)]
    if said not in ENDS:
        return []
    at = message.at("end_time", "timestamp")
    if ENDS[said] is not CallStatus.ANSWERED:
        return [_event(message, CallStage.ENDED, at=at, status=ENDS[said], talk_seconds=0)]
    if legs:
        return [_event(message, CallStage.ENDED, at=at)]
    talk = message.seconds("duration") or 0
    status = CallStatus.ANSWERED if talk else CallStatus.MISSED
    return [_event(message, CallStage.ENDED, at=at, status=status, talk_seconds=talk)]


def _leg(message: Message) -> list[CallEvent]:
    said, whose = message.text("status"), {"caller": None, "called": None, "leg": message.needed("uuid")}
    to = message.text("to", limit=100)
    if said in RINGING:
        return [_event(message, CallStage.RINGING, **whose)]
    if said == "answered":
        return [_event(message, CallStage.ANSWERED, answered_by=to, **whose)]
    if said not in ENDS:
        return []
    at, talk = message.at("end_time", "timestamp"), message.seconds("duration") or 0
    status = ENDS[said] if talk or said != "completed" else CallStatus.MISSED
    by = to if status is CallStatus.ANSWERED else None
    return [_event(message, CallStage.ENDED, at=at, status=status, answered_by=by, talk_seconds=talk, **whose)]


def _event(message: Message, stage: CallStage, **more: Any) -> CallEvent:
    told = {
        "caller": message.caller("from"),
        "called": message.number("to"),
        "at": message.at("timestamp"),
    } | more
    return CallEvent(message.needed("conversation_uuid"), stage, **told)


def _recording(message: Message) -> CallEvent:
    url = message.link("recording_url")
    return _event(message, CallStage.RECORDED, caller=None, called=None, recording_url=url)


def _token(request: WebhookRequest) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "bearer" or token.count(".") != 2:
        raise NotAuthentic("the token is missing")
    return token.strip()


def _part(text: str) -> Mapping[str, Any]:
    try:
        value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise NotAuthentic("the token cannot be read")
    return value


def _url_safe(text: str) -> str:
    return text.rstrip("=").replace("+", "-").replace("/", "_")
