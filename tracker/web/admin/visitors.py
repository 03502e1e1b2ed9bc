"""Visitors: the latest ones, and the whole way of one."""

from __future__ import annotations

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from tracker import clock
from tracker.access.rights import Right
from tracker.extensions import db
from tracker.reports import visitors as report
from tracker.reports import way
from tracker.web.admin.cards import card_url
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
    """One visitor: visits, page views, numbers shown, inquiries, on one line."""
    session = db.session()
    visitor = report.visitor(session, site_key, key)
    steps = way.steps(session, [visitor.id])
    return render_template("admin/visitor.html", visitor=visitor, steps=steps, card_url=card_url, now=clock.now())
