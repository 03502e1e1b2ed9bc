"""Twilio: signed forms. Status callbacks are read; call instructions are given only where a connection wants it.

Source: the vendor's SDKs for the signature; its pages on voice webhooks for the fields.
"""

from __future__ import annotations

import hashlib
import hmac
import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import ClassVar
from urllib.parse import parse_qs, urlsplit, urlunsplit

from tracker.errors import NotAuthentic
from tracker.inquiries.events import CallEvent, CallStage, CallStatus
from tracker.providers.recordings import RecordingRequest
from tracker.providers.settings import SettingField
from tracker.providers.shared_secret import same
from tracker.providers.signatures import hmac_base64
from tracker.providers.telephony.instructions import INSTRUCTIONS, WHISPER, instructions, twiml
from tracker.providers.telephony.legs import LEGS, reports_legs
from tracker.providers.telephony.message import Message
from tracker.providers.telephony.pushing import Pushing
from tracker.providers.webhook import Outcome, WebhookAnswer, WebhookRequest

STATUSES = {
    "completed": CallStatus.ANSWERED,
    "answered": CallStatus.ANSWERED,
    "busy": CallStatus.BUSY,
    "no-answer": CallStatus.MISSED,
    "canceled": CallStatus.MISSED,
    "failed": CallStatus.FAILED,
}
ACCOUNT = re.compile(r"/Accounts/(AC\w+)/")
BEHIND = (".twilio.com", ".amazonaws.com")  # where the first answer may lead to
PORTS = {"https": 443, "http": 80}


class Twilio(Pushing):
    """Reads callbacks of a number (the caller's leg), of `<Number>` (a called leg), of `<Dial>` and of recordings."""

    NAME: ClassVar[str] = "telephony/twilio"
    RECORDING_HOSTS: ClassVar[tuple[str, ...]] = ("api.twilio.com",)
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField("auth_token", "Auth token", kind="secret", help="Console, Account info."),
        SettingField(
            "shared_key",
            "Webhook signing key",
            kind="secret",
            required=False,
            help="Only if the account signs with HMAC-SHA256 and a key of its own; then nothing weaker is accepted.",
        ),
        LEGS,
        *INSTRUCTIONS,
    )

    def verify(self, request: WebhookRequest) -> None:
        """Checks `X-Twilio-Signature` over the address and the form, with and without the usual port."""
        key, digest = self._key(request.headers.get("X-Twilio-Webhooks-Signature-Settings", ""))
        given = request.headers.get("X-Twilio-Signature", "")
        if not given or not any(same(given, wanted) for wanted in form_signatures(request, key, digest)):
            raise NotAuthentic("the signature is wrong")

    def _key(self, said: str) -> tuple[str, str]:
        """The header names the algorithm, but may not choose a weaker one than the connection is set up for."""
        pairs = dict(part.strip().partition("=")[::2] for part in said.split(","))
        if not said and not self.settings["shared_key"]:
            return self.settings["auth_token"], "sha1"
        if pairs.get("algorithm") != "HMAC_SHA256" or not self.settings["shared_key"]:
            raise NotAuthentic("the signature is made by another algorithm than the connection is set up for")
        return self.settings["shared_key"], "sha256"

    def parse(self, request: WebhookRequest) -> list[CallEvent]:
        """Returns the one event of an incoming call."""
        message = self.message(request)
        if request.path.endswith(WHISPER):
            return []  # the employee has picked up, and hears something before he speaks with the caller
        if message.text("RecordingSid"):
            return _recording(message)
        if message.text("DialCallStatus"):
            return [_dialled(message, request.received_at)]
        if message.text("ParentCallSid"):
            return _leg(message, request.received_at)
        return self._caller(message, request.received_at) if message.text("Direction") == "inbound" else []

    def keeps(self, named: str) -> bool:
        """True for recordings at Twilio: an account may ask for its name and token there."""
        return urlsplit(named).hostname in self.RECORDING_HOSTS

    def recording(self, named: str) -> RecordingRequest:
        """Asks with the account, which stands in the address, and its token."""
        account = ACCOUNT.search(named)
        auth = (account[1], self.settings["auth_token"]) if account else None
        return RecordingRequest(named, [*self.RECORDING_HOSTS, *BEHIND], auth)

    def instruct(self, request: WebhookRequest) -> WebhookAnswer | None:
        """Returns TwiML for `/voice` and `/whisper`, if the connection says where calls are forwarded to."""
        return instructions(self.settings, request.path, request.url)

    def answer(self, outcomes: Sequence[Outcome]) -> WebhookAnswer:
        """Answers empty TwiML: ignored after a status, and after `<Dial>` it ends the call as nothing would."""
        return twiml("")

    def _caller(self, message: Message, received_at: datetime) -> list[CallEvent]:
        call_id, said = message.needed("CallSid"), message.text("CallStatus")
        who = message.caller("From", "Caller"), message.number("To", "Called")
        at = message.at("Timestamp") or received_at
        if said in ("ringing", "initiated"):
            return [CallEvent(call_id, CallStage.RINGING, *who, at)]
        status = STATUSES.get(said or "")
        if status is None:
            return []
        total = message.seconds("CallDuration")
        started_at = at - timedelta(seconds=total) if total is not None else None
        if status is CallStatus.ANSWERED and (reports_legs(self.settings) or self.settings["forward_to"]):
            return [CallEvent(call_id, CallStage.ENDED, *who, at, started_at)]
        talk = total if status is CallStatus.ANSWERED else 0
        return [CallEvent(call_id, CallStage.ENDED, *who, at, started_at, status, talk_seconds=talk)]


def _leg(message: Message, received_at: datetime) -> list[CallEvent]:
    """The called phone: its `From` may be any number of ours, so neither number is taken from it."""
    call_id, leg = message.needed("ParentCallSid"), message.needed("CallSid")
    at, said = message.at("Timestamp") or received_at, message.text("CallStatus")
    answered_by = message.text("To", "Called", limit=100)
    if said in ("initiated", "ringing"):
        return [CallEvent(call_id, CallStage.RINGING, None, None, at, leg=leg)]
    if said == "in-progress":
        return [CallEvent(call_id, CallStage.ANSWERED, None, None, at, answered_by=answered_by, leg=leg)]
    status = STATUSES.get(said or "")
    if status is None:
        return []
    is_answered = status is CallStatus.ANSWERED
    return [
        CallEvent(
            call_id,
            CallStage.ENDED,
            None,
            None,
            at,
            status=status,
            answered_by=answered_by if is_answered else None,
            talk_seconds=message.seconds("CallDuration") if is_answered else 0,
            leg=leg,
        )
    ]


def _dialled(message: Message, received_at: datetime) -> CallEvent:
    """What `<Dial>` came to is the outcome of the call, whatever the caller hears afterwards."""
    return CallEvent(
        message.needed("CallSid"),
        CallStage.ENDED,
        message.caller("From", "Caller"),
        message.number("To", "Called"),
        received_at,
        status=STATUSES.get(message.text("DialCallStatus") or ""),
        talk_seconds=message.seconds("DialCallDuration"),
    )


def _recording(message: Message) -> list[CallEvent]:
    url = message.link("RecordingUrl")
    if message.text("RecordingStatus") != "completed" or url is None:
        return []
    at = message.at("RecordingStartTime")
    return [CallEvent(message.needed("CallSid"), CallStage.RECORDED, None, None, at, recording_url=f"{url}.mp3")]


def form_signatures(request: WebhookRequest, key: str, digest: str = "sha1") -> Iterable[str]:
    """Yields the genuine signatures: of the address as it is, without and with the usual port.

    A JSON body is not signed itself; its hash stands in the address.

    Raises:
        NotAuthentic: the hash in the address is not that of the body.
    """
    hashes = parse_qs(urlsplit(request.url).query).get("bodySHA256")
    if hashes and not hmac.compare_digest(hashes[0].encode(), hashlib.sha256(request.body).hexdigest().encode()):
        raise NotAuthentic("the body is not the one that was signed")
    signed = "" if hashes or request.method == "GET" else _glued(request.form())
    for url in _addresses(request.url):
        yield hmac_base64(key, url + signed, getattr(hashlib, digest))


def _glued(pairs: Iterable[tuple[str, str]]) -> str:
    values = defaultdict(set)
    for name, value in pairs:
        values[name].add(value)
    return "".join(name + value for name in sorted(values) for value in sorted(values[name]))


def _addresses(url: str) -> list[str]:
    """The sender is not consistent about the usual port."""
    parts = urlsplit(url)
    bare = urlunsplit(parts._replace(netloc=parts.netloc.removesuffix(f":{PORTS.get(parts.scheme)}")))
    host = urlsplit(bare).netloc
    ported = urlunsplit(parts._replace(netloc=f"{host}:{PORTS.get(parts.scheme)}"))
    return [url, bare, ported]
