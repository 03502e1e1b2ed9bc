"""Access to an account: a long-lived token, or an OAuth pair whose refresh token works only once."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlencode

from tracker import clock
from tracker.errors import AccessLost, Unavailable
from tracker.providers.crm.base import CrmAccount
from tracker.providers.http import Http

EARLY = timedelta(minutes=5)  # refreshed this long before the end, so that no request meets a dying token
RECONNECT = "amoCRM no longer accepts our access: connect the account again"


class Tokens:
    """The tokens of one connection; a new pair is saved before it is used."""

    def __init__(self, account: CrmAccount) -> None:
        self._account = account
        self._settings = dict(account.settings)

    @property
    def can_refresh(self) -> bool:
        """True for an OAuth application; a long-lived token is never refreshed."""
        return bool(self._settings.get("refresh_token") and self._settings.get("client_id"))

    def current(self) -> str:
        """Returns the access token, refreshed if it is about to expire.

        Raises:
            AccessLost: there is none, or the refresh token is spent.
        """
        if self.can_refresh and self._is_expiring():
            self.refresh()
        token = self._settings.get("access_token", "")
        if not token:
            raise AccessLost(RECONNECT, provider=self._account.http.provider)
        return token

    def connect(self, code: str) -> None:
        """Takes and saves the first pair for the code of the redirect; it lives 20 minutes and works once.

        Raises:
            AccessLost: the code is old or used, or the integration's id, key or address is wrong.
        """
        self._exchange({"grant_type": "authorization_code", "code": code})

    def refresh(self) -> None:
        """Exchanges the refresh token for a new pair.

        The caller owns the connection: two exchanges at once would lose the account.

        Raises:
            AccessLost: amoCRM refuses the refresh token.
        """
        self._exchange({"grant_type": "refresh_token", "refresh_token": self._settings["refresh_token"]})

    def _exchange(self, grant: Mapping[str, str]) -> None:
        changed = _exchanged(self._account.http, self._settings, grant, self._account.now())
        self._account.save_settings(changed)
        self._settings.update(changed)

    def _is_expiring(self) -> bool:
        expires_at = self._settings.get("expires_at")
        return bool(expires_at) and clock.parse(expires_at or "") - EARLY <= self._account.now()


def consent_url(settings: Mapping[str, str], state: str) -> str:
    """Returns where an administrator lets the integration in: the common host, never the account's own."""
    host = "www.kommo.com" if settings["base_url"].rstrip("/").endswith("kommo.com") else "www.amocrm.ru"
    return f"https://{host}/oauth?{urlencode({'client_id': settings['client_id'], 'state': state})}"


def _exchanged(http: Http, settings: Mapping[str, str], grant: Mapping[str, str], now: datetime) -> dict[str, str]:
    application = {key: settings.get(key, "") for key in ("client_id", "client_secret", "redirect_uri")}
    url = settings["base_url"].rstrip("/") + "/oauth2/access_token"
    answer = http.request("token", "POST", url, json={**application, **grant})
    if answer.status >= 500:
        raise http.error(Unavailable, "amoCRM cannot give tokens now", answer, maybe_done=True)
    if answer.status != 200 or not isinstance(answer.data, dict):
        raise http.error(AccessLost, RECONNECT, answer)
    return _pair(answer.data, now)


def _pair(data: Mapping[str, Any], now: datetime) -> dict[str, str]:
    return {
        "access_token": str(data["access_token"]),
        "refresh_token": str(data["refresh_token"]),
        "expires_at": clock.to_iso(now + timedelta(seconds=int(data["expires_in"]))),
    }
