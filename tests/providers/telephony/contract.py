"""What every pushing telephony provider must do, whatever its messages look like."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

from one_call import ANSWERED_CALL, MISSED_CALL, START
from push_contract import PushContract

from tracker.inquiries.calls import CallState, fold
from tracker.inquiries.events import CallEvent, CallStage
from tracker.providers.registry import TELEPHONY
from tracker.providers.settings import read_settings
from tracker.providers.telephony.base import TelephonyProvider

FOLDER = Path(__file__).parent


@dataclasses.dataclass(frozen=True)
class Recorded:
    """A payload as received (a file of the provider's folder) and the events it must give."""

    file: str
    events: list[CallEvent]
    received_at: datetime = START


class TelephonyContract(PushContract):
    """Subclass as `TestContract`; see `PushContract`.

    Attributes:
        stages: what this protocol can tell.
    """

    stages: frozenset[CallStage] = frozenset({CallStage.RINGING, CallStage.ANSWERED, CallStage.ENDED})
    folder = FOLDER
    received_at = START

    def make(self) -> TelephonyProvider:
        kind = TELEPHONY[self.name]
        return kind(read_settings(kind.SETTINGS, self.settings), "RU", "Europe/Moscow")

    def test_every_stage_is_recorded(self) -> None:
        stages = {event.stage for case in self.recorded for event in case.events}

        assert stages >= self.stages


class OneCallContract(TelephonyContract):
    """The same two calls in every provider's words end as the same two inquiries.

    Attributes:
        answered_call: files that tell of the answered call, any order.
        missed_call: files that tell of the missed one.
        untold: what this protocol does not tell: fields of the expected state that are other here.
    """

    answered_call: list[str]
    missed_call: list[str]
    untold: dict[str, Any] = {}
    untold_missed: dict[str, Any] = {}

    def folded(self, provider: TelephonyProvider, files: list[str]) -> CallState:
        events = [provider.parse(self.received(file)) for file in files]
        assert len({event.call_id for found in events for event in found}) == 1
        return fold(event for found in events for event in found)

    def test_answered_call_ends_as_everywhere(self, provider: TelephonyProvider) -> None:
        expected = dataclasses.replace(ANSWERED_CALL, **self.untold)

        assert self.folded(provider, self.answered_call) == expected
        assert self.folded(provider, self.answered_call[::-1]) == expected

    def test_missed_call_ends_as_everywhere(self, provider: TelephonyProvider) -> None:
        expected = dataclasses.replace(MISSED_CALL, **self.untold_missed)

        assert self.folded(provider, self.missed_call) == expected


def form(body: bytes, **changes: Any) -> bytes:
    """Returns a form with some fields replaced; `...` removes one."""
    pairs = {**dict(parse_qsl(body.decode(), keep_blank_values=True)), **changes}
    return urlencode({name: value for name, value in pairs.items() if value is not ...}).encode()


def changed(payload: bytes, **changes: Any) -> bytes:
    """Returns a JSON payload with some fields replaced; `...` removes one."""
    data = {**json.loads(payload), **changes}
    return json.dumps({name: value for name, value in data.items() if value is not ...}).encode()
