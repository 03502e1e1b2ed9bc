"""Asking once more for the password, throttled like a login."""

from __future__ import annotations

from flask import current_app, flash, request
from flask_babel import gettext as _
from flask_login import current_user

from tracker.access import passwords
from tracker.access.models import User
from tracker.access.throttle import LoginThrottle
from tracker.extensions import db
from tracker.web.admin.account_form import ConfirmForm, PasswordForm


def is_confirmed(form: ConfirmForm | PasswordForm) -> bool:
    """True when the form is sent with the user's present password; otherwise a notice says why it is not."""
    if not form.validate_on_submit():
        return False
    throttle: LoginThrottle = current_app.extensions["login_throttle"]
    if not throttle.admits(current_user.email, request.remote_addr or ""):
        flash(_("Too many attempts. Wait a quarter of an hour and try again."), "bad")
        return False
    kept = db.session.get_one(User, current_user.user_id).password_hash
    if not passwords.is_right(kept, form.present.data):
        flash(_("This is not your present password."), "bad")
        return False
    throttle.forget(current_user.email)
    return True
