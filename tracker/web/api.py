"""`/api/v1`: what servers tell us and ask us, with a bearer token."""

from __future__ import annotations

import json
from datetime import datetime

from flask import Blueprint, Response, current_app, jsonify, request
from sqlalchemy import select

from tracker import clock
from tracker.access import tokens
from tracker.access.models import ApiToken
from tracker.access.tokens import Scope
from tracker.config import ROOT
from tracker.errors import InvalidInput, NotFound
from tracker.extensions import csrf, db
from tracker.inquiries.events import InquiryKind
from tracker.inquiries.intake import public_id
from tracker.inquiries.models import Inquiry
from tracker.providers.forms import api as api_form
from tracker.reports import api as queries
from tracker.reports.api import Wanted
from tracker.services import Services
from tracker.sites.models import Site
from tracker.web import raw_intake, shapes

blueprint = Blueprint("api", __name__, url_prefix="/api/v1")
csrf.exempt(blueprint)


class Unauthorized(Exception):
    """No token, a wrong one, or one without the right. `status` is 401 or 403."""

    def __init__(self, sentence: str, status: int) -> None:
        super().__init__(sentence)
        self.status = status


@blueprint.errorhandler(Unauthorized)
def _unauthorized(error: Unauthorized) -> Response:
    response = jsonify({"error": str(error), "field": None})
    response.status_code = error.status
    if error.status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _token(scope: Scope) -> ApiToken:
    """Returns the token of the request; the site it is limited to is checked by whoever knows the site."""
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    token = tokens.look_up(db.session(), secret.strip()) if kind.lower() == "bearer" else None
    if token is None:
        raise Unauthorized("send a valid token as Authorization: Bearer <token>; make one with skvoz token add", 401)
    if scope not in token.scopes:
        raise Unauthorized(f"this token lacks the scope {scope}", 403)
    if tokens.note_use(db.session(), token, clock.now()):
        db.session.commit()
    return token


def _site(token: ApiToken, key: str | None) -> Site | None:
    """Returns the named site, the token's own when none is named; None means every site."""
    if not key:
        return db.session.get(Site, token.site_id) if token.site_id else None
    site = db.session.scalar(select(Site).where(Site.key == key))
    if site is None:
        raise NotFound(f"there is no site {key!r}")
    if token.site_id not in (None, site.id):
        raise Unauthorized(f"this token is not for the site {key}", 403)
    return site


@blueprint.post("/inquiries")
def add_inquiry() -> tuple[Response, int]:
    """Takes an inquiry; 201 when it is new, 200 when it was known."""
    token = _token(Scope.WRITE)
    services: Services = current_app.extensions["services"]
    body = _body()
    message = api_form.decode(body)
    site = _site(token, message.site)
    assert site is not None
    arrived = raw_intake.arrived(request, api_form.ENTRANCE, site.id, None, body)
    key = public_id(f"api:{site.key}", message.external_id or arrived.key)
    was_known = db.session.scalar(select(Inquiry.id).where(Inquiry.key == key)) is not None
    inquiries = raw_intake.receive(services, arrived)
    if inquiries is None:
        return jsonify({"id": key, "attribution": None}), 201
    [inquiry] = inquiries
    was_known = was_known or inquiry.key != key
    deliveries = queries.deliveries_of(db.session(), [inquiry]).get(inquiry.id, [])
    return jsonify(shapes.inquiry(inquiry, deliveries)), 200 if was_known else 201


def _body() -> bytes:
    """The JSON of the request; a multipart request carries it in the field `inquiry`, or as plain fields."""
    if request.mimetype != "multipart/form-data":
        return request.get_data()
    if "inquiry" in request.form:
        return request.form["inquiry"].encode()
    lists = ("phones", "emails")
    values: dict[str, object] = {name: request.form.getlist(name) for name in lists if name in request.form}
    values |= {name: text for name, text in request.form.items() if name not in lists and name != "fields"}
    if "fields" in request.form:
        values["fields"] = _json(request.form["fields"], "fields")
    return json.dumps(values).encode()


def _json(text: str, field: str) -> object:
    try:
        return json.loads(text)
    except ValueError as error:
        raise InvalidInput("not JSON", field) from error


@blueprint.get("/inquiries")
def list_inquiries() -> Response:
    """Lists inquiries, the latest first."""
    site = _site(_token(Scope.READ), request.args.get("site"))
    wanted = Wanted(
        site_id=site.id if site else None,
        kind=_kind(),
        since=_instant("since"),
        until=_instant("until"),
        cursor=request.args.get("cursor"),
    )
    found, following = queries.inquiries(db.session(), wanted)
    deliveries = queries.deliveries_of(db.session(), found)
    items = [shapes.inquiry(one, deliveries.get(one.id, [])) for one in found]
    return jsonify({"items": items, "next": following})


def _kind() -> InquiryKind | None:
    text = request.args.get("kind")
    if text and text not in list(InquiryKind):
        raise InvalidInput(f"a kind is one of {', '.join(InquiryKind)}", "kind")
    return InquiryKind(text) if text else None


def _instant(name: str) -> datetime | None:
    text = request.args.get(name, "").replace(" ", "+")  # a plus that nobody escaped
    try:
        return clock.parse(text) if text else None
    except ValueError as error:
        raise InvalidInput(str(error), name) from error


@blueprint.get("/visitors/<key>")
def get_visitor(key: str) -> Response:
    """Returns a visitor with visits and leases."""
    site = _site(_token(Scope.READ), request.args.get("site"))
    visitor = queries.visitor(db.session(), key, site.id if site else None)
    if visitor is None:
        raise NotFound(f"there is no visitor {key}")
    session = db.session()
    return jsonify(
        shapes.visitor(
            visitor,
            queries.tag_of(session, visitor),
            queries.visits_of(session, visitor),
            queries.leases_of(session, visitor),
        )
    )


@blueprint.get("/pools")
def list_pools() -> Response:
    """Lists the pools with their occupancy now and their coverage of the last day."""
    site = _site(_token(Scope.READ), request.args.get("site"))
    states = queries.pools(db.session(), site.id if site else None)
    keys = dict(db.session.execute(select(Site.id, Site.key)).all())
    return jsonify({"items": [shapes.pool(state, keys[state.site_id]) for state in states]})


@blueprint.get("/openapi.json")
def openapi() -> Response:
    """The description of this interface; readable without a token."""
    return Response((ROOT / "tracker" / "web" / "openapi.json").read_text(), content_type="application/json")
