"""The second factor: asked for at the login, set up and switched off by the user himself."""

from __future__ import annotations

import segno
from flask import Blueprint, current_app, flash, redirect, render_template, request, session, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user

from tracker import clock
from tracker.access import second_factor, users
from tracker.access.models import User
from tracker.access.throttle import LoginThrottle
from tracker.config import Config
from tracker.database import writing
from tracker.extensions import db
from tracker.sites.secrets import seal, unseal
from tracker.web.admin import identity
from tracker.web.admin.account_form import CodeForm, ConfirmForm
from tracker.web.admin.auth import begin, next_page
from tracker.web.admin.changing import changing
from tracker.web.admin.confirming import is_confirmed
from tracker.web.admin.guard import for_everybody, for_users
from tracker.web.admin.second_step import SECRET, half_way, is_proved

blueprint = Blueprint("second_factor", __name__)

OFFER = "totp_offer"  # in the session: the sealed secret that the user is about to confirm


@blueprint.route("/login/code", methods=["GET", "POST"])
@for_everybody
def login() -> ResponseReturnValue:
    """Asks whoever knew the password for a code."""
    known = identity.load(half_way(clock.now()) or "")
    if known is None:
        return redirect(url_for("admin.auth.login"))
    form = CodeForm()
    status = 200
    if form.validate_on_submit():
        throttle: LoginThrottle = current_app.extensions["login_throttle"]
        if not throttle.admits(f"code {known.email}", request.remote_addr or ""):
            form.code.errors = [_("Too many attempts. Wait a quarter of an hour and try again.")]
            status = 429
        elif _proves(known.user_id, form.code.data):
            throttle.forget(known.email)
            throttle.forget(f"code {known.email}")
            begin(db.session.get_one(User, known.user_id))
            return redirect(next_page())
        else:
            form.code.errors = [_("This code does not fit, or was used before.")]
            status = 403
    return render_template("admin/login_code.html", form=form), status


def _proves(user_id: int, code: str) -> bool:
    with writing(db.session()) as writer:
        return is_proved(writer, user_id, code, _config().secret_key, clock.now())


@blueprint.route("/account/second-factor", methods=["GET", "POST"])
@for_users
def set_up() -> ResponseReturnValue:
    """Shows the secret as a picture and asks for a first code; then shows the recovery codes, once."""
    user = db.session.get_one(User, current_user.user_id)
    if user.totp_secret:
        return redirect(url_for("admin.account.show"))
    secret = _offered()
    form = CodeForm()
    if form.validate_on_submit():
        step = second_factor.step_of(secret, form.code.data, clock.now(), None)
        if step is not None:
            return _switched_on(secret, step)
        form.code.errors = [_("This code does not fit. Is the clock of your phone right?")]
    address = second_factor.address(secret, current_user.email)
    picture = segno.make(address, error="m").svg_data_uri(scale=5, border=4, light="#fff")
    shown = render_template("admin/second_factor.html", form=form, picture=picture, secret=secret)
    return shown, 422 if form.errors else 200


def _offered() -> str:
    if request.method == "GET" or OFFER not in session:
        session[OFFER] = seal({SECRET: second_factor.new_secret()}, _config().secret_key)
    return unseal(session[OFFER], _config().secret_key)[SECRET]


def _switched_on(secret: str, step: int) -> ResponseReturnValue:
    codes = second_factor.recovery_codes()
    with changing("user.second_factor_on", current_user.email) as writer:
        user = writer.get_one(User, current_user.user_id)
        user.totp_secret, user.totp_step = seal({SECRET: secret}, _config().secret_key), step
        user.recovery_codes = [second_factor.hashed(code) for code in codes]
    session.pop(OFFER)
    return render_template("admin/recovery_codes.html", codes=codes)


@blueprint.post("/account/second-factor/codes")
@for_users
def renew_codes() -> ResponseReturnValue:
    """Makes new recovery codes; the old ones are void."""
    if not is_confirmed(ConfirmForm()):
        return redirect(url_for("admin.account.show"))
    codes = second_factor.recovery_codes()
    with changing("user.recovery_codes", current_user.email) as writer:
        user = writer.get_one(User, current_user.user_id)
        user.recovery_codes = [second_factor.hashed(code) for code in codes] if user.totp_secret else []
    return render_template("admin/recovery_codes.html", codes=codes)


@blueprint.post("/account/second-factor/off")
@for_users
def switch_off() -> ResponseReturnValue:
    """Lets the password alone be enough again."""
    if is_confirmed(ConfirmForm()):
        with changing("user.second_factor_off", current_user.email) as writer:
            users.drop_second_factor(writer.get_one(User, current_user.user_id))
        flash(_("The password alone is enough now."), "good")
    return redirect(url_for("admin.account.show"))


def _config() -> Config:
    config: Config = current_app.config["SKVOZ"]
    return config
