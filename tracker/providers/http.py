"""The one outgoing HTTP client: timeouts, error mapping, redaction, journal.

Every call leaves a `JournalEntry`; every failure becomes a `ProviderError`. Providers read the answer.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import requests

from tracker.deliveries.progress import Journal, JournalEntry
from tracker.errors import ProviderError, RateLimited, Unavailable

Read = TypeVar("Read")

CONNECT_SECONDS = 5
ANSWER_SECONDS = 20
SECRET_KEYS = re.compile(r"(?i)(token|secret|password|authorization|api_key|auth$)")


@dataclass(frozen=True)
class Answer:
    """What came back: `data` is the decoded JSON, None when the body is empty or not JSON."""

    status: int
    text: str
    data: Any
    headers: Mapping[str, str]


class Http:
    """A client for one connection.

    Args:
        provider: registry name, named in errors.
        journal: receives one entry per request.
        before: called before every request; a rate limiter waits here.
        secrets: texts that never appear in a journal or an error, such as the code in a webhook address.
    """

    def __init__(
        self,
        provider: str,
        journal: Journal,
        before: Callable[[], None] = lambda: None,
        secrets: Sequence[str] = (),
    ) -> None:
        self.provider = provider
        self._journal = journal
        self._before = before
        self._secrets = [text for text in secrets if text]
        self._session = requests.Session()
        self._session.trust_env = False

    def request(
        self,
        step: str,
        method: str,
        url: str,
        *,
        params: Sequence[tuple[str, str]] = (),
        json: object = None,
        headers: Mapping[str, str] | None = None,
        before_state: object = None,
        before_in: Callable[[Any], object] | None = None,
        reads_429: bool = False,
    ) -> Answer:
        """Sends one request and returns whatever came back, of any status.

        Redirects are not followed. Whether a status is an error is the provider's to say.

        Args:
            before_state: what a write replaces, for the journal.
            before_in: finds that in the decoded answer, where one request both reads and writes.
            reads_429: the provider finds the wait in the body and raises `RateLimited` itself.

        Raises:
            Unavailable: no answer; `maybe_done` tells whether the request may have arrived.
            RateLimited: 429.
        """
        self._before()
        try:
            response = self._session.request(
                method,
                url,
                params=list(params),
                json=json,
                headers=dict(headers or {}),
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise self._no_answer(step, method, url, json, error) from error
        answer = Answer(response.status_code, response.text, _decoded(response), response.headers)
        if before_in is not None:
            before_state = before_in(answer.data)
        self._note(step, method, url, json, answer.status, answer.data or answer.text[:2000], before_state)
        if answer.status == 429 and not reads_429:
            raise RateLimited("too many requests", provider=self.provider, status=429, retry_after=_wait(answer))
        return answer

    def remark(self, step: str, text: str) -> None:
        """Writes a sentence into the journal that no request would tell."""
        self._journal(JournalEntry(step, "", "", None, None, text))

    def error(self, kind: type[ProviderError], message: str, answer: Answer, **more: Any) -> ProviderError:
        """Builds a provider error with the shortened, redacted answer."""
        return kind(
            message,
            provider=self.provider,
            status=answer.status,
            answer=self._clean(answer.text[:500]),
            **more,
        )

    def _no_answer(self, step: str, method: str, url: str, sent: object, error: Exception) -> Unavailable:
        never_sent = isinstance(error, requests.ConnectTimeout) or "NewConnectionError" in repr(error)
        self._note(step, method, url, sent, None, type(error).__name__, None)
        return Unavailable(
            f"no answer ({type(error).__name__})",
            provider=self.provider,
            maybe_done=method != "GET" and not never_sent,
        )

    def _note(
        self, step: str, method: str, url: str, sent: object, status: int | None, got: object, before: object
    ) -> None:
        self._journal(JournalEntry(step, method, self._clean(url), self._safe(sent), status, self._safe(got), before))

    def _safe(self, value: object) -> object:
        if isinstance(value, Mapping):
            return {k: "***" if SECRET_KEYS.search(str(k)) else self._safe(v) for k, v in value.items()}
        if isinstance(value, list | tuple):
            return [self._safe(item) for item in value]
        return self._clean(value) if isinstance(value, str) else value

    def _clean(self, text: str) -> str:
        for secret in self._secrets:
            text = text.replace(secret, "***")
        return text


def read_again(read: Callable[[], Read]) -> Read:
    """Returns what a request that changes nothing brings; after a passing failure it is sent once more."""
    try:
        return read()
    except Unavailable:
        return read()


def _decoded(response: requests.Response) -> Any:
    try:
        return json.loads(response.text) if response.text.strip() else None
    except ValueError:
        return None


def _wait(answer: Answer) -> timedelta | None:
    seconds = answer.headers.get("Retry-After", "")
    return timedelta(seconds=int(seconds)) if seconds.isdigit() else None
