"""Requests to one account: tokens, statuses turned into our errors, empty answers, pages."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from tracker.errors import AccessLost, ProviderError, Refused, Unavailable
from tracker.providers.crm.amocrm.tokens import RECONNECT, Tokens
from tracker.providers.crm.base import CrmAccount
from tracker.providers.http import Answer, read_again

API = "/api/v4/"
PAGE = 250  # the largest page amoCRM gives
MOST_PAGES = 8  # a search that finds more is too vague to be worth its requests

ACCESS_SENTENCES = {
    401: RECONNECT,
    402: "the amoCRM account is not paid",
    403: "amoCRM forbids this: the token's user lacks rights, or our address is blocked",
}

Params = Sequence[tuple[str, str]]


class AmoClient:
    """Speaks API v4 as one connection."""

    def __init__(self, account: CrmAccount) -> None:
        self._http = account.http
        self._base = account.settings["base_url"].rstrip("/") + API
        self._tokens = Tokens(account)

    def connect(self, code: str) -> None:
        """Takes and saves the tokens for the code with which an administrator came back."""
        self._tokens.connect(code)

    def get(self, step: str, path: str, params: Params = ()) -> Any:
        """Returns the decoded answer, None for 204: nothing found or no such card."""
        return read_again(lambda: self._read("GET", self._asked(step, "GET", path, params=params)))

    def pages(self, step: str, path: str, key: str, params: Params = ()) -> Iterator[dict[str, Any]]:
        """Yields the elements of a list, page after page while there is a next one."""
        for page in range(1, MOST_PAGES + 1):
            found = self.get(step, path, [*params, ("limit", str(PAGE)), ("page", str(page))])
            if not found:
                return
            yield from found["_embedded"][key]
            if "next" not in found.get("_links", {}):
                return

    def send(self, step: str, method: str, path: str, body: object, before: object = None) -> Any:
        """Writes and returns the decoded answer; `before` is what the write replaces, for the journal."""
        return self._read(method, self._asked(step, method, path, body=body, before=before))

    def create(self, step: str, path: str, model: Mapping[str, Any]) -> str:
        """Creates one element of a list and returns its id."""
        made = self.send(step, "POST", path, [model])
        return str(made["_embedded"][path][0]["id"])

    def _asked(
        self,
        step: str,
        method: str,
        path: str,
        *,
        params: Params = (),
        body: object = None,
        before: object = None,
    ) -> Answer:
        answer = self._once(step, method, path, params, body, before)
        if answer.status == 401 and self._tokens.can_refresh:
            self._tokens.refresh()
            answer = self._once(step, method, path, params, body, before)
        return answer

    def _once(self, step: str, method: str, path: str, params: Params, body: object, before: object) -> Answer:
        headers = {"Authorization": f"Bearer {self._tokens.current()}"}
        url = self._base + path
        return self._http.request(step, method, url, params=params, json=body, headers=headers, before_state=before)

    def _read(self, method: str, answer: Answer) -> Any:
        if answer.status == 204:
            return None
        if answer.status in (200, 201, 202):
            if answer.data is None:  # some proxy's page instead of JSON
                raise self._http.error(Unavailable, "amoCRM answered without JSON", answer, maybe_done=method != "GET")
            return answer.data
        raise self._failure(method, answer)

    def _failure(self, method: str, answer: Answer) -> ProviderError:
        if answer.status in ACCESS_SENTENCES:
            return self._http.error(AccessLost, ACCESS_SENTENCES[answer.status], answer)
        if answer.status >= 500:
            return self._http.error(Unavailable, "amoCRM is out of order", answer, maybe_done=method != "GET")
        return self._http.error(Refused, f"amoCRM refused: {_reason(answer.data)}", answer)


def _reason(data: Any) -> str:
    """The validation errors of a problem, else its detail."""
    if not isinstance(data, dict):
        return "no reason given"
    errors = [
        f"{error.get('path')} {error.get('detail')}"
        for element in data.get("validation-errors") or []
        for error in element.get("errors") or []
    ]
    return "; ".join(errors) or str(data.get("detail") or data.get("title") or "no reason given")
