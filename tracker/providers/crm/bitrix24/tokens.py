"""The tokens of an application: used until the portal says they have expired, then renewed once."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import urlencode, urlsplit

from tracker.errors import AccessLost, Unavailable
from tracker.providers.crm.base import CrmAccount
from tracker.providers.crm.bitrix24.refusals import sentence
from tracker.providers.http import Answer

DEAD = frozenset({400, 401, 402, 403})


class Tokens:
    """The access and refresh token of one application.

    Bitrix24 warns that renewing before every call may block the application, and replaces the refresh token
    each time; the new pair is kept durably before it is used.

    Source: https://apidocs.bitrix24.com/settings/oauth/auto-renewal.html, read 2026-11-20.
    """

    def __init__(self, account: CrmAccount) -> None:
        self._account = account
        self._refresh_token = account.settings["refresh_token"]
        self.access_token = account.settings["access_token"]
        self.base_url = account.settings["base_url"].rstrip("/").removesuffix("/rest") + "/rest"

    def renew(self) -> None:
        """Exchanges the refresh token for a new pair.

        Raises:
            AccessLost: the refresh token or the application is refused.
            Unavailable: the token server fails; the old pair stays. An answer that got lost costs the pair:
                the next attempt then ends in `AccessLost`.
        """
        if not self._refresh_token:
            raise AccessLost("the application is not connected yet: connect it", provider=self._account.http.provider)
        self._take("renew the access", [("grant_type", "refresh_token"), ("refresh_token", self._refresh_token)])

    def accept(self, code: str) -> None:
        """Takes the first pair for the code with which the portal sent the administrator back to us.

        Args:
            code: lives 30 seconds.

        Raises:
            AccessLost, Unavailable: as in `renew`.

        Source: https://apidocs.bitrix24.com/settings/oauth/, read 2026-11-20.
        """
        self._take("connect the application", [("grant_type", "authorization_code"), ("code", code)])

    def _take(self, step: str, grant: list[tuple[str, str]]) -> None:
        settings = self._account.settings
        application = [("client_id", settings["client_id"]), ("client_secret", settings["client_secret"])]
        answer = self._account.http.request(step, "GET", self._endpoint, params=[*grant, *application])
        fresh = answer.data if isinstance(answer.data, dict) else {}
        if answer.status != 200 or "access_token" not in fresh:
            raise self._failure(answer)
        self.access_token, self._refresh_token = str(fresh["access_token"]), str(fresh["refresh_token"])
        self._follow(str(fresh.get("client_endpoint") or ""))
        self._account.save_settings(
            {
                "access_token": self.access_token,
                "refresh_token": self._refresh_token,
                "base_url": self.base_url.removesuffix("/rest"),
            }
        )

    @property
    def _endpoint(self) -> str:
        return self._account.settings["oauth_url"].rstrip("/") + "/oauth/token/"

    def _follow(self, endpoint: str) -> None:
        """A portal that was renamed says its new address; a plain-HTTP one is a sandbox and stays."""
        if urlsplit(endpoint).scheme == "https" and self.base_url.startswith("https:"):
            self.base_url = endpoint.rstrip("/")

    def _failure(self, answer: Answer) -> Exception:
        body = answer.data if isinstance(answer.data, dict) else {}
        said = sentence(answer.status, str(body.get("error", "")), str(body.get("error_description", "")))
        kind = AccessLost if body.get("error") and answer.status in DEAD else Unavailable
        return self._account.http.error(kind, f"no access: {said}", answer)


def consent_url(settings: Mapping[str, str], state: str) -> str:
    """The page of the portal where an administrator lets the application in; he then returns with a code."""
    query = urlencode({"client_id": settings["client_id"], "state": state})
    return f"{settings['base_url'].rstrip('/')}/oauth/authorize/?{query}"
