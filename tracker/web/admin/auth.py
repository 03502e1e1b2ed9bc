"""The way in and out: login, the first user, logout, the language of the interface."""

from __future__ import annotations

from urllib.parse import urlsplit

from flask import Blueprint, abort, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user, login_user, logout_user

from tracker import clock
from tracker.access import users
from tracker.access.first_user import has_user
from tracker.access.models import Role, User
from tracker.access.throttle import LoginThrottle
from tracker.config import Config
from tracker.database import writing
from tracker.extensions import db
from tracker.web.admin.changing import changing
from tracker.web.admin.guard import for_everybody, for_users
from tracker.web.admin.identity import LoggedIn
from tracker.web.admin.login_form import FirstUserForm, LoginForm
from tracker.web.admin.second_step import ask_for_code

LANGUAGES = {"en": "English", "ru": "Русский"}

blueprint = Blueprint("auth", __name__)


@blueprint.route("/login", methods=["GET", "POST"])
@for_everybody
def login() -> ResponseReturnValue:
    """Asks for email and password; before the first user exists, leads to the set-up."""
    if not has_user(db.session()):
        return redirect(url_for("admin.auth.first_user"))
    if current_user.is_authenticated:
        return redirect(url_for("admin.overview.show"))
    form = LoginForm()
    status = 200
    if form.validate_on_submit():
        throttle: LoginThrottle = current_app.extensions["login_throttle"]
        if not throttle.admits(form.email.data, request.remote_addr or ""):
            form.password.errors = [_("Too many attempts. Wait a quarter of an hour and try again.")]
            status = 429
        elif (user := _logged_in(form.email.data, form.password.data)) is None:
            form.password.errors = [_("Email and password do not match a user.")]
            status = 403
        elif user.totp_secret:
            ask_for_code(user)
            return redirect(url_for("admin.second_factor.login", next=request.args.get("next")))
        else:
            throttle.forget(user.email)
            begin(user)
            return redirect(next_page())
    return render_template("admin/login.html", form=form), status


def _logged_in(email: str, password: str) -> User | None:
    with writing(db.session()) as writer:
        return users.log_in(writer, email, password, clock.now())


def begin(user: User) -> None:
    """Begins the session of a user who has proved who he is."""
    session.clear()
    login_user(LoggedIn(user))
    session["language"] = user.language


def next_page() -> str:
    """The page of ours that the address names as the next one, else the overview."""
    wanted = request.args.get("next", "")
    parts = urlsplit(wanted)
    is_ours = wanted.startswith("/admin/") and "\\" not in wanted and not parts.netloc and not parts.scheme
    return wanted if is_ours else url_for("admin.overview.show")


@blueprint.route("/setup", methods=["GET", "POST"])
@for_everybody
def first_user() -> ResponseReturnValue:
    """Makes the first owner; shut for ever once there is a user."""
    if has_user(db.session()):
        return redirect(url_for("admin.auth.login"))
    config: Config = current_app.config["SKVOZ"]
    form = FirstUserForm(config.secret_key)
    status = 200
    if form.is_submitted() and not current_app.extensions["login_throttle"].admits("setup", "setup"):
        form.code.errors = [_("Too many attempts. Wait a quarter of an hour and try again.")]
        status = 429
    elif form.validate_on_submit():
        user = _make_owner(form.email.data, form.password.data)
        begin(user)
        flash(_("Welcome. Begin with your first site."), "good")
        return redirect(url_for("admin.sites.create"))
    return render_template("admin/first_user.html", form=form), status


def _make_owner(email: str, password: str) -> User:
    with changing("user.create", email, role=Role.OWNER.value) as writer:
        if has_user(writer):
            abort(403)
        user = users.add(writer, email, password, Role.OWNER)
        user.language = _language()
    return user


def _language() -> str:
    return session.get("language") or request.accept_languages.best_match(list(LANGUAGES)) or "en"


@blueprint.post("/logout")
@for_users
def logout() -> ResponseReturnValue:
    """Ends the session."""
    language = session.get("language")
    logout_user()
    session.clear()
    if language:
        session["language"] = language
    return redirect(url_for("admin.auth.login"))


@blueprint.post("/language")
@for_everybody
def language() -> ResponseReturnValue:
    """Switches the language here, and for the user's next logins."""
    chosen = request.form.get("language", "")
    if chosen in LANGUAGES:
        session["language"] = chosen
        if current_user.is_authenticated:
            with writing(db.session()) as writer:
                writer.get_one(User, current_user.user_id).language = chosen
    back = urlsplit(request.form.get("back", ""))
    is_ours = back.path.startswith("/admin/") and "\\" not in back.path
    return redirect(f"{back.path}?{back.query}".rstrip("?") if is_ours else url_for("admin.overview.show"))
