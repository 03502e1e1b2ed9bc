"""What went out and what waits; repeating what was refused."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from sqlalchemy.orm import Session

from tracker import clock
from tracker.access.rights import Right
from tracker.deliveries import errands, outbox
from tracker.deliveries.models import Delivery, DeliveryStatus, ErrandKind
from tracker.extensions import db
from tracker.reports import deliveries as report
from tracker.reports import inquiry as inquiry_report
from tracker.reports.deliveries import DeliveryFilters
from tracker.web.admin.changing import changing
from tracker.web.admin.choosing import chosen_site, one_of, sites
from tracker.web.admin.guard import requires
from tracker.web.admin.narrowing import kept

blueprint = Blueprint("deliveries", __name__, url_prefix="/deliveries")

ABOUT_DELIVERY = (ErrandKind.DRY_RUN, ErrandKind.UNDO)


@blueprint.get("/")
@requires(Right.READ)
def show() -> ResponseReturnValue:
    """One page of the deliveries; filters and cursor are in the address."""
    session = db.session()
    known = sites(session)
    filters = DeliveryFilters(
        chosen_site(known, request.args.get("site")),
        one_of(DeliveryStatus, request.args.get("status")),
        request.args.get("connection") or None,
    )
    return render_template(
        "admin/deliveries.html",
        sites=known,
        filters=filters,
        connections=report.connections(session),
        page=report.page(session, filters, request.args.get("cursor")),
        kept=kept(request.args, filters),
        counts=report.counts(session, filters),
        statuses=list(DeliveryStatus),
        now=clock.now(),
    )


@blueprint.get("/<int:number>")
@requires(Right.READ)
def detail(number: int) -> ResponseReturnValue:
    """One delivery: its requests with what they replaced, and what a dry run or an undo found."""
    session = db.session()
    delivery = _the_delivery(session, number)
    return render_template(
        "admin/delivery.html",
        row=report.one(session, number),
        requests=inquiry_report.requests_of(session, [number])[number],
        errand=errands.latest(session, delivery.connection_id, ABOUT_DELIVERY, str(number)),
        now=clock.now(),
    )


@blueprint.post("/<int:number>/dry-run")
@requires(Right.CHANGE)
def dry_run(number: int) -> ResponseReturnValue:
    """Has the worker say what the delivery would write now."""
    return _asked(number, ErrandKind.DRY_RUN)


@blueprint.post("/<int:number>/undo")
@requires(Right.CHANGE)
def undo(number: int) -> ResponseReturnValue:
    """Has the worker take back what the delivery wrote."""
    return _asked(number, ErrandKind.UNDO)


def _asked(number: int, kind: ErrandKind) -> ResponseReturnValue:
    with changing(f"delivery.{kind}", str(number)) as session:
        errands.ask(session, _the_delivery(session, number).connection_id, kind, str(number))
    return redirect(url_for("admin.deliveries.detail", number=number))


def _the_delivery(session: Session, number: int) -> Delivery:
    report.one(session, number)  # a connection may have served another site, which this user does not see
    return session.get_one(Delivery, number)


@blueprint.post("/<int:number>/retry")
@requires(Right.CHANGE)
def retry(number: int) -> ResponseReturnValue:
    """Makes a delivery due at once; the worker repeats it."""
    with changing("delivery.retry", str(number)) as session:
        outbox.retry(_the_delivery(session, number), clock.now())
    flash(_("The delivery is due again."), "good")
    inquiry = request.form.get("inquiry")
    return redirect(url_for("admin.journal.detail", key=inquiry) if inquiry else url_for("admin.deliveries.show"))
