"""Forms of the way in."""

from __future__ import annotations

from typing import Any

from flask_babel import lazy_gettext as _
from flask_wtf import FlaskForm
from wtforms import EmailField, PasswordField, StringField
from wtforms.validators import DataRequired, Length, Regexp, ValidationError

from tracker.access.first_user import is_code
from tracker.access.passwords import LONGEST, SHORTEST


class LoginForm(FlaskForm):  # type: ignore[misc]
    """Email and password."""

    email = EmailField(
        _("Email"), [DataRequired(_("Type your email."))], filters=[lambda text: (text or "").strip().lower()]
    )
    password = PasswordField(_("Password"), [DataRequired(_("Type your password."))])


class EmailForm(FlaskForm):  # type: ignore[misc]
    """Whose password is lost."""

    email = EmailField(
        _("Email"), [DataRequired(_("Type your email."))], filters=[lambda text: (text or "").strip().lower()]
    )


class FirstUserForm(FlaskForm):  # type: ignore[misc]
    """The first owner, let in by the code from the terminal."""

    code = StringField(_("Code from the terminal"), [DataRequired(_("Type the code that the server printed."))])
    email = EmailField(
        _("Your email"),
        [DataRequired(_("Type your email.")), Regexp(r"^[^@\s]+@[^@\s]+$", message=_("This is not an email address."))],
        filters=[lambda text: (text or "").strip().lower()],
    )
    password = PasswordField(
        _("New password"),
        [
            DataRequired(_("Choose a password.")),
            Length(SHORTEST, LONGEST, message=_("Use %(min)d to %(max)d characters.")),
        ],
    )

    def __init__(self, secret_key: str, **values: Any) -> None:
        super().__init__(**values)
        self._secret_key = secret_key

    def validate_code(self, field: StringField) -> None:
        """Refuses any other code."""
        if not is_code(field.data or "", self._secret_key):
            raise ValidationError(_("This is not the code that the server printed at its start."))
