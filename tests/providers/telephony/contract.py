"""What every pushing telephony provider must do, whatever its messages look like."""

from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlencode

import pytest
from one_call import ANSWERED_CALL, MISSED_CALL, START

from tracker.errors import InvalidInput, NotAuthentic
from tracker.inquiries.calls import CallState, fold
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
    received_at: datetime = START


class TelephonyContract:
    """Subclass as `TestContract`, fill in the attributes and `signed`, and the tests below apply.

    Attributes:
        name: registry name.
        settings: of the connection.
        recorded: every message kind once at least.
        malformed: pairs of body and the field the error must name.
        unknown: bodies of an authentic sender about something else than a call; () if the protocol has none.
        stages: what this protocol can tell.
        stale_after: how long a message is believed; None when it carries no time that is signed.
    """

    name: str
    settings: dict[str, str]
    recorded: list[Recorded]
    malformed: list[tuple[bytes, str]]
    unknown: list[bytes] = []
    docs: str
    stages: frozenset[CallStage] = frozenset({CallStage.RINGING, CallStage.ANSWERED, CallStage.ENDED})
    stale_after: timedelta | None = None
    received_at: datetime = START

    def signed(self, body: bytes) -> WebhookRequest:
        """Returns the request the genuine sender would make with this body, received at `self.received_at`."""
        raise NotImplementedError

    def unproven(self, request: WebhookRequest) -> WebhookRequest:
        """Returns the request without its proof; replace it where the proof stands in the body."""
        return dataclasses.replace(request, headers=Headers(), query=())

    def request(self, body: bytes, query: str = "", path: str = "", **headers: str) -> WebhookRequest:
        """Builds a request to this provider's address; `_` in header names stands for `-`."""
        whole = f"/hooks/{self.name}/pbx{path}"
        return WebhookRequest(
            method="POST",
            path=whole,
            headers=Headers({name.replace("_", "-"): value for name, value in headers.items()}),
            query=tuple(parse_qsl(query, keep_blank_values=True)),
            body=body,
            content_type="application/json" if body[:1] == b"{" else "application/x-www-form-urlencoded",
            remote_ip="192.0.2.10",
            received_at=self.received_at,
            url=f"https://track.example.com{whole}" + (f"?{query}" if query else ""),
        )

    def payload(self, file: str) -> bytes:
        return (FOLDER / self.name.partition("/")[2] / file).read_bytes().removesuffix(b"\n")

    def received(self, file: str) -> WebhookRequest:
        """Returns the request that brought a recorded payload."""
        self.received_at = next(case.received_at for case in self.recorded if case.file == file)
        return self.signed(self.payload(file))

    @pytest.fixture
    def provider(self) -> TelephonyProvider:
        kind = TELEPHONY[self.name]
        return kind(read_settings(kind.SETTINGS, self.settings), "RU", "Europe/Moscow")

    def test_genuine_message_is_accepted_and_read(self, provider: TelephonyProvider) -> None:
        for case in self.recorded:
            request = self.received(case.file)

            provider.verify(request)

            assert provider.parse(request) == case.events, case.file

    def test_every_stage_is_recorded(self) -> None:
        stages = {event.stage for case in self.recorded for event in case.events}

        assert stages >= self.stages

    def test_every_recorded_file_is_used(self) -> None:
        files = {path.name for path in (FOLDER / self.name.partition("/")[2]).iterdir()}

        assert files == {case.file for case in self.recorded}

    def test_message_without_proof_is_refused(self, provider: TelephonyProvider) -> None:
        with pytest.raises(NotAuthentic):
            provider.verify(self.unproven(self.received(self.recorded[0].file)))

    def test_message_that_comes_too_late_is_refused(self, provider: TelephonyProvider) -> None:
        request = self.received(self.recorded[0].file)
        late = dataclasses.replace(request, received_at=request.received_at + (self.stale_after or timedelta(days=30)))

        if self.stale_after is None:
            provider.verify(late)
        else:
            with pytest.raises(NotAuthentic):
                provider.verify(late)

    def test_proof_made_with_another_secret_is_refused(self, provider: TelephonyProvider) -> None:
        other = type(self)()
        other.settings = {name: value + "x" for name, value in self.settings.items()}

        with pytest.raises(NotAuthentic):
            provider.verify(other.received(self.recorded[0].file))

    def test_malformed_message_names_its_field(self, provider: TelephonyProvider) -> None:
        for body, field in self.malformed:
            with pytest.raises(InvalidInput) as caught:
                provider.parse(self.signed(body))

            assert caught.value.field == field, body

    def test_repeated_message_gives_the_same_events(self, provider: TelephonyProvider) -> None:
        for case in self.recorded:
            assert provider.parse(self.received(case.file)) == provider.parse(self.received(case.file))

    def test_order_of_messages_is_irrelevant(self, provider: TelephonyProvider) -> None:
        files = [case.file for case in self.recorded]

        forwards = [provider.parse(self.received(file)) for file in files]
        backwards = [provider.parse(self.received(file)) for file in reversed(files)]

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
