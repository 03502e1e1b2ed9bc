"""What Twilio and SignalWire have in common: the same callbacks, signed alike over address and form."""

from __future__ import annotations

import base64
import dataclasses
import hashlib
import hmac
from typing import Any
from urllib.parse import parse_qsl

from contract import OneCallContract, Recorded
from one_call import GAVE_UP, RECORDING, START, answered, ended, recorded, ringing

from tracker.inquiries.events import CallStatus
from tracker.providers.webhook import Headers, WebhookRequest

CALL, LOST = "CA00000000000000000000000000000001", "CA00000000000000000000000000000002"
LEG = "CA00000000000000000000000000000009"
PHONE = "+14155550123"
LISTENS = {"forward_to": "", "fallback_url": "", "record": "", "whisper": ""}


def signature(url: str, body: bytes, token: str, digest: Any = hashlib.sha1) -> str:
    pairs = sorted(set(parse_qsl(body.decode(), keep_blank_values=True)))
    glued = "".join(name + value for name, value in pairs)
    return base64.b64encode(hmac.new(token.encode(), (url + glued).encode(), digest).digest()).decode()


class CallbackContract(OneCallContract):
    """Subclasses say `name`, `docs`, `settings`, and by which header and setting a request is signed."""

    header: str
    key: str
    recorded = [
        Recorded("ringing.txt", [ringing(CALL)]),
        Recorded("leg-answered.txt", [answered(CALL, caller=None, called=None, answered_by=PHONE, leg=LEG)]),
        Recorded(
            "leg-ended.txt",
            [
                ended(
                    CALL,
                    caller=None,
                    called=None,
                    status=CallStatus.ANSWERED,
                    answered_by=PHONE,
                    talk_seconds=73,
                    leg=LEG,
                )
            ],
        ),
        Recorded("ended.txt", [ended(CALL, started_at=START)]),
        Recorded("recording.txt", [recorded(CALL)]),
        Recorded("ended-missed.txt", [ended(LOST, GAVE_UP, started_at=START)]),
    ]
    answered_call = ["ringing.txt", "leg-answered.txt", "leg-ended.txt", "ended.txt", "recording.txt"]
    missed_call = ["ended-missed.txt"]
    untold = {"answered_by": PHONE, "recording_url": RECORDING}
    untold_missed = {"talk_seconds": None}
    malformed = [
        (b"Direction=inbound&CallStatus=ringing", "CallSid"),
        (b"ParentCallSid=CA1&CallStatus=ringing", "CallSid"),
        (b"Direction=inbound&CallSid=CA1&CallStatus=completed&CallDuration=x", "CallDuration"),
        (b"Direction=inbound&CallSid=CA1&CallStatus=completed&Timestamp=now", "Timestamp"),
    ]
    unknown = [
        b"CallSid=CA1&Direction=outbound-api&CallStatus=ringing",
        b"CallSid=CA1&Direction=inbound&CallStatus=queued",
        b"CallSid=CA1&RecordingSid=RE1&RecordingStatus=absent",
        b"",
    ]

    def signed(self, body: bytes) -> WebhookRequest:
        made = self.request(body)
        headers = Headers({self.header: signature(made.url, body, self.settings[self.key])})
        return dataclasses.replace(made, headers=headers)
