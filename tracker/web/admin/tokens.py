"""API tokens: made and shown once, when they were used last, and ended."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from flask_wtf import FlaskForm
from sqlalchemy import select
from wtforms import SelectField, StringField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length

from tracker import clock
from tracker.access import tokens
from tracker.access.models import ApiToken
from tracker.access.rights import Right
from tracker.errors import NotFound
from tracker.extensions import db
from tracker.reports import team as report
from tracker.web.admin import choosing, words
from tracker.web.admin.changing import changing
from tracker.web.admin.guard import requires

blueprint = Blueprint("tokens", __name__, url_prefix="/tokens")


class TokenForm(FlaskForm):  # type: ignore[misc]
    """A token to be made."""

    name = StringField(
        lazy_gettext("Name"),
        [DataRequired(lazy_gettext("Say what it is for.")), Length(max=100)],
        description=lazy_gettext("What will use it, such as “website backend”."),
    )
    scope = SelectField(
        lazy_gettext("May"),
        choices=[
            *(SelectChoice(scope, word) for scope, word in words.SCOPE.items()),
            SelectChoice("read,write", lazy_gettext("both")),
        ],
    )
    site = SelectField(lazy_gettext("Site"))


@blueprint.get("/")
@requires(Right.CHANGE)
def show() -> ResponseReturnValue:
    """Every token of the sites that the user looks after."""
    return _page(_form())


@blueprint.post("/")
@requires(Right.CHANGE)
def create() -> ResponseReturnValue:
    """Makes a token; this answer alone shows it."""
    form = _form()
    if not form.validate_on_submit():
        return _page(form), 422
    name, scope, key = form.name.data.strip(), form.scope.data, form.site.data
    with changing("token.create", name, scope=scope, site=key or None) as session:
        site_id = choosing.the_site(session, key).id if key else None
        made = tokens.add(session, name, tokens.read_scopes(scope), site_id)
    return _page(_form(fresh=True), made)


@blueprint.post("/<int:number>/revoke")
@requires(Right.CHANGE)
def revoke(number: int) -> ResponseReturnValue:
    """Ends a token for good."""
    token = db.session.scalar(select(ApiToken).where(ApiToken.id == number))
    if token is None:
        raise NotFound(f"there is no token {number}")
    with changing("token.revoke", token.name) as session:
        tokens.revoke(session, session.get_one(ApiToken, number), clock.now())
    flash(_("The token opens nothing any more."), "good")
    return redirect(url_for("admin.tokens.show"))


def _form(fresh: bool = False) -> TokenForm:
    form = TokenForm(formdata=None) if fresh else TokenForm()
    every = [SelectChoice("", _("every site"))] if current_user.access.everywhere(Right.CHANGE) else []
    form.site.choices = [*every, *(SelectChoice(site.key, site.name) for site in choosing.sites(db.session()))]
    return form


def _page(form: TokenForm, made: str | None = None) -> str:
    return render_template("admin/tokens.html", form=form, tokens=report.tokens(db.session()), made=made)
