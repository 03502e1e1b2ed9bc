"""The journal of inquiries, as a page and as a file, and the page of one inquiry."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

from flask import Blueprint, abort, g, render_template, request
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker import clock
from tracker.access.rights import Right
from tracker.deliveries.models import DeliveryStatus
from tracker.extensions import db
from tracker.inquiries.events import CallStatus, InquiryKind
from tracker.inquiries.evidence import Mark
from tracker.inquiries.models import AttributionStatus, NotCounted
from tracker.reports import inquiry as inquiry_report
from tracker.reports import journal as report
from tracker.reports import occupancy
from tracker.reports.filtering import Filters
from tracker.visits.channel import CHANNELS
from tracker.web.admin import exporting, letter_files, report_tables
from tracker.web.admin.cards import card_url
from tracker.web.admin.choosing import sites
from tracker.web.admin.exporting import Cell
from tracker.web.admin.guard import requires
from tracker.web.admin.narrowing import is_narrowed, kept, read_filters
from tracker.web.admin.words import word

blueprint = Blueprint("journal", __name__, url_prefix="/inquiries")

HOST = re.compile(r"[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?", re.ASCII)


@blueprint.get("/")
@requires(Right.READ_JOURNAL)
def show() -> ResponseReturnValue:
    """One page of the journal; filters and cursor are in the address."""
    session = db.session()
    known = sites(session)
    filters = read_filters(request.args, known)
    return render_template(
        "admin/journal.html",
        sites=known,
        filters=filters,
        page=report.page(session, filters, request.args.get("cursor")),
        kept=kept(request.args, filters),
        is_narrowed=is_narrowed(filters),
        further=list(_further(filters)),
        kinds=list(InquiryKind),
        statuses=list(CallStatus),
        matches=list(AttributionStatus),
        delivered=list(DeliveryStatus),
        marks=list(Mark),
        reasons=list(NotCounted),
        channels=CHANNELS,
        labels=report.known_labels(session),
        pools=occupancy.keys(session, filters.site),
    )


def _further(filters: Filters) -> Iterator[tuple[str, Any, str, str]]:
    """What has no field of its own in the form of filters: parameter, title, value, and the value in words."""
    for name in ("medium", "campaign", "content", "term", "landing", "city", "weekday", "hour", "manager"):
        if value := getattr(filters, name):
            beside = {name: value, "source": filters.source or ""}
            yield name, report_tables.NAMES[name], value, report_tables.named(name, value, beside)


@blueprint.get("/export.<form>")
@requires(Right.READ_JOURNAL)
def export(form: str) -> ResponseReturnValue:
    """Every inquiry that the filters leave, as CSV or XLSX."""
    if form not in exporting.FORMATS:
        abort(404)
    session = db.session()
    filters = read_filters(request.args, sites(session))
    name = f"inquiries-{clock.now():%Y-%m-%d}"
    return exporting.table(name, form, _head(), (_cells(row) for row in report.every(session, filters)))


def _head() -> list[str]:
    return [
        _("Time"), _("Site"), _("Kind"), _("Name"), _("From"), _("To"), _("Outcome"), _("Talk, seconds"), _("Subject"),
        _("Match"), _("Probability"), _("Not counted because"), _("Unique"), _("Target"), _("Marks"),
        _("Channel"), _("Source"), _("Medium"), _("Campaign"), _("Term"), _("Content"),
        _("Visitor"), _("Tags"), _("Deliveries"), _("Test"), _("Id"),
    ]  # fmt: skip


def _cells(row: report.Row) -> list[Cell]:
    return [*_what(row), *_whence(row), row.visitor_key, ", ".join(row.labels), *_outcome(row), row.key]


def _what(row: report.Row) -> Iterator[Cell]:
    yield exporting.local(row.at, row.timezone)
    yield from (row.site_key, word(row.kind, "kind"), row.name, row.caller, row.called)
    yield word(row.status, "call_status") if row.status else None
    yield from (row.talk_seconds, row.subject)
    yield word(row.match, "match") if row.match else None
    yield row.probability
    yield word(row.not_counted, "not_counted") if row.not_counted else None
    for answer in (row.is_unique, row.is_target):
        yield None if answer is None else _("yes") if answer else _("no")
    yield ", ".join(word(mark, "mark") for mark in row.marks)


def _whence(row: report.Row) -> Iterator[Cell]:
    source = row.source
    yield word(source.channel, "channel") if source and source.channel else None
    for name in ("source", "medium", "utm_campaign", "utm_term", "utm_content"):
        yield getattr(source, name) if source else None


def _outcome(row: report.Row) -> Iterator[Cell]:
    yield ", ".join(f"{state.connection}: {word(state.status, 'delivery')}" for state in row.deliveries)
    yield _("test") if row.is_test else None


@blueprint.get("/<key>")
@requires(Right.READ_JOURNAL)
def detail(key: str) -> ResponseReturnValue:
    """One inquiry with everything that explains it."""
    session = db.session()
    inquiry = inquiry_report.inquiry(session, key)
    origin = g.media_origin = origin_of(inquiry.recording_url)
    known = report.known_labels(session)
    return render_template(
        "admin/inquiry.html",
        inquiry=inquiry,
        files=letter_files.names(session, key),
        can_play=origin is not None,
        known_labels=known,
        card_url=card_url,
    )


@blueprint.get("/<key>/files/<int:place>")
@requires(Right.READ_JOURNAL)
def file(key: str, place: int) -> ResponseReturnValue:
    """One file of a letter."""
    session = db.session()
    inquiry_report.inquiry(session, key)
    return letter_files.download(session, key, place)


def origin_of(address: str | None) -> str | None:
    """Scheme and host of a recording, which this one page may load from; None when it is no plain web address."""
    try:
        parts = urlsplit(address or "")
    except ValueError:
        return None
    is_plain = parts.scheme in ("http", "https") and HOST.fullmatch(parts.netloc.lower())
    return f"{parts.scheme}://{parts.netloc.lower()}" if is_plain else None
