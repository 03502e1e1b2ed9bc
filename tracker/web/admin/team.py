"""Users, their roles, and the log of changes; for owners."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_babel import lazy_gettext
from flask_login import current_user
from flask_wtf import FlaskForm
from wtforms import BooleanField, EmailField, PasswordField, SelectField
from wtforms.fields.choices import SelectChoice
from wtforms.validators import DataRequired, Length, Optional, Regexp

from tracker.access import passwords, users
from tracker.access.models import Role, User
from tracker.access.rights import Right
from tracker.errors import InvalidInput, NotFound
from tracker.extensions import db
from tracker.reports import team as report
from tracker.web.admin import words
from tracker.web.admin.changing import changing
from tracker.web.admin.guard import requires

blueprint = Blueprint("team", __name__, url_prefix="/team")

LENGTH = Length(passwords.SHORTEST, passwords.LONGEST, message=lazy_gettext("Use %(min)d to %(max)d characters."))


class _RoleForm(FlaskForm):  # type: ignore[misc]
    role = SelectField(lazy_gettext("Role"))

    def __init__(self, **values: Any) -> None:
        super().__init__(**values)
        self.role.choices = [
            SelectChoice(role.value, f"{words.ROLE[role]}: {words.ROLE_MEANING[role]}") for role in Role
        ]


class NewUserForm(_RoleForm):
    """A colleague to be let in."""

    email = EmailField(
        lazy_gettext("Email"),
        [
            DataRequired(lazy_gettext("Type an email.")),
            Regexp(r"^[^@\s]+@[^@\s]+$", message=lazy_gettext("This is not an email address.")),
        ],
    )
    password = PasswordField(lazy_gettext("First password"), [DataRequired(lazy_gettext("Choose a password.")), LENGTH])


class UserForm(_RoleForm):
    """Changes of a user."""

    password = PasswordField(
        lazy_gettext("New password"), [Optional(), LENGTH], description=lazy_gettext("Empty keeps the present one.")
    )
    enabled = BooleanField(lazy_gettext("May log in"))


@blueprint.get("/")
@requires(Right.MANAGE_USERS)
def show() -> ResponseReturnValue:
    """Users and the latest changes."""
    session = db.session()
    return render_template("admin/team.html", members=report.members(session), changes=report.changes(session))


@blueprint.route("/new", methods=["GET", "POST"])
@requires(Right.MANAGE_USERS)
def create() -> ResponseReturnValue:
    """Lets a colleague in."""
    form = NewUserForm(data={"role": Role.ANALYST.value})
    if form.validate_on_submit():
        email, role = form.email.data.strip().lower(), Role(form.role.data)
        try:
            with changing("user.create", email, role=role.value) as session:
                users.add(session, email, form.password.data, role)
        except InvalidInput:
            form.email.errors = [_("There is a user with this email already.")]
        else:
            flash(_("The user can log in now."), "good")
            return redirect(url_for("admin.team.show"))
    return render_template("admin/user_form.html", form=form, user=None), 422 if form.errors else 200


@blueprint.route("/<int:number>", methods=["GET", "POST"])
@requires(Right.MANAGE_USERS)
def edit(number: int) -> ResponseReturnValue:
    """Changes a user; nobody can take his own access away."""
    user = db.session.get(User, number)
    if user is None:
        raise NotFound(f"there is no user {number}")
    is_self = number == current_user.user_id
    form = UserForm(data={"role": user.role.value, "enabled": user.enabled})
    if form.validate_on_submit():
        if is_self and (not form.enabled.data or form.role.data != user.role.value):
            form.role.errors = [_("Another owner must change your own role and access.")]
        else:
            _save(number, user.email, form)
            flash(_("Saved."), "good")
            return redirect(url_for("admin.team.show"))
    return render_template("admin/user_form.html", form=form, user=user), 422 if form.errors else 200


def _save(number: int, email: str, form: UserForm) -> None:
    detail = {"role": form.role.data, "enabled": form.enabled.data, "new_password": bool(form.password.data)}
    with changing("user.change", email, **detail) as session:
        user = session.get_one(User, number)
        user.role, user.enabled = Role(form.role.data), form.enabled.data
        if form.password.data:
            user.password_hash = passwords.hash_password(form.password.data)
