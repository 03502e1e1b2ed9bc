"""The portal over HTTP: both call forms, the token endpoint, the request limit, planned failures."""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, Flask, Response, jsonify, request

from demo.sandbox.bitrix24 import oauth, rest
from demo.sandbox.bitrix24.php import nest
from demo.sandbox.bitrix24.portal import Portal
from demo.sandbox.bitrix24.wire import Caller, Rejected
from demo.sandbox.faults import misbehave

BOTH = ["GET", "POST"]


def create_app(portal: Portal) -> Flask:
    """An application that is nothing but this portal."""
    app = Flask(__name__)
    app.register_blueprint(blueprint(portal))
    return app


def blueprint(portal: Portal, name: str = "bitrix24") -> Blueprint:
    """The routes of one portal: `/rest/<user>/<code>/<method>`, `/rest/<method>`, `/oauth/…`."""
    routes = Blueprint(name, __name__)

    @routes.route("/rest/<user>/<code>/<method>", methods=BOTH)
    def by_webhook(user: str, code: str, method: str) -> Response:
        return _answer(portal, method, lambda _: oauth.webhook_caller(portal, user, code))

    @routes.route("/rest/<method>", methods=BOTH)
    def by_application(method: str) -> Response:
        return _answer(portal, method, lambda params: oauth.application_caller(portal, str(params.get("auth", ""))))

    @routes.route("/oauth/token/", methods=BOTH)
    def token() -> Response:
        try:
            with portal.lock:
                return jsonify(oauth.token(portal, {**request.args, **request.form}))
        except Rejected as refusal:
            return _json(refusal.status, refusal.body())

    @routes.get("/oauth/authorize/")
    def consent() -> Response:
        try:
            with portal.lock:
                return Response(status=302, headers={"Location": oauth.consent(portal, request.args)})
        except Rejected as refusal:
            return _json(refusal.status, refusal.body())

    return routes


def _answer(portal: Portal, method: str, identify: Any) -> Response:
    name = rest.canonical(method.removesuffix(".json"))
    with portal.lock:
        portal.requests.append(name)
        fault = portal.faults.take(name)
    if fault is None:
        return _served(portal, name, identify)
    return misbehave(fault, lambda: _served(portal, name, identify), portal.sleep)


def _served(portal: Portal, method: str, identify: Any) -> Response:
    caller: Caller | None = None
    with portal.lock:
        try:
            _admit(portal)
            params = _params()
            caller = identify(params)
            return _json(200, rest.serve(portal, caller, method, params))
        except Rejected as refusal:
            return _json(refusal.status, rest.refusal_body(portal, caller, method, refusal))


def _admit(portal: Portal) -> None:
    if portal.https_only and not request.is_secure:
        raise Rejected(400, "INVALID_REQUEST", "Https required.")
    if not portal.bucket.admits(request.remote_addr or "", portal.now()):
        raise Rejected(503, "QUERY_LIMIT_EXCEEDED", "Too many requests")


def _params() -> dict[str, Any]:
    query = nest(request.args.items(multi=True))
    if request.is_json:
        sent = request.get_json(silent=True)
        return {**query, **sent} if isinstance(sent, dict) else query
    return {**query, **nest(request.form.items(multi=True))}


def _json(status: int, body: Any) -> Response:
    return Response(json.dumps(body, ensure_ascii=False), status, content_type="application/json; charset=utf-8")
