"""Vonage voice: JSON events with a signed token (JWT); all legs of a call share one conversation.

Source: the vendor's page on signed webhooks for the token; its voice webhook reference for the fields.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Any, ClassVar
from urllib.parse import urlsplit

from tracker import clock
from tracker.errors import NotAuthentic
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers import json_web_token
from tracker.providers.recordings import RecordingRequest
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
    RECORDING_HOSTS: ClassVar[tuple[str, ...]] = (".nexmo.com", ".vonage.com")
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField("signature_secret", "Signature secret", kind="secret", help="Dashboard, API settings."),
        LEGS,
        SettingField(
            "application_id",
            "Application ID",
            required=False,
            help="Of the voice application. Only for recordings: nobody else may fetch them.",
        ),
        SettingField(
            "private_key",
            "Private key",
            kind="secret",
            required=False,
            help="Of the same application, the whole file. Only for recordings.",
            check=json_web_token.private_key,
        ),
    )

    def verify(self, request: WebhookRequest) -> None:
        """Checks the token: HS256 only, at most five minutes old, and of this very body.

        What was seen within these minutes may be sent again, but nothing else: the same body changes nothing.
        """
        head, _, signature = _token(request).rpartition(".")
        header, _, claims = head.partition(".")
        if json_web_token.part(header).get("alg") != "HS256":
            raise NotAuthentic("the token is signed in another way")
        require(signature, json_web_token.url_safe(hmac_base64(self.settings["signature_secret"], head)))
        said = json_web_token.part(claims)
        issued_at = said.get("iat")
        if not isinstance(issued_at, int | float):
            raise NotAuthentic("the token does not say when it was made")
        require_fresh(issued_at, request.received_at)
        if not request.body:
            raise NotAuthentic("the token covers no body: events must be sent by POST")
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

    def keeps(self, named: str) -> bool:
        """True for recordings at Vonage, once the application is known that may fetch them."""
        is_theirs = (urlsplit(named).hostname or "").endswith(self.RECORDING_HOSTS)
        return is_theirs and bool(self.settings["application_id"] and self.settings["private_key"])

    def recording(self, named: str) -> RecordingRequest:
        """Asks with a token of the application that is good for a minute."""
        now = int(clock.now().timestamp())
        claims = {"application_id": self.settings["application_id"], "iat": now, "exp": now + 60}
        key = json_web_token.private_key(self.settings["private_key"])
        token = json_web_token.signed(key, claims | {"jti": secrets.token_hex(16)})
        return RecordingRequest(named, self.RECORDING_HOSTS, authorization=f"Bearer {token}")


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
