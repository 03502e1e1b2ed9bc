"""Sites: the list, making one, its settings and the snippet to copy."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker.access.rights import Right
from tracker.config import Config
from tracker.errors import InvalidInput
from tracker.extensions import db
from tracker.sites import editing
from tracker.web.admin import choosing
from tracker.web.admin.changing import changing
from tracker.web.admin.guard import requires
from tracker.web.admin.site_form import SiteForm

blueprint = Blueprint("sites", __name__, url_prefix="/sites")


@blueprint.get("/")
@requires(Right.READ)
def show() -> ResponseReturnValue:
    """Every site."""
    return render_template("admin/sites.html", sites=choosing.sites(db.session()))


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Right.CHANGE)
def create() -> ResponseReturnValue:
    """Makes a site and leads to its snippet."""
    form = SiteForm()
    if form.validate_on_submit():
        key = form.key.data
        try:
            with changing("site.create", key, **asdict(form.values())) as session:
                editing.create(session, key, form.values(), form.email_values())
        except InvalidInput:
            form.key.errors = [_("There is a site with this key already.")]
        else:
            flash(_("The site is ready. Put the snippet on its pages."), "good")
            return redirect(url_for("admin.sites.detail", key=key))
    return render_template("admin/site_form.html", form=form, site=None), 422 if form.errors else 200


@blueprint.get("/<key>")
@requires(Right.READ)
def detail(key: str) -> ResponseReturnValue:
    """One site with its snippet."""
    site = choosing.the_site(db.session(), key)
    return render_template("admin/site.html", site=site, server=_server())


@blueprint.route("/<key>/edit", methods=["GET", "POST"])
@requires(Right.CHANGE)
def edit(key: str) -> ResponseReturnValue:
    """Changes a site."""
    site = choosing.the_site(db.session(), key)
    form = SiteForm(site)
    if form.validate_on_submit():
        with changing("site.change", key, **asdict(form.values())) as session:
            changed = choosing.the_site(session, key)
            editing.change(changed, form.values(), form.email_values(changed))
        flash(_("Saved."), "good")
        return redirect(url_for("admin.sites.detail", key=key))
    return render_template("admin/site_form.html", form=form, site=site), 422 if form.errors else 200


def _server() -> str:
    config: Config = current_app.config["SKVOZ"]
    return config.public_url or request.url_root.rstrip("/")
