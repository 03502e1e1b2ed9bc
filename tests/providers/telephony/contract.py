"""What every pushing telephony provider must do, whatever its messages look like."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from tracker.errors import InvalidInput, NotAuthentic
from tracker.inquiries.events import CallEvent, CallStage
from tracker.providers.registry import TELEPHONY
from tracker.providers.settings import read_settings
from tracker.providers.telephony.base import TelephonyProvider
from tracker.providers.webhook import Headers, Outcome, WebhookRequest

FOLDER = Path(__file__).parent
DOCS = FOLDER.parents[2] / "docs" / "providers"


@dataclasses.dataclass(frozen=True)
class Recorded:
    """A payload as received (a file of the provider's folder) and the events it must give."""

    file: str
    events: list[CallEvent]


class TelephonyContract:
    """Subclass as `TestContract`, fill in the attributes and `signed`, and the tests below apply.

    Attributes:
        name: registry name.
        settings: of the connection.
        recorded: every message kind once at least.
        malformed: pairs of body and the field the error must name.
        unknown: bodies of an authentic sender about something else than a call; () if the protocol has none.
    """

    name: str
    settings: dict[str, str]
    recorded: list[Recorded]
    malformed: list[tuple[bytes, str]]
    unknown: list[bytes] = []  # noqa: RUF012
    docs: str

    def signed(self, body: bytes) -> WebhookRequest:
        """Returns the request the genuine sender would make with this body."""
        raise NotImplementedError

    def payload(self, file: str) -> bytes:
        return (FOLDER / self.name.partition("/")[2] / file).read_bytes()

    @pytest.fixture
    def provider(self) -> TelephonyProvider:
        kind = TELEPHONY[self.name]
        return kind(read_settings(kind.SETTINGS, self.settings), "RU", "Europe/Moscow")

    def test_genuine_message_is_accepted_and_read(self, provider: TelephonyProvider) -> None:
        for case in self.recorded:
            request = self.signed(self.payload(case.file))

            provider.verify(request)

            assert provider.parse(request) == case.events, case.file

    def test_every_stage_is_recorded(self) -> None:
        stages = {event.stage for case in self.recorded for event in case.events}

        assert stages >= {CallStage.RINGING, CallStage.ANSWERED, CallStage.ENDED}

    def test_every_recorded_file_is_used(self) -> None:
        files = {path.name for path in (FOLDER / self.name.partition("/")[2]).iterdir()}

        assert files == {case.file for case in self.recorded}

    def test_message_without_proof_is_refused(self, provider: TelephonyProvider) -> None:
        request = self.signed(self.payload(self.recorded[0].file))
        bare = dataclasses.replace(request, headers=Headers(), query=())

        with pytest.raises(NotAuthentic):
            provider.verify(bare)

    def test_proof_made_with_another_secret_is_refused(self, provider: TelephonyProvider) -> None:
        other = type(self)()
        other.settings = {name: value + "x" for name, value in self.settings.items()}

        with pytest.raises(NotAuthentic):
            provider.verify(other.signed(self.payload(self.recorded[0].file)))

    def test_malformed_message_names_its_field(self, provider: TelephonyProvider) -> None:
        for body, field in self.malformed:
            with pytest.raises(InvalidInput) as caught:
                provider.parse(self.signed(body))

            assert caught.value.field == field, body

    def test_repeated_message_gives_the_same_events(self, provider: TelephonyProvider) -> None:
        for case in self.recorded:
            body = self.payload(case.file)

            assert provider.parse(self.signed(body)) == provider.parse(self.signed(body))

    def test_order_of_messages_is_irrelevant(self, provider: TelephonyProvider) -> None:
        bodies = [self.payload(case.file) for case in self.recorded]

        forwards = [provider.parse(self.signed(body)) for body in bodies]
        backwards = [provider.parse(self.signed(body)) for body in reversed(bodies)]

        assert forwards == backwards[::-1]

    def test_unknown_message_gives_no_event(self, provider: TelephonyProvider) -> None:
        for body in self.unknown:
            assert provider.parse(self.signed(body)) == [], body

    def test_answer_is_success_with_and_without_an_outcome(self, provider: TelephonyProvider) -> None:
        for outcomes in ([], [Outcome("i1")], [Outcome("i1", {"status": "unknown"})]):
            assert 200 <= provider.answer(outcomes).status < 300

    def test_settings_are_explained(self) -> None:
        page = (DOCS / self.docs).read_text()

        for field in TELEPHONY[self.name].SETTINGS:
            assert field.label
            assert f"`{field.name}`" in page


def changed(payload: bytes, **changes: Any) -> bytes:
    """Returns a JSON payload with some fields replaced; `...` removes one."""
    data = {**json.loads(payload), **changes}
    return json.dumps({name: value for name, value in data.items() if value is not ...}).encode()
