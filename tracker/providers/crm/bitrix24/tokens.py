"""The tokens of an application: used until the portal says they have expired, then renewed once."""

from __future__ import annotations

from urllib.parse import urlsplit

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
        """Exchanges the refresh token.

        Raises:
            AccessLost: the refresh token or the application is refused.
            Unavailable: the token server fails; the old pair stays. An answer that got lost costs the pair:
                the next attempt then ends in `AccessLost`.
        """
        answer = self._account.http.request("renew the access", "GET", self._endpoint, params=self._grant())
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

    def _grant(self) -> list[tuple[str, str]]:
        settings = self._account.settings
        return [
            ("grant_type", "refresh_token"),
            ("client_id", settings["client_id"]),
            ("client_secret", settings["client_secret"]),
            ("refresh_token", self._refresh_token),
        ]

    def _follow(self, endpoint: str) -> None:
        """A portal that was renamed says its new address; a plain-HTTP one is a sandbox and stays."""
        if urlsplit(endpoint).scheme == "https" and self.base_url.startswith("https:"):
            self.base_url = endpoint.rstrip("/")

    def _failure(self, answer: Answer) -> Exception:
        body = answer.data if isinstance(answer.data, dict) else {}
        said = sentence(answer.status, str(body.get("error", "")), str(body.get("error_description", "")))
        kind = AccessLost if body.get("error") and answer.status in DEAD else Unavailable
        return self._account.http.error(kind, f"the access could not be renewed: {said}", answer)
