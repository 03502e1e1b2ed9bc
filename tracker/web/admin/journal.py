"""The journal of inquiries and the page of one inquiry."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, render_template, request
from flask.typing import ResponseReturnValue
from werkzeug.datastructures import MultiDict

from tracker.access.rights import Right
from tracker.deliveries.models import DeliveryStatus
from tracker.extensions import db
from tracker.inquiries.events import CallStatus, InquiryKind
from tracker.inquiries.models import AttributionStatus
from tracker.reports import inquiry as inquiry_report
from tracker.reports import journal as report
from tracker.reports.journal import Filters
from tracker.sites.models import Site
from tracker.web.admin.choosing import chosen_site, one_of, sites
from tracker.web.admin.guard import requires

blueprint = Blueprint("journal", __name__, url_prefix="/inquiries")


@blueprint.get("/")
@requires(Right.READ_JOURNAL)
def show() -> ResponseReturnValue:
    """One page of the journal; filters and cursor are in the address."""
    session = db.session()
    known = sites(session)
    filters = read_filters(request.args, known)
    page = report.page(session, filters, request.args.get("cursor"))
    kept = {name: value for name, value in request.args.items() if name != "cursor" and value}
    return render_template(
        "admin/journal.html",
        sites=known,
        filters=filters,
        page=page,
        kept=kept,
        is_narrowed=any(value not in (None, True) for value in asdict(filters).values()),
        kinds=list(InquiryKind),
        statuses=list(CallStatus),
        matches=list(AttributionStatus),
        delivered=list(DeliveryStatus),
    )


@blueprint.get("/<key>")
@requires(Right.READ_JOURNAL)
def detail(key: str) -> ResponseReturnValue:
    """One inquiry with everything that explains it."""
    return render_template("admin/inquiry.html", inquiry=inquiry_report.inquiry(db.session(), key))


def read_filters(args: MultiDict[str, str], known: Sequence[Site]) -> Filters:
    """Reads the filters of an address; a value that means nothing narrows nothing.

    Days begin where the site is; with all sites, where the first one is.
    """
    site = chosen_site(known, args.get("site"))
    zone = ZoneInfo((site or known[0]).timezone if known else "UTC")
    until = _day(args.get("until"), zone)
    return Filters(
        site=site.key if site else None,
        kind=one_of(InquiryKind, args.get("kind")),
        status=one_of(CallStatus, args.get("status")),
        match=one_of(AttributionStatus, args.get("match")),
        delivery=one_of(DeliveryStatus, args.get("delivery")),
        source=args.get("source", "").strip() or None,
        who=args.get("who", "").strip() or None,
        since=_day(args.get("since"), zone),
        until=until + timedelta(days=1) if until else None,
        tests=args.get("tests") != "no",
    )


def _day(text: str | None, zone: ZoneInfo) -> datetime | None:
    try:
        return datetime.strptime(text or "", "%Y-%m-%d").replace(tzinfo=zone).astimezone(UTC)
    except ValueError:
        return None
