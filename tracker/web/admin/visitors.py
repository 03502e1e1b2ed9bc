"""Visitors: the latest ones, and one visitor's whole way."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from tracker import clock
from tracker.access.rights import Right
from tracker.extensions import db
from tracker.reports import visitors as report
from tracker.web.admin.choosing import chosen_site, sites
from tracker.web.admin.guard import requires

blueprint = Blueprint("visitors", __name__, url_prefix="/visitors")


@blueprint.get("/")
@requires(Right.READ_JOURNAL)
def show() -> ResponseReturnValue:
    """The latest visits."""
    session = db.session()
    known = sites(session)
    site = chosen_site(known, request.args.get("site"))
    bots = request.args.get("bots") == "yes"
    rows = report.latest(session, site.key if site else None, bots)
    return render_template("admin/visitors.html", sites=known, site=site, bots=bots, rows=rows, now=clock.now())


@blueprint.get("/<site_key>/<key>")
@requires(Right.READ_JOURNAL)
def detail(site_key: str, key: str) -> ResponseReturnValue:
    """One visitor: visits, page views, numbers shown, inquiries."""
    return render_template("admin/visitor.html", visitor=report.visitor(db.session(), site_key, key), now=clock.now())
