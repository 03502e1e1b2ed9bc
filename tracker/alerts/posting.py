"""Sends alerts over HTTP: into a Telegram chat, or to a webhook signed as Standard Webhooks says.

Hosts that were typed in the admin must be public, or listed in SKVOZ_ALLOW_PRIVATE_HOSTS.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

import requests

from tracker.alerts.telling import Told
from tracker.errors import PrivateHost, RateLimited, Refused, Unavailable
from tracker.public_hosts import guarded_session

CONNECT_SECONDS, ANSWER_SECONDS = 5, 20
TELEGRAM = "https://api.telegram.org"


def to_telegram(settings: Mapping[str, str], told: Told, allowed: Collection[str]) -> None:
    """Sends the text into the chat.

    Raises:
        Unavailable: no answer, or a mistake of theirs.
        RateLimited: with the wait they ask for.
        Refused: the bot or the chat does not exist, or the bot is not in the chat.

    Source: core.telegram.org/bots/api, sendMessage and "Making requests" (bot API 9).
    """
    url = f"{settings.get('base_url') or TELEGRAM}/bot{settings['token']}/sendMessage"
    body = {"chat_id": settings["chat"], "text": told.text, "link_preview_options": {"is_disabled": True}}
    answer = _post("alerts/telegram", url, json.dumps(body).encode(), {}, allowed)
    if answer.ok:
        return
    said = _decoded(answer)
    sentence = f"Telegram says: {str(said.get('description') or answer.status_code)[:200]}"
    if answer.status_code == 429:
        wait = (said.get("parameters") or {}).get("retry_after", 0)
        raise RateLimited(sentence, provider="alerts/telegram", status=429, retry_after=timedelta(seconds=int(wait)))
    kind = Unavailable if answer.status_code >= 500 else Refused
    raise kind(sentence, provider="alerts/telegram", status=answer.status_code)


def to_webhook(settings: Mapping[str, str], told: Told, allowed: Collection[str], now: datetime) -> None:
    """Posts the alert as JSON; any 2xx is a receipt. Repeated with the same `webhook-id` until there is one.

    Raises:
        Unavailable: no answer, 429 or 5xx.
        Refused: any other answer.
    """
    body = json.dumps(told.as_json(), ensure_ascii=False).encode()
    headers = signed(settings["secret"], f"alert-{told.id}", now, body)
    answer = _post("alerts/webhook", settings["url"], body, headers, allowed)
    if not answer.ok:
        kind = Unavailable if answer.status_code >= 500 or answer.status_code == 429 else Refused
        raise kind(f"the webhook answers {answer.status_code}", provider="alerts/webhook", status=answer.status_code)


def signed(secret: str, message_id: str, now: datetime, body: bytes) -> dict[str, str]:
    """The headers that let the receiver check who sent it, and when.

    Source: github.com/standard-webhooks/standard-webhooks, spec/standard-webhooks.md.
    """
    at = str(int(now.timestamp()))
    content = f"{message_id}.{at}.".encode() + body
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signature = base64.b64encode(hmac.new(key, content, hashlib.sha256).digest()).decode()
    return {"webhook-id": message_id, "webhook-timestamp": at, "webhook-signature": f"v1,{signature}"}


def _post(
    provider: str, url: str, body: bytes, headers: Mapping[str, str], allowed: Collection[str]
) -> requests.Response:
    try:
        with guarded_session(allowed) as session:
            return session.post(
                url,
                data=body,
                headers={"Content-Type": "application/json", **headers},
                timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
                allow_redirects=False,
            )
    except PrivateHost as error:
        raise Refused(f"{error}; list it in SKVOZ_ALLOW_PRIVATE_HOSTS if that is meant", provider=provider) from error
    except requests.RequestException as error:
        raise Unavailable(f"no answer ({type(error).__name__})", provider=provider) from error


def _decoded(answer: requests.Response) -> dict[str, Any]:
    try:
        said = answer.json()
    except ValueError:
        return {}
    return said if isinstance(said, dict) else {}
