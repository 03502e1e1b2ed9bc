"""Telnyx: JSON signed with Ed25519; a call is answered when the caller is bridged with somebody.

Source: the vendor's SDK for the signature; its page on call control webhooks for the fields.
"""

from __future__ import annotations

import base64
import binascii
from typing import ClassVar
from urllib.parse import quote

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from tracker.errors import InvalidInput, NotAuthentic
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.recordings import RecordingRequest
from tracker.providers.settings import SettingField
from tracker.providers.signatures import require_fresh
from tracker.providers.telephony.message import Message
from tracker.providers.telephony.pushing import Pushing
from tracker.providers.webhook import WebhookRequest

CAUSES = {"user_busy": CallStatus.BUSY, "call_rejected": CallStatus.FAILED}


def _public_key(text: str) -> Ed25519PublicKey:
    try:
        return Ed25519PublicKey.from_public_bytes(base64.b64decode(text, validate=True))
    except (binascii.Error, ValueError):
        raise InvalidInput("this is no public key: 32 bytes as base64", "public_key")


class Telnyx(Pushing):
    """Reads events of incoming calls; `call_session_id` is the whole call."""

    NAME: ClassVar[str] = "telephony/telnyx"
    RECORDINGS: ClassVar[str] = "https://api.telnyx.com/v2/recordings/"
    RECORDING_HOSTS: ClassVar[tuple[str, ...]] = (".telnyx.com", ".amazonaws.com")
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField("public_key", "Public key", help="Portal, Keys & credentials.", check=_public_key),
        SettingField(
            "api_key",
            "API key",
            kind="secret",
            required=False,
            help="The same page. Only for recordings: without it their links end within minutes.",
        ),
    )

    def verify(self, request: WebhookRequest) -> None:
        """Checks the signature over time and body; older than five minutes is refused."""
        signed_at = request.headers.get("telnyx-timestamp", "")
        if not (signed_at.isascii() and signed_at.isdigit()):
            raise NotAuthentic("the time of the signature is missing")
        require_fresh(int(signed_at[:12]), request.received_at)
        try:
            given = base64.b64decode(request.headers.get("telnyx-signature-ed25519", ""), validate=True)
            _public_key(self.settings["public_key"]).verify(given, signed_at.encode() + b"|" + request.body)
        except (binascii.Error, ValueError, InvalidSignature) as error:
            raise NotAuthentic("the signature is wrong") from error

    def parse(self, request: WebhookRequest) -> list[CallEvent]:
        """Returns the one event; outgoing legs give none."""
        message = self.message(request)
        if message.text("data.payload.direction") == "outgoing":
            return []
        match message.text("data.event_type"):
            case "call.initiated":
                return [_event(message, CallStage.RINGING)]
            case "call.bridged":
                return [_event(message, CallStage.ANSWERED)]
            case "call.hangup":
                return [_end(message)]
            case "call.recording.saved":
                return [self._recording(message)]
        return []

    def keeps(self, named: str) -> bool:
        """True for what is named by an id; an address is open to all, if only for minutes."""
        return not named.startswith(("http://", "https://"))

    def recording(self, named: str) -> RecordingRequest:
        """Asks the API, which answers with a link that works for minutes."""
        return RecordingRequest(
            f"{self.RECORDINGS}{quote(named, safe='')}",
            self.RECORDING_HOSTS,
            authorization=f"Bearer {self.settings['api_key']}",
            told_in="data.download_urls.mp3",
        )

    def _recording(self, message: Message) -> CallEvent:
        """The public address lasts; the other one ends within minutes, so an id is better if it can be asked for."""
        lasting = message.link("data.payload.public_recording_urls.mp3", "data.payload.public_recording_urls.wav")
        named = message.text("data.payload.recording_id", limit=200) if self.settings["api_key"] else None
        passing = message.link("data.payload.recording_urls.mp3", "data.payload.recording_urls.wav")
        return _event(message, CallStage.RECORDED, url=lasting or named or passing)


def _event(message: Message, stage: CallStage, status: CallStatus | None = None, url: str | None = None) -> CallEvent:
    """Only a message that says `incoming` tells the caller's own numbers; others may be about the called leg."""
    is_callers = message.text("data.payload.direction") == "incoming"
    return CallEvent(
        message.needed("data.payload.call_session_id"),
        stage,
        message.caller("data.payload.from") if is_callers else None,
        message.number("data.payload.to") if is_callers else None,
        message.at("data.occurred_at"),
        started_at=message.at("data.payload.start_time") if stage is CallStage.ENDED and is_callers else None,
        status=status,
        recording_url=url,
        leg=None if is_callers or stage is not CallStage.ENDED else message.text("data.payload.call_leg_id"),
    )


def _end(message: Message) -> CallEvent:
    """A normal end says nothing about an answer: the bridge does."""
    return _event(message, CallStage.ENDED, CAUSES.get(message.text("data.payload.hangup_cause") or ""))
