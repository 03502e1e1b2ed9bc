"""Novofon: accounts of the old cabinet speak as Zadarma, those of the new one as UIS; each message shows which."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from tracker.errors import InvalidInput
from tracker.inquiries.events import CallEvent
from tracker.providers.parameters import parameters
from tracker.providers.recordings import RecordingRequest
from tracker.providers.settings import SettingField
from tracker.providers.telephony.pushing import Pushing
from tracker.providers.telephony.uis import Uis
from tracker.providers.telephony.zadarma import API_KEY, Zadarma
from tracker.providers.telephony.zone import TIMEZONE
from tracker.providers.webhook import WebhookAnswer, WebhookRequest


class OldCabinet(Zadarma):
    """The same language at Novofon's own hosts."""

    RECORDINGS: ClassVar[str] = "https://api.novofon.com/v1/pbx/record/request/"
    RECORDING_HOSTS: ClassVar[tuple[str, ...]] = (".novofon.com", ".zadarma.com")


class Novofon(Pushing):
    """Hands each message to the platform it comes from."""

    NAME: ClassVar[str] = "telephony/novofon"
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField(
            "api_secret", "API secret", kind="secret", required=False, help="Old cabinet: Settings, Keys and API."
        ),
        API_KEY,
        SettingField(
            "secret",
            "Secret",
            kind="secret",
            required=False,
            help="New cabinet: the `key` in the templates.",
        ),
        TIMEZONE,
    )

    def __init__(self, settings: Mapping[str, str], country: str, timezone: str) -> None:
        super().__init__(settings, country, timezone)
        self._old = OldCabinet(settings, country, timezone)
        self._new = Uis(settings, country, timezone)

    def greet(self, request: WebhookRequest) -> WebhookAnswer | None:
        """Echoes the check of the old cabinet."""
        return self._old.greet(request)

    def verify(self, request: WebhookRequest) -> None:
        """Checks the signature of the old cabinet, or the secret of the new one."""
        self._of(request).verify(request)

    def parse(self, request: WebhookRequest) -> list[CallEvent]:
        """Returns the event in the language of its platform."""
        return self._of(request).parse(request)

    def keeps(self, named: str) -> bool:
        """True for recordings of the old cabinet; those of the new one come with their address."""
        return self._old.keeps(named)

    def recording(self, named: str) -> RecordingRequest:
        """Asks the API of the old cabinet."""
        return self._old.recording(named)

    def _of(self, request: WebhookRequest) -> Zadarma | Uis:
        try:
            event = str(parameters(request).get("event", ""))
        except InvalidInput:
            event = ""
        return self._old if event.startswith("NOTIFY_") and self.settings["api_secret"] else self._new
