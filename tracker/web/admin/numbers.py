"""One number of a pool: who held it, which calls came, its settings, and its quarantine."""

from __future__ import annotations

from dataclasses import asdict
from datetime import timedelta

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker import clock
from tracker.access.rights import Right
from tracker.extensions import db
from tracker.pools import editing, quarantine
from tracker.reports import number_history
from tracker.web.admin.changing import changing
from tracker.web.admin.guard import requires
from tracker.web.admin.pool_form import NumberForm

LONGEST_REST = 365  # days

blueprint = Blueprint("numbers", __name__, url_prefix="/pools/<site_key>/<key>/numbers/<e164>")


@blueprint.get("")
@requires(Right.READ)
def detail(site_key: str, key: str, e164: str) -> ResponseReturnValue:
    """The history of a number."""
    session = db.session()
    site, pool = editing.find(session, site_key, key)
    return render_template(
        "admin/number.html",
        site=site,
        pool=pool,
        number=editing.number_of(session, pool, e164),
        holders=number_history.holders(session, e164),
        calls=number_history.calls(session, e164),
        now=clock.now(),
    )


@blueprint.route("/edit", methods=["GET", "POST"])
@requires(Right.CHANGE)
def edit(site_key: str, key: str, e164: str) -> ResponseReturnValue:
    """Changes what is known of a number."""
    site, pool = editing.find(db.session(), site_key, key)
    wanted = editing.number_of(db.session(), pool, e164)
    form = NumberForm(wanted)
    if form.validate_on_submit():
        with changing("number.change", e164, **asdict(form.values())) as session:
            editing.change_number(session, *editing.find(session, site_key, key), e164, form.values())
        flash(_("Saved."), "good")
        return redirect(url_for("admin.numbers.detail", site_key=site_key, key=key, e164=e164))
    page = render_template("admin/number_form.html", form=form, site=site, pool=pool, number=wanted)
    return page, 422 if form.errors else 200


@blueprint.post("/quarantine")
@requires(Right.CHANGE)
def rest(site_key: str, key: str, e164: str) -> ResponseReturnValue:
    """Takes a number out for some days; without a number of days until somebody takes it back."""
    days = request.form.get("days", type=int)
    until = clock.now() + timedelta(days=min(days, LONGEST_REST)) if days and days > 0 else None
    with changing("number.take_out", e164, until=clock.to_iso(until) if until else None) as session:
        site, pool = editing.find(session, site_key, key)
        quarantine.take_out(site, editing.number_of(session, pool, e164), until)
    flash(_("The number rests. Calls to it are still matched."), "good")
    return redirect(url_for("admin.numbers.detail", site_key=site_key, key=key, e164=e164))


@blueprint.post("/back")
@requires(Right.CHANGE)
def back(site_key: str, key: str, e164: str) -> ResponseReturnValue:
    """Gives a number to visitors again."""
    with changing("number.take_back", e164) as session:
        site, pool = editing.find(session, site_key, key)
        quarantine.take_back(site, editing.number_of(session, pool, e164))
    flash(_("The number is given to visitors again."), "good")
    return redirect(url_for("admin.numbers.detail", site_key=site_key, key=key, e164=e164))
