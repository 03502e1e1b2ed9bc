"""`/api/v1`: what servers tell us and ask us, with a bearer token."""

from __future__ import annotations

from datetime import datetime

from flask import Blueprint, Response, current_app, jsonify, request
from sqlalchemy import select

from tracker import clock, flow
from tracker.access import tokens
from tracker.access.models import ApiToken
from tracker.access.tokens import Scope
from tracker.config import ROOT
from tracker.database import storable, writing
from tracker.errors import DatabaseAway, InvalidInput, NotFound
from tracker.extensions import csrf, db
from tracker.inquiries.events import InquiryKind
from tracker.inquiries.intake import public_id
from tracker.inquiries.models import Inquiry
from tracker.providers.forms import api as api_form
from tracker.reports import api as queries
from tracker.reports.api import Wanted
from tracker.services import Services
from tracker.sites.models import Site
from tracker.web import passes, raw_intake, shapes
from tracker.web.passes import Pass

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
    token = tokens.look_up(db.session(), _secret())
    if token is None:
        raise _no_token()
    if scope not in token.scopes:
        raise Unauthorized(f"this token lacks the scope {scope}", 403)
    if tokens.is_use_due(token, clock.now()):
        with writing(db.session()) as session:
            tokens.note_use(session, session.get_one(ApiToken, token.id), clock.now())
    return token


def _secret() -> str:
    kind, _, secret = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer" or not secret.strip():
        raise _no_token()
    return secret.strip()


def _no_token() -> Unauthorized:
    return Unauthorized("send a valid token as Authorization: Bearer <token>; make one with skvoz token add", 401)


def _site(token: ApiToken, key: str | None) -> Site | None:
    """Returns the named site, the token's own when none is named; None means every site."""
    if not key:
        return db.session.get(Site, token.site_id) if token.site_id else None
    site = db.session.scalar(select(Site).where(Site.key == storable(key)))
    if site is None:
        raise NotFound(f"there is no site {key!r}")
    if token.site_id not in (None, site.id):
        raise Unauthorized(f"this token is not for the site {key}", 403)
    return site


@blueprint.post("/inquiries")
def add_inquiry() -> tuple[Response, int]:
    """Takes an inquiry; 201 when it is new, 200 when it was known."""
    services: Services = current_app.extensions["services"]
    admitted = _admit(services)
    message = api_form.decode(request.get_data(), request.content_type or "")
    site_id = _site_of(services, admitted, message.site)
    arrived = raw_intake.arrived(request, api_form.ENTRANCE, site_id, None)
    key = public_id(f"api:{message.site}", message.external_id or arrived.key)
    was_known = _is_known(services, key)
    inquiries = raw_intake.receive(services, arrived)
    if not inquiries:
        return jsonify({"id": key, "attribution": None}), 201
    [inquiry] = inquiries
    was_known = was_known or inquiry.key != key
    deliveries = queries.deliveries_of(db.session(), [inquiry]).get(inquiry.id, [])
    return jsonify(shapes.inquiry(inquiry, deliveries)), 200 if was_known else 201


def _admit(services: Services) -> Pass:
    """Whom the token lets in; while the database is away, as the store remembers from its last use."""
    secret = _secret()
    try:
        token = services.outage.ask(lambda: _token(Scope.WRITE))
    except DatabaseAway:
        db.session.rollback()
        known = passes.remembered(services.store, secret)
        if known is None:
            raise
        return known
    return passes.remember(services.store, secret, Pass(token.site_id))


def _site_of(services: Services, admitted: Pass, key: str) -> int:
    served = flow.find_site_anyhow(services, key).served
    if admitted.site_id not in (None, served.id):
        raise Unauthorized(f"this token is not for the site {key}", 403)
    return served.id


def _is_known(services: Services, key: str) -> bool:
    known = select(Inquiry.id).where(Inquiry.key == key)
    try:
        return services.outage.ask(lambda: db.session.scalar(known)) is not None
    except DatabaseAway:
        db.session.rollback()
        return False


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
    visitor = queries.visitor(db.session(), storable(key), site.id if site else None)
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
