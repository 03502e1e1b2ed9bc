"""Visitors: their visits as a list, and the whole way of one."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue

from tracker import clock
from tracker.access.rights import Right
from tracker.extensions import db
from tracker.reports import visit_list, way
from tracker.reports import visitors as report
from tracker.reports.visit_list import VisitFilters
from tracker.sites.models import Site
from tracker.web.admin.cards import card_url
from tracker.web.admin.choosing import chosen_site, sites
from tracker.web.admin.guard import requires
from tracker.web.admin.narrowing import day, kept, zone_of

blueprint = Blueprint("visitors", __name__, url_prefix="/visitors")

HOURS = {str(hour): hour for hour in range(24)}


@blueprint.get("/")
@requires(Right.READ_JOURNAL)
def show() -> ResponseReturnValue:
    """One page of the visits; filters and cursor are in the address."""
    session = db.session()
    filters = read_filters(request.args, sites(session))
    return render_template(
        "admin/visitors.html",
        filters=filters,
        page=visit_list.page(session, filters, request.args.get("cursor")),
        kept=kept(request.args, filters),
        is_narrowed=filters != VisitFilters(filters.sites, zone=filters.zone),
    )


def read_filters(args: Mapping[str, str], known: Sequence[Site]) -> VisitFilters:
    """Reads the filters of an address; a value that means nothing narrows nothing.

    Days begin where the site is; with all sites, where the first one is.
    """
    site = chosen_site(known, args.get("site"))
    zone = zone_of(known, site)
    until = day(args.get("until"), ZoneInfo(zone))
    return VisitFilters(
        sites=known,
        site=site,
        search=args.get("search", "").strip() or None,
        since=day(args.get("since"), ZoneInfo(zone)),
        until=until + timedelta(days=1) if until else None,
        hour=HOURS.get(args.get("hour", "")),
        zone=zone,
        bots=args.get("bots") == "yes",
        tests=args.get("tests") != "no",
    )


@blueprint.get("/<site_key>/<key>")
@requires(Right.READ_JOURNAL)
def detail(site_key: str, key: str) -> ResponseReturnValue:
    """One visitor: visits, page views, numbers shown, inquiries, on one line."""
    session = db.session()
    visitor = report.visitor(session, site_key, key)
    steps = way.steps(session, [visitor.id])
    return render_template("admin/visitor.html", visitor=visitor, steps=steps, card_url=card_url, now=clock.now())
