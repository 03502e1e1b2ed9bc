"""The chain page: visit → lease → inquiry → match → CRM card, live."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, jsonify, render_template, request, url_for
from flask.typing import ResponseReturnValue
from sqlalchemy import select
from sqlalchemy.orm import Session

from demo.seeding import SITE
from tracker import clock
from tracker.errors import NotFound
from tracker.extensions import db
from tracker.reports import inquiry as inquiry_report
from tracker.reports import visitors as visitor_report
from tracker.reports.inquiry import InquirySeen
from tracker.reports.journal import DeliveryState
from tracker.reports.visitors import LeaseSeen, VisitorSeen, VisitSeen
from tracker.sites.models import Site
from tracker.visits.models import Visit, Visitor

blueprint = Blueprint("demo_chain", __name__)

VIEWERS = {"demo-amo": "amocrm", "demo-b24": "bitrix24"}


@blueprint.get("/chain")
def show() -> ResponseReturnValue:
    """The page; its script fetches the story again and again."""
    return render_template("demo/chain.html")


@blueprint.get("/chain.json")
def story() -> ResponseReturnValue:
    """The latest story: of this browser if it has one, else the latest of all.

    `{"visit": {…}|null, "lease": {…}|null, "inquiry": {…}|null, "match": {…}|null, "cards": […]}`
    """
    session = db.session()
    site = session.scalar(select(Site).where(Site.key == SITE))
    if site is None:
        return jsonify(_told(None, None))
    key = inquiry_report.latest_key(session, site.id)
    inquiry = inquiry_report.inquiry(session, key) if key else None
    visitor = _visitor(session, site.id)
    if visitor is not None and inquiry is not None and _is_newer(visitor, inquiry):
        inquiry = None
    return jsonify(_told(visitor, inquiry))


def _visitor(session: Session, site_id: int) -> VisitorSeen | None:
    """The visitor of this browser, else the one who came last."""
    latest = select(Visitor.key).join(Visit, Visit.visitor_id == Visitor.id).where(Visit.site_id == site_id)
    key = request.cookies.get("_skv") or session.scalar(latest.order_by(Visit.started_at.desc()).limit(1))
    try:
        return visitor_report.visitor(session, SITE, key) if key else None
    except NotFound:
        return None


def _is_newer(visitor: VisitorSeen, inquiry: InquirySeen) -> bool:
    """True when the visitor came back after the inquiry: a new story has begun."""
    return bool(visitor.visits) and visitor.visits[0].started_at > inquiry.row.at


def _told(visitor: VisitorSeen | None, inquiry: InquirySeen | None) -> dict[str, Any]:
    visit = lease = None
    if inquiry is not None:
        visit, lease = inquiry.visit, inquiry.lease
    elif visitor is not None and visitor.visits:
        visit = visitor.visits[0]
        lease = next((held for held in visitor.leases if held.until >= visit.started_at), None)
    return {
        "now": clock.to_iso(clock.now()),
        "visit": _visit(visit) if visit else None,
        "lease": _lease(lease) if lease else None,
        "inquiry": _inquiry(inquiry) if inquiry else None,
        "match": _match(inquiry) if inquiry else None,
        "cards": [_card(state) for state in inquiry.row.deliveries] if inquiry else [],
    }


def _visit(visit: VisitSeen) -> dict[str, Any]:
    return {
        "at": clock.to_iso(visit.started_at),
        "channel": visit.source.channel,
        "source": visit.source.title,
        "device": " · ".join(part for part in (visit.device, visit.browser, visit.os) if part),
        "pages": [{"at": clock.to_iso(page.at), "title": page.title or page.url} for page in visit.pages],
        "deeds": [{"at": clock.to_iso(deed.at), "name": deed.name} for deed in visit.deeds],
    }


def _lease(lease: LeaseSeen) -> dict[str, Any]:
    return {
        "number": lease.number,
        "pool": lease.pool,
        "since": clock.to_iso(lease.since),
        "until": clock.to_iso(lease.until),
        "shared": lease.is_shared,
    }


def _inquiry(inquiry: InquirySeen) -> dict[str, Any]:
    row = inquiry.row
    return {
        "key": row.key,
        "kind": row.kind.value,
        "at": clock.to_iso(row.at),
        "from": row.caller,
        "name": row.name,
        "to": row.called,
        "status": row.status.value if row.status else None,
        "talk_seconds": row.talk_seconds,
        "subject": row.subject,
        "journal": url_for("admin.journal.detail", key=row.key),
    }


def _match(inquiry: InquirySeen) -> dict[str, Any] | None:
    row = inquiry.row
    if row.match is None:
        return None
    return {
        "status": row.match.value,
        "probability": row.probability,
        "sentence": inquiry.explanation,
        "source": row.source.title if row.source else None,
        "candidates": [
            {"visitor": each.visitor_key[:8], "probability": each.probability, "chosen": each.chosen}
            for each in inquiry.candidates
        ],
    }


def _card(state: DeliveryState) -> dict[str, Any]:
    viewer = VIEWERS.get(state.connection)
    return {
        "connection": state.connection,
        "provider": state.provider,
        "status": state.status.value,
        "error": state.error,
        "entities": state.entities,
        "viewer": url_for("demo_cards.show", crm=viewer) if viewer else None,
    }
