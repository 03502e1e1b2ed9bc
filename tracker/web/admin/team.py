"""Users, their roles, and the log of changes; for owners."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tracker.access import users
from tracker.access.models import Role, User
from tracker.access.rights import Right
from tracker.errors import InvalidInput, NotFound
from tracker.extensions import db
from tracker.reports import team as report
from tracker.reports.team import LogFilters
from tracker.web.admin import choosing
from tracker.web.admin.changing import changing
from tracker.web.admin.guard import requires_everywhere
from tracker.web.admin.narrowing import kept, zone_of
from tracker.web.admin.user_form import NewUserForm, RolesForm, UserForm, with_sites

blueprint = Blueprint("team", __name__, url_prefix="/team")

LATEST_SHOWN = 10


@blueprint.get("/")
@requires_everywhere(Right.MANAGE_USERS)
def show() -> ResponseReturnValue:
    """Users and the latest changes."""
    session = db.session()
    return render_template(
        "admin/team.html",
        members=report.members(session),
        changes=report.changes(session, LogFilters(), size=LATEST_SHOWN).rows,
        zone=zone_of(choosing.sites(session), None),
    )


@blueprint.get("/log")
@requires_everywhere(Right.MANAGE_USERS)
def log() -> ResponseReturnValue:
    """One page of the log of changes; filters and cursor are in the address."""
    session = db.session()
    filters = LogFilters(request.args.get("actor") or None, request.args.get("action") or None)
    return render_template(
        "admin/log.html",
        filters=filters,
        page=report.changes(session, filters, request.args.get("cursor")),
        kept=kept(request.args, filters),
        actors=report.actors(session),
        actions=report.actions(session),
        zone=zone_of(choosing.sites(session), None),
    )


@blueprint.route("/new", methods=["GET", "POST"])
@requires_everywhere(Right.MANAGE_USERS)
def create() -> ResponseReturnValue:
    """Lets a colleague in."""
    form = with_sites(NewUserForm, choosing.sites(db.session()), Role.ANALYST, {})
    if form.validate_on_submit() and _has_role(form):
        email = form.email.data.strip().lower()
        try:
            with changing("user.create", email, **_roles(form)) as session:
                user = users.add(session, email, form.password.data, form.everywhere())
                users.set_site_roles(session, user, form.by_site())
        except InvalidInput:
            form.email.errors = [_("There is a user with this email already.")]
        else:
            flash(_("The user can log in now."), "good")
            return redirect(url_for("admin.team.show"))
    return render_template("admin/user_form.html", form=form, user=None), 422 if form.errors else 200


@blueprint.route("/<int:number>", methods=["GET", "POST"])
@requires_everywhere(Right.MANAGE_USERS)
def edit(number: int) -> ResponseReturnValue:
    """Changes a user; nobody can take his own access away."""
    session = db.session()
    user = session.get(User, number)
    if user is None:
        raise NotFound(f"there is no user {number}")
    roles = users.site_roles(session, user)
    form = with_sites(UserForm, choosing.sites(session), user.role, roles, enabled=user.enabled)
    if not user.totp_secret:
        del form.without_second_factor
    if form.validate_on_submit() and _has_role(form):
        if number == current_user.user_id and (not form.enabled.data or form.everywhere() is not user.role):
            form.role.errors = [_("Another owner must change your own role and access.")]
        else:
            _save(number, user.email, form)
            flash(_("Saved."), "good")
            return redirect(url_for("admin.team.show"))
    return render_template("admin/user_form.html", form=form, user=user), 422 if form.errors else 200


def _has_role(form: RolesForm) -> bool:
    if form.everywhere() is None and not form.by_site():
        form.role.errors = [_("Choose a role, here or on one of the sites.")]
        return False
    return True


def _roles(form: RolesForm) -> dict[str, object]:
    return {"role": form.everywhere(), "sites": {str(site): role for site, role in form.by_site().items()}}


def _save(number: int, email: str, form: RolesForm) -> None:
    loses_factor = bool(form.without_second_factor and form.without_second_factor.data)
    detail = {**_roles(form), "enabled": form.enabled.data, "new_password": bool(form.password.data)}
    if loses_factor:
        detail["second_factor"] = "off"
    with changing("user.change", email, **detail) as session:
        user = session.get_one(User, number)
        user.role, user.enabled = form.everywhere(), form.enabled.data
        users.set_site_roles(session, user, form.by_site())
        if loses_factor:
            users.drop_second_factor(user)
        if form.password.data:
            users.set_password(user, form.password.data)
