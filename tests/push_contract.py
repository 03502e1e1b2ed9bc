"""What every provider that pushes messages to us must do, calls or letters, whatever the messages look like."""

from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl

import pytest

from tracker.errors import InvalidInput, NotAuthentic
from tracker.providers.registry import settings_of
from tracker.providers.webhook import Headers, Outcome, WebhookRequest

DOCS = Path(__file__).parents[1] / "docs" / "providers"


class Case(Protocol):
    """A payload as received (a file of the provider's folder) and the events it must give."""

    @property
    def file(self) -> str: ...
    @property
    def events(self) -> list[Any]: ...
    @property
    def received_at(self) -> datetime: ...


class PushContract:
    """Subclass as `TestContract`, fill in the attributes and `signed`, and the tests below apply.

    Attributes:
        name: registry name.
        settings: of the connection.
        recorded: every message kind once at least.
        malformed: pairs of body and the field the error must name.
        unknown: bodies of an authentic sender about something else; () if the protocol has none.
        docs: the page.
        stale_after: how long a message is believed; None when it carries no time that is signed.
        folder: holds a folder of payloads per provider.
        connection: its key.
    """

    name: str
    settings: dict[str, str]
    recorded: list[Any]
    malformed: list[tuple[bytes, str]]
    unknown: list[bytes] = []
    docs: str
    stale_after: timedelta | None = None
    received_at: datetime
    folder: Path
    connection = "pbx"

    def make(self) -> Any:
        """Returns the provider with `self.settings`."""
        raise NotImplementedError

    def signed(self, body: bytes) -> WebhookRequest:
        """Returns the request the genuine sender would make with this body, received at `self.received_at`."""
        raise NotImplementedError

    def unproven(self, request: WebhookRequest) -> WebhookRequest:
        """Returns the request without its proof; replace it where the proof stands in the body."""
        return dataclasses.replace(request, headers=Headers(), query=())

    def request(self, body: bytes, query: str = "", path: str = "", **headers: str) -> WebhookRequest:
        """Builds a request to this provider's address; `_` in header names stands for `-`."""
        whole = f"/hooks/{self.name}/{self.connection}{path}"
        return WebhookRequest(
            method="POST",
            path=whole,
            headers=Headers({name.replace("_", "-"): value for name, value in headers.items()}),
            query=tuple(parse_qsl(query, keep_blank_values=True)),
            body=body,
            content_type=content_type(body),
            remote_ip="192.0.2.10",
            received_at=self.received_at,
            url=f"https://track.example.com{whole}" + (f"?{query}" if query else ""),
        )

    def payload(self, file: str) -> bytes:
        return (self.folder / self.name.partition("/")[2] / file).read_bytes().removesuffix(b"\n")

    def received(self, file: str) -> WebhookRequest:
        """Returns the request that brought a recorded payload."""
        self.received_at = next(case.received_at for case in self.recorded if case.file == file)
        return self.signed(self.payload(file))

    @pytest.fixture
    def provider(self) -> Any:
        return self.make()

    def test_genuine_message_is_accepted_and_read(self, provider: Any) -> None:
        for case in self.recorded:
            request = self.received(case.file)

            provider.verify(request)

            assert provider.parse(request) == case.events, case.file

    def test_every_recorded_file_is_used(self) -> None:
        files = {path.name for path in (self.folder / self.name.partition("/")[2]).iterdir()}

        assert files == {case.file for case in self.recorded}

    def test_message_without_proof_is_refused(self, provider: Any) -> None:
        with pytest.raises(NotAuthentic):
            provider.verify(self.unproven(self.received(self.recorded[0].file)))

    def test_message_that_comes_too_late_is_refused(self, provider: Any) -> None:
        request = self.received(self.recorded[0].file)
        late = dataclasses.replace(request, received_at=request.received_at + (self.stale_after or timedelta(days=30)))

        if self.stale_after is None:
            provider.verify(late)
        else:
            with pytest.raises(NotAuthentic):
                provider.verify(late)

    def test_proof_made_with_another_secret_is_refused(self, provider: Any) -> None:
        other = type(self)()
        other.settings = {name: value + "x" for name, value in self.settings.items()}

        with pytest.raises(NotAuthentic):
            provider.verify(other.received(self.recorded[0].file))

    def test_malformed_message_names_its_field(self, provider: Any) -> None:
        for body, field in self.malformed:
            with pytest.raises(InvalidInput) as caught:
                provider.parse(self.signed(body))

            assert caught.value.field == field, body

    def test_repeated_message_gives_the_same_events(self, provider: Any) -> None:
        for case in self.recorded:
            assert provider.parse(self.received(case.file)) == provider.parse(self.received(case.file))

    def test_order_of_messages_is_irrelevant(self, provider: Any) -> None:
        files = [case.file for case in self.recorded]

        forwards = [provider.parse(self.received(file)) for file in files]
        backwards = [provider.parse(self.received(file)) for file in reversed(files)]

        assert forwards == backwards[::-1]

    def test_unknown_message_gives_no_event(self, provider: Any) -> None:
        for body in self.unknown:
            assert provider.parse(self.signed(body)) == [], body

    def test_answer_is_success_with_and_without_an_outcome(self, provider: Any) -> None:
        for outcomes in ([], [Outcome("i1")], [Outcome("i1", {"status": "unknown"})]):
            assert 200 <= provider.answer(outcomes).status < 300

    def test_settings_are_explained(self) -> None:
        page = (DOCS / self.docs).read_text()

        for field in settings_of(self.name):
            assert field.label
            assert f"`{field.name}`" in page


def content_type(body: bytes) -> str:
    """Returns what a sender says of such a body."""
    if body[:1] == b"{":
        return "application/json"
    if body[:2] == b"--":
        boundary = body.partition(b"\r\n")[0].removeprefix(b"--").decode()
        return f"multipart/form-data; boundary={boundary}"
    return "application/x-www-form-urlencoded"
