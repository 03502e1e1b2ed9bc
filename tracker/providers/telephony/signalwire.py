"""SignalWire, compatibility API: speaks as Twilio, signs with a key of the project.

Source: the vendor's SDK.
"""

from __future__ import annotations

import hashlib
from typing import ClassVar

from tracker.errors import NotAuthentic
from tracker.providers.settings import SettingField
from tracker.providers.shared_secret import same
from tracker.providers.signatures import hmac_hex
from tracker.providers.telephony.instructions import INSTRUCTIONS
from tracker.providers.telephony.legs import LEGS
from tracker.providers.telephony.twilio import Twilio, form_signatures
from tracker.providers.webhook import WebhookRequest


class SignalWire(Twilio):
    """Reads the same callbacks as Twilio."""

    NAME: ClassVar[str] = "telephony/signalwire"
    RECORDING_HOSTS: ClassVar[tuple[str, ...]] = ()  # their long addresses are open to all
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField("signing_key", "Signing key", kind="secret", help="Project, API credentials: not the API token."),
        LEGS,
        *INSTRUCTIONS,
    )

    def verify(self, request: WebhookRequest) -> None:
        """Checks the signature over address and raw body (JSON), or over address and form."""
        key, headers = self.settings["signing_key"], request.headers
        given = headers.get("X-SignalWire-Signature") or headers.get("X-Twilio-Signature", "")
        if given and same(given, hmac_hex(key, request.url.encode() + request.body, hashlib.sha1)):
            return
        if not given or not any(same(given, wanted) for wanted in form_signatures(request, key)):
            raise NotAuthentic("the signature is wrong")
