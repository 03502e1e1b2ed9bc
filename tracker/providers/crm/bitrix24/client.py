"""Requests to one portal: both call forms, token renewal, `batch`, pages, and errors in our words.

Facts: https://apidocs.bitrix24.com/ (call forms, errors, limits, batch, OAuth), read 2026-11-20.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from tracker.errors import AccessLost, ProviderError, RateLimited, Unavailable
from tracker.providers.crm.base import CrmAccount
from tracker.providers.crm.bitrix24.query import encode
from tracker.providers.crm.bitrix24.refusals import kind_of, sentence
from tracker.providers.crm.bitrix24.tokens import Tokens
from tracker.providers.http import Answer, read_again

NAME = "crm/bitrix24"
WRITING = (".add", ".update", ".delete", ".register", ".finish", ".attachRecord")
BUCKET_REST = timedelta(seconds=10)  # the bucket leaks 2 a second: room for one whole delivery
MOST_COMMANDS = 50

Command = tuple[str, Mapping[str, object]]


@dataclass(frozen=True)
class BatchAnswer:
    """What the commands of a batch returned, and the errors of those that failed."""

    results: Mapping[str, Any]
    errors: Mapping[str, ProviderError] = field(default_factory=dict)

    def get(self, key: str) -> Any:
        """The result of a command.

        Raises:
            ProviderError: the command failed.
        """
        if key in self.errors:
            raise self.errors[key]
        return self.results.get(key)


class Client:
    """One portal, through a webhook or as an application."""

    def __init__(self, account: CrmAccount) -> None:
        self._account = account
        self._http = account.http
        self._tokens = Tokens(account) if not account.settings["webhook_url"] else None

    @property
    def is_application(self) -> bool:
        """True when we call as an OAuth application, which may register calls and lines."""
        return self._tokens is not None

    @property
    def portal_url(self) -> str:
        """The address people open: `https://demo.bitrix24.ru`."""
        return self._base.partition("/rest")[0]

    def now(self) -> datetime:
        """The present, aware UTC."""
        return self._account.now()

    def call(self, step: str, method: str, params: Mapping[str, object], before: object = None) -> Any:
        """Calls one method and returns its `result`.

        Args:
            step: named in the journal.
            before: what a write replaces, for the journal.
        """
        return self._body(step, method, params, before)["result"]

    def rows(self, step: str, method: str, params: Mapping[str, object]) -> Iterator[dict[str, Any]]:
        """Yields the rows of a list method, page after page of fifty."""
        start: int | None = 0
        while start is not None:
            body = self._body(step, method, {**params, "start": start}, None)
            yield from body["result"] or []
            start = body.get("next")

    def replace(self, step: str, read: Command, write: Command) -> Any:
        """Writes, and returns the write's result; the same request first reads what is replaced, for the journal.

        Raises:
            ProviderError: the write failed.
        """
        return self.batch(step, {"before": read, "after": write}, before="before").get("after")

    def batch(self, step: str, commands: Mapping[str, Command], before: str | None = None) -> BatchAnswer:
        """Runs up to fifty commands in one request; each succeeds or fails by itself.

        Args:
            before: the command whose result the others replace, for the journal.

        Raises:
            RateLimited, Unavailable: also when any of the commands met with it.
            AccessLost, Refused: the whole batch was turned away.
        """
        cmd = {key: f"{method}?{encode(params)}" for key, (method, params) in commands.items()}
        before_in = (lambda data: _result_of(data, before)) if before else None
        result = self._body(step, "batch", {"halt": 0, "cmd": cmd}, None, before_in)["result"]
        errors = {key: self._command_error(error) for key, error in as_map(result["result_error"]).items()}
        for error in errors.values():
            if isinstance(error, RateLimited | Unavailable):
                raise error
        return BatchAnswer(as_map(result["result"]), errors)

    def learn(self, step: str, method: str) -> Any:
        """The result of a method without parameters, asked once while a worker owns the connection."""
        learned = self._account.learned
        if method not in learned:
            learned[method] = self.call(step, method, {})
        return learned[method]

    def scopes(self) -> frozenset[str]:
        """The rights that were granted, such as `crm` and `telephony`."""
        return frozenset(self.learn("read the rights", "scope"))

    def remark(self, step: str, text: str) -> None:
        """Writes a sentence into the journal."""
        self._http.remark(step, text)

    @property
    def _base(self) -> str:
        if self._tokens is None:
            return self._account.settings["webhook_url"].rstrip("/")
        return self._tokens.base_url

    def _body(
        self,
        step: str,
        method: str,
        params: Mapping[str, object],
        before: object,
        before_in: Callable[[Any], object] | None = None,
    ) -> dict[str, Any]:
        def ask() -> dict[str, Any]:
            return self._answered(step, method, params, before, before_in)

        return ask() if _writes(method, params) else read_again(ask)

    def _answered(
        self,
        step: str,
        method: str,
        params: Mapping[str, object],
        before: object,
        before_in: Callable[[Any], object] | None,
    ) -> dict[str, Any]:
        answer = self._send(step, method, params, before, before_in)
        if self._tokens is not None and _code(answer) == "expired_token":
            self._tokens.renew()
            answer = self._send(step, method, params, before, before_in)
        if answer.status == 200 and isinstance(answer.data, dict) and "result" in answer.data:
            return answer.data
        raise self._failure(_writes(method, params), answer)

    def connect(self, code: str) -> None:
        """Takes the application's tokens for the code of a consent.

        Raises:
            AccessLost: the code is dead, or this is a webhook.
        """
        if self._tokens is None:
            raise AccessLost("a webhook needs no consent: remove webhook_url first", provider=NAME)
        self._tokens.accept(code)

    def _send(
        self,
        step: str,
        method: str,
        params: Mapping[str, object],
        before: object,
        before_in: Callable[[Any], object] | None,
    ) -> Answer:
        if self._tokens is not None and not self._tokens.access_token:
            self._tokens.renew()
        auth = {"auth": self._tokens.access_token} if self._tokens else {}
        try:
            return self._http.request(
                step,
                "POST",
                f"{self._base}/{method}.json",
                json={**params, **auth},
                before_state=before,
                before_in=before_in,
                reads_429=True,
            )
        except Unavailable as error:
            error.maybe_done = error.maybe_done and _writes(method, params)
            raise

    def _failure(self, writes: bool, answer: Answer) -> ProviderError:
        if answer.status in (301, 302, 307, 308):
            return self._http.error(
                AccessLost, "the portal has moved to another address: mend the connection's address", answer
            )
        if not isinstance(answer.data, dict) or "error" not in answer.data:
            return self._http.error(
                Unavailable,
                f"Bitrix24 answered something else than JSON (HTTP {answer.status})",
                answer,
                maybe_done=writes,
            )
        code, description = _code(answer), str(answer.data.get("error_description", ""))
        kind, message = kind_of(answer.status, code, description), sentence(answer.status, code, description)
        if kind is RateLimited:
            wait = _wait(answer.data, self.now())
            return RateLimited(message, provider=NAME, status=answer.status, retry_after=wait)
        unclear = kind is Unavailable and writes
        return self._http.error(kind, message, answer, maybe_done=unclear)

    def _command_error(self, error: Mapping[str, Any]) -> ProviderError:
        code, description = str(error.get("error", "")), str(error.get("error_description", ""))
        kind, message = kind_of(None, code, description), sentence(None, code, description)
        if kind is RateLimited:
            return RateLimited(message, provider=NAME, retry_after=BUCKET_REST)
        return kind(message, provider=NAME, answer=message)


def as_map(value: object) -> dict[str, Any]:
    """A PHP array as a map: an empty one arrives as `[]`, a dense one as a list."""
    if isinstance(value, Mapping):
        return dict(value)
    return {str(index): item for index, item in enumerate(value)} if isinstance(value, list) else {}


def _result_of(data: object, command: str) -> object:
    """The result of one command in the answer to a batch, None when it failed."""
    return as_map(as_map(as_map(data).get("result")).get("result")).get(command)


def _code(answer: Answer) -> str:
    return str(answer.data.get("error", "")) if isinstance(answer.data, dict) else ""


def _writes(method: str, params: Mapping[str, object]) -> bool:
    methods = (cmd.partition("?")[0] for cmd in as_map(params["cmd"]).values()) if method == "batch" else (method,)
    return any(name.endswith(WRITING) for name in methods)


def _wait(body: Mapping[str, Any], now: datetime) -> timedelta:
    reset = as_map(body.get("time")).get("operating_reset_at")
    if body.get("error") != "OPERATION_TIME_LIMIT" or not isinstance(reset, int | float):
        return BUCKET_REST
    return max(datetime.fromtimestamp(reset, UTC) - now, timedelta(seconds=1))
