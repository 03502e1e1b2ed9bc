"""The incoming request as providers see it, and the answer they give: no Flask here.

The web layer builds one from whatever framework it runs on; a stored raw message builds the same one for
replay. The body stays untouched because signatures cover its bytes.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any, Protocol, runtime_checkable
from urllib.parse import parse_qsl

from tracker import clock
from tracker.errors import InvalidInput

FORM_FIELDS = 1000  # far above any provider's form; bounds the work a hostile body can cause


class Headers(Mapping[str, str]):
    """Request headers, looked up without regard to case; the first of repeated ones wins."""

    def __init__(self, pairs: Mapping[str, str] | list[tuple[str, str]] | None = None) -> None:
        items = pairs.items() if isinstance(pairs, Mapping) else pairs or []
        self._values: dict[str, tuple[str, str]] = {}
        for name, value in items:
            self._values.setdefault(name.lower(), (name, value))

    def __getitem__(self, name: str) -> str:
        return self._values[name.lower()][1]

    def __contains__(self, name: object) -> bool:
        return isinstance(name, str) and name.lower() in self._values

    def __iter__(self) -> Iterator[str]:
        return (name for name, _ in self._values.values())

    def __len__(self) -> int:
        return len(self._values)


@dataclass(frozen=True)
class WebhookRequest:
    """One request of a provider.

    Args:
        path: as received, without the query, for example `/hooks/telephony/generic/pbx`.
        query: decoded pairs in their order; a name may repeat.
        content_type: as received, with its parameters; empty when the header is absent.
        received_at: aware UTC, when our edge got it; a replay passes the time of the first arrival.
        url: as the sender wrote it, from scheme to the end of the query; signatures cover it. Empty at a replay,
            which does not verify again.
    """

    method: str
    path: str
    headers: Headers
    query: tuple[tuple[str, str], ...]
    body: bytes
    content_type: str
    remote_ip: str
    received_at: datetime = field(default_factory=clock.now)
    url: str = ""

    def json(self) -> dict[str, Any]:
        """Returns the body as a JSON object, whatever the content type says.

        Raises:
            InvalidInput: not UTF-8, not JSON or not an object; `field` is `body`.
        """
        try:
            value = json.loads(self.body.decode("utf-8-sig"), parse_constant=_refuse_constant)
        except (ValueError, RecursionError):
            raise InvalidInput("the body is not JSON in UTF-8", "body")
        if not isinstance(value, dict):
            raise InvalidInput("the body must be a JSON object", "body")
        return value

    def form(self) -> list[tuple[str, str]]:
        """Returns the pairs of an urlencoded body in their order; names may repeat.

        Raises:
            InvalidInput: more than 1000 fields; `field` is `body`.
        """
        try:
            text = self.body.decode("utf-8", "replace")
            return parse_qsl(text, keep_blank_values=True, max_num_fields=FORM_FIELDS)
        except ValueError:
            raise InvalidInput(f"the form has more than {FORM_FIELDS} fields", "body")


@dataclass(frozen=True)
class WebhookAnswer:
    """What the provider is told."""

    status: int
    body: str = ""
    content_type: str = "text/plain; charset=utf-8"

    @classmethod
    def of_json(cls, status: int, value: object) -> WebhookAnswer:
        """Builds a JSON answer."""
        return cls(status, json.dumps(value, ensure_ascii=False), "application/json")


@runtime_checkable
class Greets(Protocol):
    """A provider that asks whether the address works before it sends anything genuine."""

    def greet(self, request: WebhookRequest) -> WebhookAnswer | None:
        """Returns the answer to such a question; None when the request is a message. Nothing is stored of it."""


@runtime_checkable
class Forgives(Protocol):
    """A provider whose sender must not hear that a message was not understood: he would repeat or stop sending."""

    def forgive(self, error: InvalidInput) -> WebhookAnswer:
        """Returns the answer to an authentic message that was kept and not understood."""


@runtime_checkable
class Instructs(Protocol):
    """A provider that may ask what to do with a call, and waits for it while the caller hears nothing."""

    def instruct(self, request: WebhookRequest) -> WebhookAnswer | None:
        """Returns what to do, whatever became of the message; None when nothing was asked."""


@runtime_checkable
class Numbers(Protocol):
    """A provider that numbers its messages: a number that comes again brings nothing new, whatever it says."""

    def number(self, request: WebhookRequest) -> str | None:
        """Returns the number of a genuine message, unique within the connection; None when it has none."""


@dataclass(frozen=True)
class Outcome:
    """What became of one event, for providers that want to know.

    Args:
        inquiry: id of the inquiry the event belongs to; None when it only waits in the spool.
        attribution: the JSON shape of the read API; None while nothing is decided.
    """

    inquiry: str | None
    attribution: Mapping[str, object] | None = None


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")
