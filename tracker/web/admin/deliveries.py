"""What went out and what waits; repeating what was refused."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker import clock
from tracker.access.rights import Right
from tracker.deliveries import outbox
from tracker.deliveries.models import Delivery, DeliveryStatus
from tracker.errors import NotFound
from tracker.extensions import db
from tracker.reports import deliveries as report
from tracker.web.admin.changing import changing
from tracker.web.admin.choosing import one_of
from tracker.web.admin.guard import requires

blueprint = Blueprint("deliveries", __name__, url_prefix="/deliveries")


@blueprint.get("/")
@requires(Right.READ)
def show() -> ResponseReturnValue:
    """The newest deliveries, narrowed to a status or a connection."""
    session = db.session()
    status = one_of(DeliveryStatus, request.args.get("status"))
    connection = request.args.get("connection") or None
    return render_template(
        "admin/deliveries.html",
        rows=report.latest(session, status, connection),
        counts=report.counts(session),
        statuses=list(DeliveryStatus),
        status=status,
        connection=connection,
        now=clock.now(),
    )


@blueprint.post("/<int:number>/retry")
@requires(Right.CHANGE)
def retry(number: int) -> ResponseReturnValue:
    """Makes a delivery due at once; the worker repeats it."""
    with changing("delivery.retry", str(number)) as session:
        delivery = session.get(Delivery, number)
        if delivery is None:
            raise NotFound(f"there is no delivery {number}")
        outbox.retry(delivery, clock.now())
    flash(_("The delivery is due again."), "good")
    inquiry = request.form.get("inquiry")
    return redirect(url_for("admin.journal.detail", key=inquiry) if inquiry else url_for("admin.deliveries.show"))
