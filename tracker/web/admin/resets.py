"""The way back in for whoever lost his password: a letter with a link, where a mail server is set."""

from __future__ import annotations

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _

from tracker import clock
from tracker.access import audit, resetting, users
from tracker.access.models import User
from tracker.access.throttle import LoginThrottle
from tracker.config import Config
from tracker.database import writing
from tracker.extensions import db
from tracker.web.admin.account_form import NewPasswordForm
from tracker.web.admin.guard import for_everybody
from tracker.web.admin.login_form import EmailForm

blueprint = Blueprint("resets", __name__)


@blueprint.route("/forgot", methods=["GET", "POST"])
@for_everybody
def ask() -> ResponseReturnValue:
    """Has a letter sent; says the same whether there is such a user or not."""
    form, status = EmailForm(), 200
    if can_mail() and form.validate_on_submit():
        throttle: LoginThrottle = current_app.extensions["login_throttle"]
        if throttle.admits(f"reset {form.email.data}", request.remote_addr or ""):
            with writing(db.session()) as session:
                resetting.ask(session, form.email.data, clock.now())
            flash(
                _("If there is such a user, a letter with a link is on its way. The link is good for an hour."), "good"
            )
            return redirect(url_for("admin.auth.login"))
        form.email.errors = [_("Too many attempts. Wait a quarter of an hour and try again.")]
        status = 429
    return render_template("admin/forgot.html", form=form, can_mail=can_mail()), status


@blueprint.route("/reset/<token>", methods=["GET", "POST"])
@for_everybody
def reset(token: str) -> ResponseReturnValue:
    """Sets the new password; the second factor, if there is one, is asked for at the login all the same."""
    user = resetting.user_of(db.session(), token, _config().secret_key)
    if user is None:
        flash(_("This link is too old or was used already. Ask for a new one."), "bad")
        return redirect(url_for("admin.resets.ask"))
    form, number, email = NewPasswordForm(), user.id, user.email
    if not form.validate_on_submit():
        return render_template("admin/reset.html", form=form, email=email), 422 if form.errors else 200
    with writing(db.session()) as session:
        users.set_password(session.get_one(User, number), form.password.data)
        audit.record(session, email, "user.password", email, {"by": "letter"})
    flash(_("The new password is valid. Log in with it."), "good")
    return redirect(url_for("admin.auth.login"))


def can_mail() -> bool:
    """True where letters can be sent with links that lead back to us."""
    return bool(_config().smtp_url and _config().public_url)


def _config() -> Config:
    config: Config = current_app.config["SKVOZ"]
    return config
