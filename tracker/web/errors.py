"""Our errors as status codes, in this one place."""

from __future__ import annotations

import logging

from flask import Flask, Response, jsonify, request
from sqlalchemy.exc import DataError, OperationalError
from werkzeug.exceptions import HTTPException

from tracker.errors import DatabaseAway, InvalidInput, NotAuthentic, NotFound, StoreDown, TooMany, Unavailable

log = logging.getLogger(__name__)

Answer = tuple[Response, int]
MACHINES = ("/api/", "/hooks/")  # what they are told is JSON, whatever went wrong


def register(app: Flask) -> None:
    """Adds a handler for each error that may reach the outside."""
    app.register_error_handler(InvalidInput, _invalid)
    app.register_error_handler(NotAuthentic, lambda error: _say(str(error), 403))
    app.register_error_handler(NotFound, lambda error: _say(str(error), 404))
    app.register_error_handler(TooMany, lambda error: _say(str(error), 429))
    app.register_error_handler(OperationalError, _database_away)
    app.register_error_handler(DataError, lambda error: _say("a value is none that a database could hold", 400))
    app.register_error_handler(HTTPException, told)
    app.register_error_handler(DatabaseAway, lambda error: _say(str(error), 503))
    app.register_error_handler(StoreDown, lambda error: _say("the fast store is away; try again shortly", 503))
    app.register_error_handler(Unavailable, lambda error: _say(str(error), 503))
    app.register_error_handler(OSError, _disk)


def told(error: HTTPException) -> Answer | HTTPException:
    """What Flask itself refuses: JSON for machines, the plain page of the error for everybody else."""
    if not request.path.startswith(MACHINES):
        return error
    response, status = _say(error.description or error.name, error.code or 500)
    response.headers.update({name: text for name, text in error.get_headers() if name == "Allow"})
    return response, status


def _invalid(error: InvalidInput) -> Answer:
    return jsonify({"error": str(error), "field": error.field}), 400


def _say(sentence: str, status: int) -> Answer:
    return jsonify({"error": sentence, "field": None}), status


def _database_away(error: OperationalError) -> Answer:
    log.error("the database does not answer: %s", type(error.orig).__name__)
    return _say("the database is away; try again shortly", 503)


def _disk(error: OSError) -> Answer:
    log.error("a message could not be kept: %s", error)
    return _say("the message could not be kept; send it again", 500)
