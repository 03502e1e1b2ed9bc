"""The chain page: visit → lease → inquiry → match → CRM card, live."""

from __future__ import annotations

from collections.abc import Sequence
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
from tracker.reports import visitors, way
from tracker.reports.inquiry import InquirySeen
from tracker.reports.journal import DeliveryState
from tracker.reports.visitors import LeaseSeen, VisitSeen
from tracker.reports.way import Step
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
        return jsonify(_told(None, None, None))
    key = inquiry_report.latest_key(session, site.id)
    inquiry = inquiry_report.inquiry(session, key) if key else None
    visit, lease = _latest(_steps(session, site.id))
    if inquiry is None or (visit is not None and visit.started_at > inquiry.row.at):
        return jsonify(_told(visit, lease, None))
    return jsonify(_told(inquiry.visit, inquiry.lease, inquiry))


def _steps(session: Session, site_id: int) -> Sequence[Step]:
    """What the visitor of this browser did, else what the one did who came last."""
    latest = select(Visitor.key).join(Visit, Visit.visitor_id == Visitor.id).where(Visit.site_id == site_id)
    key = request.cookies.get("_skv") or session.scalar(latest.order_by(Visit.started_at.desc()).limit(1))
    try:
        return way.steps(session, [visitors.visitor(session, SITE, key).id]) if key else ()
    except NotFound:
        return ()


def _latest(steps: Sequence[Step]) -> tuple[VisitSeen | None, LeaseSeen | None]:
    """The last visit, and the number that was shown in it."""
    visit = next((step.visit for step in reversed(steps) if step.visit), None)
    lease = next((step.lease for step in reversed(steps) if step.lease), None)
    if visit is None or lease is None or lease.until < visit.started_at:
        return visit, None
    return visit, lease


def _told(visit: VisitSeen | None, lease: LeaseSeen | None, inquiry: InquirySeen | None) -> dict[str, Any]:
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
