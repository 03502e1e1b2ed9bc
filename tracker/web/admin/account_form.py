"""Forms of a user's own account."""

from __future__ import annotations

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import PasswordField, StringField
from wtforms.validators import DataRequired

from tracker.web.admin.user_form import LENGTH


class CodeForm(FlaskForm):  # type: ignore[misc]
    """A code of the second factor."""

    code = StringField(_("Code"), [DataRequired(_("Type the code."))])


class PasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password, by somebody who knows the present one."""

    present = PasswordField(_("Current password"), [DataRequired(_("Type your password."))])
    password = PasswordField(_("New password"), [DataRequired(_("Choose a password.")), LENGTH])


class NewPasswordForm(FlaskForm):  # type: ignore[misc]
    """A new password, by somebody who came by the link of a letter."""

    password = PasswordField(_("New password"), [DataRequired(_("Choose a password.")), LENGTH])


class ConfirmForm(FlaskForm):  # type: ignore[misc]
    """The present password, before something that an intruder would like to do."""

    # The page has the other form too, whose field has the usual id.
    present = PasswordField(_("Current password"), [DataRequired(_("Type your password."))], id="confirm-present")
