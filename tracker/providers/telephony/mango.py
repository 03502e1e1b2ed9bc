"""Mango Office virtual PBX: signed forms to fixed paths below our address; the summary of a call is the truth.

Source: the vendor's API manual, version 1.9 and the edition of February 2026.
"""

from __future__ import annotations

import hashlib
import json
from typing import Any, ClassVar

from tracker.errors import InvalidInput, NotAuthentic
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.parameters import parameters
from tracker.providers.recordings import RecordingRequest
from tracker.providers.settings import SettingField
from tracker.providers.shared_secret import same
from tracker.providers.signatures import require
from tracker.providers.telephony.message import Message
from tracker.providers.telephony.pushing import Pushing, finished
from tracker.providers.webhook import WebhookAnswer, WebhookRequest

INBOUND = "1"
SUCCESS = "1"
TECHNICAL_FAULTS = "5"  # codes 5xxx


class Mango(Pushing):
    """Reads `/events/call` (per leg), `/events/summary` (the whole call) and `/events/record/added`; no other path."""

    NAME: ClassVar[str] = "telephony/mango"
    RECORDINGS: ClassVar[str] = "https://app.mango-office.ru/vpbx/queries/recording/post"
    RECORDING_HOSTS: ClassVar[tuple[str, ...]] = (".mango-office.ru",)
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField("api_key", "Unique code of the PBX", kind="secret", help="`vpbx_api_key`, in API connector."),
        SettingField("api_salt", "Key for the signature", kind="secret", help="`vpbx_api_salt`, in API connector."),
    )

    def greet(self, request: WebhookRequest) -> WebhookAnswer | None:
        """Says yes to the test of the address, which carries no signature and goes to a path without events."""
        return None if "/events/" in request.path or b"sign=" in request.body else WebhookAnswer(200)

    def verify(self, request: WebhookRequest) -> None:
        """Checks `sign`, which is sha256 of key, the very text of `json`, and salt."""
        form = parameters(request)
        key, salt = self.settings["api_key"], self.settings["api_salt"]
        if not same(str(form.get("vpbx_api_key", "")), key):
            raise NotAuthentic("the code of the PBX is another one")
        require(str(form.get("sign", "")).lower(), _sign(key, str(form.get("json", "")), salt))

    def parse(self, request: WebhookRequest) -> list[CallEvent]:
        """Returns the event of an incoming call; the end of a leg is none."""
        message = self.reading(_inner(parameters(request)))
        if request.path.endswith("/events/call"):
            return _leg(message)
        if request.path.endswith("/events/summary") and message.text("call_direction") == INBOUND:
            return [_summary(message)]
        if request.path.endswith("/events/record/added"):
            return [_recording(message)]
        return []

    def keeps(self, named: str) -> bool:
        """True for every recording: it is named by an id."""
        return not named.startswith("https://")

    def recording(self, named: str) -> RecordingRequest:
        """Asks with a signed form; the answer leads to a link that works once."""
        key, text = self.settings["api_key"], json.dumps({"recording_id": named, "action": "download"})
        form = {"vpbx_api_key": key, "sign": _sign(key, text, self.settings["api_salt"]), "json": text}
        return RecordingRequest(self.RECORDINGS, self.RECORDING_HOSTS, form=form)


def _sign(key: str, text: str, salt: str) -> str:
    return hashlib.sha256(f"{key}{text}{salt}".encode("utf-8", "replace")).hexdigest()


def _inner(form: dict[str, Any]) -> dict[str, Any]:
    try:
        value = json.loads(str(form.get("json", "")))
    except (ValueError, RecursionError):
        raise InvalidInput("json is not JSON", "json")
    if not isinstance(value, dict):
        raise InvalidInput("json is not an object", "json")
    return value


def _leg(message: Message) -> list[CallEvent]:
    if message.text("from.extension") or not message.text("to.line_number", "to.number"):
        return []  # a colleague calls: outgoing or internal
    call_id, at = message.needed("entry_id"), message.at("timestamp")
    caller, called = message.caller("from.number"), message.number("to.line_number")
    extension = message.text("to.extension", limit=100)
    match message.text("call_state"):
        case "Appeared":
            return [CallEvent(call_id, CallStage.RINGING, caller, called, at)]
        case "Connected" if extension:  # without one it is the voice menu or a queue
            return [CallEvent(call_id, CallStage.ANSWERED, caller, called, at, answered_by=extension)]
    return []


def _summary(message: Message) -> CallEvent:
    return finished(
        message.needed("entry_id"),
        message.caller("from.number"),
        message.number("line_number"),
        started_at=message.at("create_time"),
        answered_at=message.at("talk_time"),
        ended_at=message.at("end_time"),
        status=_status(message),
        answered_by=_answered_by(message),
    )


def _recording(message: Message) -> CallEvent:
    at, named = message.at("timestamp"), message.needed("recording_id")
    return CallEvent(message.needed("entry_id"), CallStage.RECORDED, None, None, at, recording_url=named)


def _status(message: Message) -> CallStatus:
    if message.text("entry_result") == SUCCESS and message.at("talk_time"):
        return CallStatus.ANSWERED
    fault = (message.text("disconnect_reason") or "").startswith(TECHNICAL_FAULTS)
    return CallStatus.FAILED if fault else CallStatus.MISSED


def _answered_by(message: Message) -> str | None:
    """Of a missed call `to` is the first who missed it."""
    if _status(message) is not CallStatus.ANSWERED:
        return None
    return message.text("to.extension", "to.number", limit=100)
