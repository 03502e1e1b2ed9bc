"""Sites: the list, making one, its settings and the snippet to copy."""

from __future__ import annotations

from dataclasses import asdict

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from tracker.access.rights import Right
from tracker.config import Config
from tracker.errors import InvalidInput
from tracker.extensions import db
from tracker.installation import asking
from tracker.reports import overview
from tracker.sites import editing
from tracker.sites.editing import SiteValues
from tracker.sites.models import Site
from tracker.web.admin import choosing, installation_words, installing
from tracker.web.admin.changing import changing
from tracker.web.admin.guard import requires, requires_everywhere
from tracker.web.admin.site_form import SiteForm

LONGEST_ADDRESS = 2000  # characters

blueprint = Blueprint("sites", __name__, url_prefix="/sites")


@blueprint.get("/")
@requires(Right.READ)
def show() -> ResponseReturnValue:
    """Every site."""
    return render_template("admin/sites.html", sites=choosing.sites(db.session()))


@blueprint.route("/new", methods=["GET", "POST"])
@requires_everywhere(Right.CHANGE)
def create() -> ResponseReturnValue:
    """Makes a site and leads to its snippet."""
    form = SiteForm()
    if form.validate_on_submit():
        key = form.key.data
        try:
            with changing("site.create", key, **_logged(form.values())) as session:
                editing.create(session, key, form.values())
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
    return _page(choosing.the_site(db.session(), key))


@blueprint.post("/<key>/check")
@requires(Right.CHANGE)
def check(key: str) -> ResponseReturnValue:
    """Has the worker look at a page; the page of the site shows what it finds."""
    url = (request.form.get("url") or "").strip()
    if "://" not in url:
        url = f"https://{url}"
    with changing("site.check", key, url=url) as session:
        asking.ask(session, choosing.the_site(session, key), url[:LONGEST_ADDRESS], _server())
    return redirect(url_for("admin.sites.detail", key=key, _anchor="installation"))


def _page(site: Site) -> str:
    session = db.session()
    return render_template(
        "admin/site.html",
        site=site,
        server=_server(),
        look=asking.latest(session, site.id),
        last_page_view_at=overview.last_page_view(session, site.id),
        sentence=installation_words.sentence,
        guides=installing.titles(str(get_locale())),
    )


@blueprint.route("/<key>/edit", methods=["GET", "POST"])
@requires(Right.CHANGE)
def edit(key: str) -> ResponseReturnValue:
    """Changes a site."""
    site = choosing.the_site(db.session(), key)
    form = SiteForm(site)
    if form.validate_on_submit():
        with changing("site.change", key, **_logged(form.values())) as session:
            editing.change(choosing.the_site(session, key), form.values())
        flash(_("Saved."), "good")
        return redirect(url_for("admin.sites.detail", key=key))
    return render_template("admin/site_form.html", form=form, site=site), 422 if form.errors else 200


def _logged(values: SiteValues) -> dict[str, object]:
    """What the log of changes keeps: of lists of telephones how long they are, since the log forgets nobody."""
    callers = {
        name: len(value) if isinstance(value, tuple) else value for name, value in asdict(values.callers).items()
    }
    return asdict(values) | {"callers": callers}


def _server() -> str:
    config: Config = current_app.config["SKVOZ"]
    return config.public_url or request.url_root.rstrip("/")
