"""`/oauth2/access_token`: codes and refresh tokens work once, every exchange gives a new pair."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any

from flask import Blueprint, Response, jsonify, request

from demo.sandbox.amocrm.account import Account, Application
from demo.sandbox.amocrm.wire import Problem

ACCESS_LIVES = timedelta(hours=24)
CODE_LIVES = timedelta(minutes=20)


def add_routes(blueprint: Blueprint, account: Account) -> None:
    """Serves the token endpoint of the account's one integration."""

    @blueprint.post("/oauth2/access_token")
    def access_token() -> Response:
        body = request.get_json(silent=True)
        if not isinstance(body, dict):
            raise Problem(400, "The request is malformed", hint="Check the JSON body")
        application = _checked_application(account, body)
        if body.get("grant_type") == "authorization_code":
            _spend_code(account, application, str(body.get("code")))
        elif body.get("grant_type") != "refresh_token":
            raise Problem(400, "Unsupported grant type", hint="Check the grant_type parameter")
        elif body.get("refresh_token") != application.refresh_token:
            raise Problem(401, "The refresh token is invalid.", hint="Token has been revoked")
        return jsonify(_new_pair(account, application))


def _checked_application(account: Account, body: dict[str, Any]) -> Application:
    application = account.application
    given = (body.get("client_id"), body.get("client_secret"))
    if application is None or given != (application.client_id, application.client_secret):
        raise Problem(401, "Client authentication failed", hint="Check the client credentials")
    if body.get("redirect_uri") != application.redirect_uri:
        raise Problem(400, "The redirect URI differs from the settings", hint="Check the redirect_uri parameter")
    return application


def _spend_code(account: Account, application: Application, code: str) -> None:
    issued = application.codes.pop(code, None)
    if issued is None or account.now() - issued > CODE_LIVES:
        raise Problem(400, "The authorization code is invalid", hint="Authorization code has been revoked")


def _new_pair(account: Account, application: Application) -> dict[str, Any]:
    application.refreshed += 1
    application.refresh_token = f"refresh-{secrets.token_hex(8)}"
    access = f"access-{secrets.token_hex(8)}"
    account.issue_token(access, ACCESS_LIVES)
    return {
        "token_type": "Bearer",
        "expires_in": int(ACCESS_LIVES.total_seconds()),
        "server_time": account.stamp(),
        "access_token": access,
        "refresh_token": application.refresh_token,
    }
