"""Asterisk and FreePBX as sources we go to: their settings, and what of them is kept raw."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import msgspec

from tracker.errors import InvalidInput
from tracker.inquiries.events import CallEvent
from tracker.providers.settings import SettingField
from tracker.providers.telephony.asterisk.calls import Calls
from tracker.providers.telephony.asterisk.client import Account, AmiClient
from tracker.providers.telephony.asterisk.context import CONTEXTS, patterns
from tracker.providers.telephony.asterisk.tables import TABLE_SETTINGS, optional


def _port(text: str) -> int:
    if not text.isascii() or not text.isdigit() or not 0 < int(text) < 65536:
        raise InvalidInput("use a port from 1 to 65535", "port")
    return int(text)


class Asterisk:
    """The manager interface of an Asterisk."""

    NAME: ClassVar[str] = "telephony/asterisk"
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField("host", "Host of the manager interface"),
        SettingField("port", "Port", default="5038", help="5038, or 5039 with TLS.", check=_port),
        SettingField("tls", "Encrypted (TLS)", kind="bool", required=False),
        SettingField("username", "User", help="Section of manager.conf, with read = system,call,dialplan,user."),
        SettingField("secret", "Secret", kind="secret", help="`secret` of that section."),
        CONTEXTS,
        *optional(TABLE_SETTINGS),
    )

    def __init__(self, settings: Mapping[str, str], country: str) -> None:
        self._settings = settings
        self._country = country

    def connect(self) -> AmiClient:
        """Returns a client, not connected yet."""
        said = self._settings
        tls = said["tls"] == "true"
        return AmiClient(Account(said["host"], _port(said["port"]), said["username"], said["secret"], tls))

    def calls(self) -> Calls:
        """Returns an empty state: no call is known."""
        return Calls(patterns(self._settings["contexts"]), self._country)


class FreePbx(Asterisk):
    """FreePBX and its kin are Asterisk; their dialplan says the dialled number as `FROM_DID`."""

    NAME: ClassVar[str] = "telephony/freepbx"


def raw_body(event: CallEvent, because: str) -> bytes:
    """Returns what is stored of a call event: itself, and the manager's words that led to it."""
    return msgspec.json.encode({"event": event, "because": because})


def read_raw(body: bytes) -> CallEvent:
    """Reads a stored call event.

    Raises:
        InvalidInput: it is none.
    """
    try:
        kept: dict[str, Any] = msgspec.json.decode(body)
        return msgspec.convert(kept["event"], CallEvent, strict=False)
    except (msgspec.MsgspecError, KeyError, TypeError) as error:
        raise InvalidInput(f"this is no call event: {error}", "body") from error
