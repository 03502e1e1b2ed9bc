"""The account as a web service: one request at a time, checked for moods, limits and tokens before it is served."""

from __future__ import annotations

from flask import Blueprint, Flask, Response, current_app, jsonify, request
from werkzeug.exceptions import HTTPException

from demo.sandbox.amocrm import contacts, leads, notes, oauth, settings, tasks, unsorted
from demo.sandbox.amocrm.account import Account
from demo.sandbox.amocrm.wire import Problem
from demo.sandbox.faults import misbehave

API = "/api/v4/"


def create_sandbox(account: Account) -> Flask:
    """Returns a WSGI application that serves one account at its root."""
    app = Flask("amocrm-sandbox")
    app.register_blueprint(create_blueprint(account))
    app.register_error_handler(HTTPException, lambda error: _problem(error).answer())
    return app


def create_blueprint(account: Account) -> Blueprint:
    """Returns the account as a blueprint, for a demo that serves more than this."""
    blueprint = Blueprint("amocrm", __name__)
    for part in (contacts, unsorted, leads, notes, tasks, settings, oauth):
        part.add_routes(blueprint, account)

    @blueprint.post("/api/v2/events")
    def popup() -> Response:
        _authorize(account)
        account.popups += (request.get_json(silent=True) or {}).get("add", [])
        return jsonify({"_embedded": {"items": []}})

    @blueprint.before_request
    def serve() -> Response:
        with account.lock:
            account.requests.append((request.method, request.path))
            fault = account.faults.take(request.method)
        return misbehave(fault, lambda: _work(account), account.sleep) if fault else _work(account)

    blueprint.register_error_handler(Problem, Problem.answer)
    return blueprint


def _work(account: Account) -> Response:
    with account.lock:
        try:
            _admit(account)
            return current_app.make_response(current_app.dispatch_request())
        except Problem as problem:
            return problem.answer()
        except HTTPException as error:
            return _problem(error).answer()


def _admit(account: Account) -> None:
    verdict = account.limit.verdict(account.now())
    if verdict == 403:
        raise Problem(403, "The account is blocked for too many requests")
    if verdict == 429:
        raise _TooMany
    if API in request.path:
        _authorize(account)


class _TooManyRequests(Problem):
    """429 with a body that is not JSON."""

    def answer(self) -> Response:
        return Response("Too many requests", 429, content_type="text/html")


_TooMany = _TooManyRequests(429, "Too many requests")


def _authorize(account: Account) -> None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    dies_at = account.tokens.get(token)
    if scheme != "Bearer" or dies_at is None or dies_at <= account.now():
        raise Problem(401, "Unauthorized")
    if not account.is_paid:
        raise Problem(402, "Account is not paid")
    noun = request.path.partition(API)[2].partition("/")[0]
    if request.method != "GET" and noun in account.forbidden:
        raise Problem(403, "Access denied. Code 244")


def _problem(error: HTTPException) -> Problem:
    return Problem(error.code or 500, error.description or "")
