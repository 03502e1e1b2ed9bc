"""Stand-ins for Telegram's Bot API and for a webhook, as strict as the originals, and a real mail server's box.

Source: core.telegram.org/bots/api (sendMessage); github.com/standard-webhooks/standard-webhooks.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass, field
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from flask import Flask, jsonify, request
from flask.typing import ResponseReturnValue

TOKEN = "123456:ABC-DEF"
CHAT = "-1001"
SECRET = "whsec_" + base64.b64encode(b"k" * 32).decode()
KNOWN = {"chat_id", "text", "parse_mode", "link_preview_options", "disable_notification"}


@dataclass
class Receiver:
    """What arrived, and what to answer instead of success: status, body, how often."""

    url: str = ""
    messages: list[str] = field(default_factory=list)
    alerts: dict[str, dict[str, Any]] = field(default_factory=dict)
    faults: list[tuple[int, dict[str, Any]]] = field(default_factory=list)
    requests: int = 0


@dataclass
class Mailbox:
    """What aiosmtpd does with letters; `refusal` is its answer to every recipient, if it takes none."""

    letters: list[EmailMessage] = field(default_factory=list)
    refusal: str | None = None
    port: int = 0

    async def handle_RCPT(self, _server: Any, _session: Any, envelope: Any, address: str, _options: Any) -> str:
        if self.refusal:
            return self.refusal
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        self.letters.append(message_from_bytes(envelope.content, policy=policy.default))
        return "250 OK"


def create_app(state: Receiver) -> Flask:
    app = Flask("receivers")

    @app.before_request
    def fail() -> ResponseReturnValue | None:
        state.requests += 1
        if not state.faults:
            return None
        status, body = state.faults.pop(0)
        return jsonify(body), status

    @app.post("/bot<token>/sendMessage")
    def send_message(token: str) -> ResponseReturnValue:
        if token != TOKEN:
            return _no(401, "Unauthorized")
        said = request.get_json()
        if set(said) - KNOWN or not said.get("text") or len(said["text"]) > 4096:
            return _no(400, "Bad Request: message text is empty")
        if said.get("chat_id") != CHAT:
            return _no(400, "Bad Request: chat not found")
        state.messages.append(said["text"])
        return jsonify({"ok": True, "result": {"message_id": len(state.messages)}})

    @app.post("/alerts")
    def alerts() -> ResponseReturnValue:
        number, at = request.headers["webhook-id"], request.headers["webhook-timestamp"]
        signed = f"{number}.{at}.".encode() + request.get_data()
        key = base64.b64decode(SECRET.removeprefix("whsec_"))
        wanted = "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()
        if not hmac.compare_digest(request.headers["webhook-signature"], wanted):
            return "", 401
        state.alerts[number] = request.get_json()
        return "", 204

    return app


def _no(status: int, description: str) -> ResponseReturnValue:
    return jsonify({"ok": False, "error_code": status, "description": description}), status
