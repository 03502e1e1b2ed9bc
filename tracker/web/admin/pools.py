"""Pools: the list with occupancy, one pool's live board, its settings, and numbers pasted in."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import ngettext

from tracker import clock
from tracker.access.rights import Right
from tracker.errors import InvalidInput
from tracker.extensions import db
from tracker.inquiries import curve
from tracker.pools import editing
from tracker.pools.models import Pool
from tracker.reports import occupancy, pool_health, pool_preview
from tracker.reports.pool_preview import Preview
from tracker.sites.models import Site
from tracker.web.admin import choosing
from tracker.web.admin.changing import changing
from tracker.web.admin.guard import requires
from tracker.web.admin.numbers_form import NumbersForm
from tracker.web.admin.pasting import Pasted, read_pasted
from tracker.web.admin.pool_form import PoolForm

PREVIEW = "preview"  # the button that only shows who would get the pool

blueprint = Blueprint("pools", __name__, url_prefix="/pools")


@blueprint.get("/")
@requires(Right.READ)
def show() -> ResponseReturnValue:
    """Every pool with its occupancy now."""
    session = db.session()
    known = choosing.sites(session)
    site = choosing.chosen_site(known, request.args.get("site"))
    pools = occupancy.pools(session, clock.now(), site.key if site else None)
    return render_template("admin/pools.html", sites=known, site=site, pools=pools)


@blueprint.route("/<site_key>/new", methods=["GET", "POST"])
@requires(Right.CHANGE)
def create(site_key: str) -> ResponseReturnValue:
    """Makes a pool and leads to its board, where numbers are pasted."""
    site = choosing.the_site(db.session(), site_key)
    form = PoolForm(site.country)
    if form.validate_on_submit():
        if PREVIEW in request.form:
            return _form_page(form, site, None, _preview(form, site, None))
        key, values = form.key.data, form.values()
        try:
            with changing("pool.create", f"{site_key}/{key}", **asdict(values)) as session:
                editing.create(session, choosing.the_site(session, site_key), key, values)
        except InvalidInput:
            form.key.errors = [_("The site has a pool with this key already.")]
        else:
            flash(_("The pool is ready. Now give it numbers."), "good")
            return redirect(url_for("admin.pools.detail", site_key=site_key, key=key))
    return _form_page(form, site, None)


@blueprint.get("/<site_key>/<key>")
@requires(Right.READ)
def detail(site_key: str, key: str) -> ResponseReturnValue:
    """The live board of a pool."""
    return _board_page(site_key, key, NumbersForm())


@blueprint.get("/<site_key>/<key>/board")
@requires(Right.READ)
def board(site_key: str, key: str) -> ResponseReturnValue:
    """The board alone, which the page's script fetches again and again."""
    session, now = db.session(), clock.now()
    site, pool = editing.find(session, site_key, key)
    numbers = occupancy.board(session, pool.id, now)
    return render_template("admin/_board.html", site=site, pool=pool, numbers=numbers, now=now)


@blueprint.post("/<site_key>/<key>/numbers")
@requires(Right.CHANGE)
def add_numbers(site_key: str, key: str) -> ResponseReturnValue:
    """Reads pasted numbers, adds the good ones, and reports on every line."""
    site, pool = editing.find(db.session(), site_key, key)
    form = NumbersForm()
    if not form.validate_on_submit():
        return _board_page(site_key, key, form), 422
    pasted = read_pasted(db.session(), form.text(), site.country)
    if pasted.good:
        added = [line.number for line in pasted.good]
        with changing("pool.add_numbers", f"{site_key}/{key}", numbers=added) as session:
            site, pool = editing.find(session, site_key, key)
            editing.add_numbers(session, site, pool, {line.number: line.label for line in pasted.good})
    flash(
        ngettext("%(num)d number added.", "%(num)d numbers added.", len(pasted.good)), "good" if pasted.good else "warn"
    )
    if not pasted.refused:
        return redirect(url_for("admin.pools.detail", site_key=site_key, key=key))
    form.numbers.data = "\n".join(dict.fromkeys(line.raw for line in pasted.refused))
    return _board_page(site_key, key, form, pasted)


@blueprint.route("/<site_key>/<key>/edit", methods=["GET", "POST"])
@requires(Right.CHANGE)
def edit(site_key: str, key: str) -> ResponseReturnValue:
    """Changes a pool."""
    site, pool = editing.find(db.session(), site_key, key)
    form = PoolForm(site.country, pool)
    if form.validate_on_submit():
        if PREVIEW in request.form:
            return _form_page(form, site, pool, _preview(form, site, pool))
        with changing("pool.change", f"{site_key}/{key}", **asdict(form.values())) as session:
            editing.change(*editing.find(session, site_key, key), form.values())
        flash(_("Saved."), "good")
        return redirect(url_for("admin.pools.detail", site_key=site_key, key=key))
    return _form_page(form, site, pool)


@blueprint.get("/<site_key>/<key>/health")
@requires(Right.READ)
def health(site_key: str, key: str) -> ResponseReturnValue:
    """How well a pool serves, and how large it should be."""
    session = db.session()
    site, pool = editing.find(session, site_key, key)
    seen = pool_health.health(session, pool, site.timezone, clock.now())
    return render_template("admin/pool_health.html", site=site, pool=pool, health=seen, edges=curve.EDGES)


def _form_page(form: PoolForm, site: Site, pool: Pool | None, seen: Preview | None = None) -> ResponseReturnValue:
    page = render_template("admin/pool_form.html", form=form, site=site, pool=pool, preview=seen)
    return page, 422 if form.errors else 200


def _preview(form: PoolForm, site: Site, pool: Pool | None) -> Preview:
    values = form.values()
    before = pool_preview.asked_before(
        db.session(), site.id, values.swap, values.priority, pool.key if pool else form.key.data
    )
    return pool_preview.preview(db.session(), site.id, values.conditions or values.source or {}, before, clock.now())


def _board_page(site_key: str, key: str, form: NumbersForm, pasted: Pasted | None = None) -> str:
    session, now = db.session(), clock.now()
    site, pool = editing.find(session, site_key, key)
    state = next(each for each in occupancy.pools(session, now, site_key) if each.key == key)
    return render_template(
        "admin/pool.html",
        site=site,
        pool=pool,
        state=state,
        numbers=occupancy.board(session, pool.id, now),
        form=form,
        pasted=pasted,
        now=now,
    )
