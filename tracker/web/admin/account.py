"""A user's own account: his password, and whether a second factor is asked for."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tracker.access import users
from tracker.access.models import User
from tracker.extensions import db
from tracker.web.admin.account_form import ConfirmForm, PasswordForm
from tracker.web.admin.auth import begin
from tracker.web.admin.changing import changing
from tracker.web.admin.confirming import is_confirmed
from tracker.web.admin.guard import for_users

blueprint = Blueprint("account", __name__, url_prefix="/account")


@blueprint.get("/")
@for_users
def show() -> ResponseReturnValue:
    """The account."""
    return _page(PasswordForm(formdata=None))


@blueprint.post("/password")
@for_users
def password() -> ResponseReturnValue:
    """Sets a new password; every other session of the user ends with it."""
    form = PasswordForm()
    if not is_confirmed(form):
        return _page(form), 422
    with changing("user.password", current_user.email) as session:
        user = session.get_one(User, current_user.user_id)
        users.set_password(user, form.password.data)
    begin(user)
    flash(_("The new password is valid. All other sessions of yours have ended."), "good")
    return redirect(url_for("admin.account.show"))


def _page(form: PasswordForm) -> str:
    user = db.session.get_one(User, current_user.user_id)
    return render_template("admin/account.html", form=form, user=user, confirm=ConfirmForm(formdata=None))
