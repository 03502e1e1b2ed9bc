"""Puts the demo below /demo of an application: pages, pretend telephone and mail, sandbox CRMs and their viewer."""

from __future__ import annotations

from flask import Flask, Response, request, send_from_directory

from demo import cards, chain, inquiring, pages
from demo.sandbox import amocrm, bitrix24
from demo.seeding import Seeding
from demo.state import Crms, demo_crms
from tracker.config import ROOT
from tracker.extensions import csrf

PREFIX = "/demo"
POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; font-src 'self'; "
    "connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)


def register(app: Flask) -> None:
    """Adds the demo; the sandboxes live in this process, so one web process must serve everything.

    The company is configured with the first request, because only then is it known where this server listens.
    """
    app.before_request(Seeding(app.config["SKVOZ"]).before_request)
    crms = demo_crms()
    app.extensions["demo"] = crms
    for part in (pages, inquiring, chain, cards):
        app.register_blueprint(part.blueprint, url_prefix=PREFIX)
    _add_sandboxes(app, crms)
    app.add_url_rule(f"{PREFIX}/static/<path:filename>", "demo_static", _static)
    app.after_request(_protect)


def _add_sandboxes(app: Flask, crms: Crms) -> None:
    for name, blueprint in (
        ("amocrm", amocrm.create_blueprint(crms.amocrm)),
        ("bitrix24", bitrix24.blueprint(crms.bitrix24)),
    ):
        csrf.exempt(blueprint)
        app.register_blueprint(blueprint, url_prefix=f"{PREFIX}/sandbox/{name}")


def _static(filename: str) -> Response:
    return send_from_directory(ROOT / "static", filename)


def _protect(response: Response) -> Response:
    if request.path.startswith(f"{PREFIX}/") and response.mimetype == "text/html":
        response.headers["Content-Security-Policy"] = POLICY
        response.headers["Cache-Control"] = "no-store"
    return response
