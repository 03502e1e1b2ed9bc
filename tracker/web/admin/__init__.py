"""The admin: one blueprint per noun below /admin, one guard in front of all of them."""

from __future__ import annotations

import logging
from pathlib import Path

from flask import Blueprint, Flask, Response, current_app, g, make_response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from sqlalchemy.exc import OperationalError
from werkzeug.exceptions import HTTPException

from tracker.access.rights import Access, Right
from tracker.access.throttle import LoginThrottle
from tracker.config import ROOT, Config
from tracker.errors import DatabaseAway, NotFound, StoreDown
from tracker.extensions import login
from tracker.store import connect
from tracker.web import translations
from tracker.web.admin import (
    account,
    alerts,
    annotating,
    auth,
    connections,
    deliveries,
    guard,
    health,
    identity,
    installing,
    journal,
    numbers,
    overview,
    people,
    policies,
    pools,
    reports,
    resets,
    scope,
    second_factor,
    showing,
    sites,
    team,
    tokens,
    visitors,
)
from tracker.web.errors import told

log = logging.getLogger(__name__)

PARTS = (
    auth,
    health,
    overview,
    journal,
    annotating,
    visitors,
    people,
    reports,
    deliveries,
    pools,
    numbers,
    sites,
    installing,
    connections,
    policies,
    alerts,
    tokens,
    team,
    account,
    second_factor,
    resets,
)

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; media-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def register(app: Flask) -> None:
    """Adds the admin to the application."""
    blueprint = Blueprint(
        "admin", __name__, url_prefix="/admin", static_folder=ROOT / "static", static_url_path="/static"
    )
    for part in PARTS:
        blueprint.register_blueprint(part.blueprint)
    blueprint.before_request(guard.check)
    blueprint.after_request(_protect)
    blueprint.context_processor(_for_templates)
    blueprint.register_error_handler(NotFound, _not_found)
    blueprint.register_error_handler(HTTPException, _failed)
    for away in (OperationalError, DatabaseAway, StoreDown):
        blueprint.register_error_handler(away, _away)
    config: Config = app.config["SKVOZ"]
    app.extensions["login_throttle"] = LoginThrottle(connect(config))
    translations.compile_stale(Path(app.config["BABEL_TRANSLATION_DIRECTORIES"]))
    identity.register(login)
    scope.register()
    showing.register(app)
    app.register_blueprint(blueprint)
    app.register_error_handler(404, _nowhere)
    app.add_url_rule("/admin", "admin_without_slash", lambda: redirect(url_for("admin.overview.show")))


def _protect(response: Response) -> Response:
    response.headers["Content-Security-Policy"] = _policy()
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.headers["Referrer-Policy"] = "same-origin"
    response.headers["Cross-Origin-Opener-Policy"] = "same-origin"
    if request.endpoint != guard.STATIC:
        response.headers["Cache-Control"] = "no-store"
    return response


def _policy() -> str:
    """The page of one call may also load its recording from where the PBX keeps it."""
    origin = g.get("media_origin")
    return POLICY.replace("media-src 'self'", f"media-src 'self' {origin}") if origin else POLICY


def _for_templates() -> dict[str, object]:
    """`may(right)`: somewhere; `may(right, site key)`: there; `may_everywhere(right)`: in the whole installation."""
    access: Access = current_user.access if current_user.is_authenticated else Access(None)

    def allowed(right: str, site: str | None = None) -> bool:
        return access.somewhere(Right(right)) if site is None else access.at(site, Right(right))

    return {
        "may": allowed,
        "may_everywhere": lambda right: access.everywhere(Right(right)),
        "languages": auth.LANGUAGES,
    }


def _not_found(_error: NotFound) -> ResponseReturnValue:
    return render_template("admin/error.html", status=404), 404


def _nowhere(error: HTTPException) -> ResponseReturnValue:
    """No page has this address, so no blueprint is asked; elsewhere than below /admin it is told as ever."""
    if not request.path.startswith("/admin/"):
        return told(error)
    return _protect(make_response(_bare(404), 404))


def _failed(error: HTTPException) -> ResponseReturnValue:
    if error.code is None or error.response is not None:
        return error
    return render_template("admin/error.html", status=error.code), error.code


def _away(error: Exception) -> ResponseReturnValue:
    """Drawn without what pages are given as a rule: to know who is looking, that would ask the database again."""
    log.error("a page cannot be shown: %s", type(error).__name__)
    return _bare(503), 503


def _bare(status: int) -> str:
    return current_app.jinja_env.get_template("admin/error.html").render(status=status)
