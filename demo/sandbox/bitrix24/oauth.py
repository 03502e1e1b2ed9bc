"""The token endpoint, and who stands behind a request."""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from demo.sandbox.bitrix24.portal import Portal
from demo.sandbox.bitrix24.wire import Caller, Rejected

TOKEN_LIFE = timedelta(hours=1)
CODE_LIFE = timedelta(seconds=30)


def webhook_caller(portal: Portal, user: str, code: str) -> Caller:
    """The employee whose webhook this is."""
    owner = portal.webhooks.get(code)
    if owner is None or str(owner) != user:
        raise Rejected(401, "NO_AUTH_FOUND", "Wrong authorization data")
    return Caller(f"webhook:{code}", portal.users[owner], is_application=False)


def application_caller(portal: Portal, token: str) -> Caller:
    """The application with this access token."""
    application = portal.application
    if not token:
        raise Rejected(401, "NO_AUTH_FOUND", "Wrong authorization data")
    if not hmac.compare_digest(token.encode(), application.access_token.encode()):
        raise Rejected(401, "invalid_token", "Unable to get application by token")
    if portal.now() >= application.expires_at:
        raise Rejected(401, "expired_token", "The access token provided has expired.")
    return Caller(f"application:{application.client_id}", portal.users[application.user], is_application=True)


def consent(portal: Portal, params: Mapping[str, str]) -> str:
    """The administrator agrees at once: the address he is sent back to, with a code that lives 30 seconds.

    Raises:
        Rejected: there is no such application.
    """
    application = portal.application
    if params.get("client_id") != application.client_id:
        raise Rejected(400, "invalid_client", "Unknown application")
    code = f"code-{portal.next_id()}"
    application.codes[code] = portal.now() + CODE_LIFE
    back = {
        "code": code,
        "state": params.get("state", ""),
        "domain": portal.domain,
        "member_id": portal.member_id,
        "scope": ",".join(sorted(portal.scopes)),
        "server_domain": "oauth.bitrix.info",
    }
    return f"{application.redirect_uri}?{urlencode(back)}"


def token(portal: Portal, params: Mapping[str, str]) -> dict[str, Any]:
    """Exchanges a code or a refresh token; both tokens are new afterwards and the old ones dead.

    Raises:
        Rejected: wrong application, dead code or refresh token, or another grant.
    """
    application = portal.application
    if params.get("grant_type") not in ("refresh_token", "authorization_code"):
        raise Rejected(400, "invalid_request", "Unsupported grant type")
    if (params.get("client_id"), params.get("client_secret")) != (
        application.client_id,
        application.client_secret,
    ):
        raise Rejected(401, "invalid_client", "Client credentials are invalid")
    if not _is_granted(portal, params):
        raise Rejected(400, "invalid_grant", "Code or refresh token is invalid")
    application.refreshed += 1
    application.access_token = f"access-{application.refreshed + 1}"
    application.refresh_token = f"refresh-{application.refreshed + 1}"
    application.expires_at = portal.now() + TOKEN_LIFE
    return _answer(portal)


def _is_granted(portal: Portal, params: Mapping[str, str]) -> bool:
    if params["grant_type"] == "refresh_token":
        return params.get("refresh_token") == portal.application.refresh_token
    dies_at = portal.application.codes.pop(params.get("code", ""), None)
    return dies_at is not None and portal.now() < dies_at


def _answer(portal: Portal) -> dict[str, Any]:
    application = portal.application
    return {
        "access_token": application.access_token,
        "refresh_token": application.refresh_token,
        "expires": int(application.expires_at.timestamp()),
        "expires_in": int(TOKEN_LIFE.total_seconds()),
        "scope": ",".join(sorted(portal.scopes)),
        "domain": "oauth.bitrix.info",
        "server_endpoint": "https://oauth.bitrix.info/rest/",
        "client_endpoint": f"https://{portal.domain}/rest/",
        "status": "L",
        "member_id": portal.member_id,
        "user_id": application.user,
    }
