"""`/health/live`: the process answers. `/health/ready`: what it stands on answers too. `/metrics` for Prometheus."""

from __future__ import annotations

from ipaddress import ip_address

from flask import Blueprint, Response, abort, current_app, jsonify, request
from prometheus_client import CONTENT_TYPE_LATEST, generate_latest
from redis.exceptions import RedisError
from sqlalchemy import text
from sqlalchemy.exc import SQLAlchemyError

from tracker.extensions import db
from tracker.services import Services

blueprint = Blueprint("health", __name__)


@blueprint.get("/health/live")
def live() -> Response:
    """200 as long as the process can answer at all."""
    return jsonify({"status": "ok"})


@blueprint.get("/health/ready")
def ready() -> tuple[Response, int]:
    """200 when store and database answer, else 503 with what is away.

    Visits are served without the database and messages are kept without it, so a proxy should go on sending
    them; this is for people and monitors.
    """
    parts = {"store": _store(), "database": _database()}
    is_ready = all(state == "ok" for state in parts.values())
    return jsonify({"status": "ok" if is_ready else "degraded", **parts}), 200 if is_ready else 503


@blueprint.get("/metrics")
def metrics() -> Response:
    """Counters of this process, for whoever asks from this machine or a private network; 403 for the internet."""
    if request.remote_addr and not ip_address(request.remote_addr).is_private:  # a unix socket has no address
        abort(403)
    return Response(generate_latest(), content_type=CONTENT_TYPE_LATEST)


def _store() -> str:
    services: Services = current_app.extensions["services"]
    try:
        services.store.raw.ping()
    except RedisError:
        return "away"
    return "ok"


def _database() -> str:
    try:
        db.session.execute(text("SELECT 1"))
    except SQLAlchemyError:
        return "away"
    finally:
        db.session.remove()
    return "ok"
