"""Alerts: what is wrong now, who is told by which way, and from which threshold on."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, current_app, flash, redirect, render_template, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session
from wtforms.fields.choices import SelectChoice

from tracker import clock
from tracker.access.rights import Right
from tracker.alerts import channels, seeing, thresholds
from tracker.alerts.models import AlertChannel, ChannelKind
from tracker.config import Config
from tracker.errors import ConfigurationError, NotFound
from tracker.extensions import db
from tracker.sites.models import Site
from tracker.sites.secrets import unseal
from tracker.web.admin import choosing, words
from tracker.web.admin.alert_form import FORMS, ChannelForm, thresholds_form
from tracker.web.admin.changing import changing
from tracker.web.admin.guard import requires

blueprint = Blueprint("alerts", __name__, url_prefix="/alerts")


@blueprint.get("/")
@requires(Right.READ)
def show() -> ResponseReturnValue:
    """What is wrong, and the channels."""
    return _page()


@blueprint.route("/new/<kind>", methods=["GET", "POST"])
@requires(Right.CHANGE)
def create(kind: str) -> ResponseReturnValue:
    """Adds a channel; the secret of a webhook is shown once."""
    wanted = choosing.one_of(ChannelKind, kind)
    if wanted is None:
        raise NotFound(f"there is no channel of the kind {kind}")
    form = FORMS[wanted]()
    form.site.choices = _told_of()
    if form.validate_on_submit():
        secret = channels.new_secret() if wanted is ChannelKind.WEBHOOK else None
        _add(wanted, form, {"secret": secret} if secret else {})
        flash(_("The channel is ready. Send a test to see that it arrives."), "good")
        return _page(secret) if secret else redirect(url_for("admin.alerts.show"))
    return _form_page(form, wanted, None)


def _told_of() -> list[SelectChoice]:
    """What a channel may tell of: every site, where the user may change all of them, or one."""
    every = [SelectChoice("", _("every site"))] if current_user.access.everywhere(Right.CHANGE) else []
    return [*every, *(SelectChoice(site.key, site.name) for site in choosing.sites(db.session()))]


def _form_page(form: ChannelForm, kind: ChannelKind, channel: AlertChannel | None) -> ResponseReturnValue:
    has_mail = bool(_config().smtp_url)
    shown = render_template("admin/alert_channel.html", form=form, kind=kind, channel=channel, has_mail=has_mail)
    return shown, 422 if form.errors else 200


def _add(kind: ChannelKind, form: ChannelForm, more: dict[str, str]) -> None:
    name, key = form.name.data.strip(), form.site.data
    with changing("alert_channel.create", name, kind=kind, site=key or None) as session:
        site_id = choosing.the_site(session, key).id if key else None
        settings = {**form.settings(), **more}
        channels.add(session, kind, name, settings, site_id, str(get_locale()), _config().secret_key)


@blueprint.route("/<int:number>/edit", methods=["GET", "POST"])
@requires(Right.CHANGE)
def edit(number: int) -> ResponseReturnValue:
    """Changes a channel; secrets left empty stay as they are."""
    channel = _the_channel(db.session(), number)
    stored = _stored(channel)
    form = FORMS[channel.kind](data={**stored, "name": channel.name, "site": _site_key(channel)})
    form.site.choices = _told_of()
    form.keep_secrets()
    if form.validate_on_submit():
        _change(channel, form, stored)
        flash(_("Saved."), "good")
        return redirect(url_for("admin.alerts.show"))
    return _form_page(form, channel.kind, channel)


def _stored(channel: AlertChannel) -> dict[str, str]:
    try:
        return unseal(channel.settings, _config().secret_key)
    except ConfigurationError as error:
        flash(str(error), "bad")
        return {}


def _site_key(channel: AlertChannel) -> str:
    site = db.session.get(Site, channel.site_id) if channel.site_id else None
    return site.key if site else ""


def _change(channel: AlertChannel, form: ChannelForm, stored: Mapping[str, str]) -> None:
    name, key, number = form.name.data.strip(), form.site.data, channel.id
    kept = {setting: value for setting, value in stored.items() if setting in ("token", "secret")}
    with changing("alert_channel.change", name, site=key or None) as session:
        site_id = choosing.the_site(session, key).id if key else None
        settings = {**kept, **form.settings()}
        channels.change(session, _the_channel(session, number), name, settings, site_id, _config().secret_key)


@blueprint.post("/<int:number>/test")
@requires(Right.CHANGE)
def test(number: int) -> ResponseReturnValue:
    """Has the worker send a test."""
    channel = _the_channel(db.session(), number)
    with changing("alert_channel.test", channel.name) as session:
        channels.test(session, _the_channel(session, number), clock.now())
    return redirect(url_for("admin.alerts.show"))


@blueprint.post("/<int:number>/switch")
@requires(Right.CHANGE)
def switch(number: int) -> ResponseReturnValue:
    """Switches a channel off, or on again."""
    channel = _the_channel(db.session(), number)
    with changing("alert_channel.switch", channel.name, enabled=not channel.enabled) as session:
        channel = _the_channel(session, number)
        channel.enabled = not channel.enabled
    return redirect(url_for("admin.alerts.show"))


@blueprint.post("/<int:number>/remove")
@requires(Right.CHANGE)
def remove(number: int) -> ResponseReturnValue:
    """Removes a channel."""
    channel = _the_channel(db.session(), number)
    with changing("alert_channel.remove", channel.name) as session:
        channels.remove(session, _the_channel(session, number))
    flash(_("The channel is removed."), "good")
    return redirect(url_for("admin.alerts.show"))


@blueprint.route("/thresholds/<site_key>", methods=["GET", "POST"])
@requires(Right.CHANGE)
def limits(site_key: str) -> ResponseReturnValue:
    """From when on something is an alert for a site."""
    site = choosing.the_site(db.session(), site_key)
    form = thresholds_form(thresholds.of_site(db.session(), site.id), words.CONDITION)
    if form.validate_on_submit():
        detail = {str(condition): [one.value, one.enabled] for condition, one in form.thresholds().items()}
        with changing("alert_thresholds.change", site_key, **detail) as session:
            thresholds.set_of_site(session, choosing.the_site(session, site_key).id, form.thresholds())
        flash(_("Saved."), "good")
        return redirect(url_for("admin.alerts.show"))
    shown = render_template("admin/alert_thresholds.html", form=form, site=site, conditions=thresholds.OF_A_SITE)
    return shown, 422 if form.errors else 200


def _the_channel(session: Session, number: int) -> AlertChannel:
    channel = session.scalar(select(AlertChannel).where(AlertChannel.id == number))
    if channel is None:
        raise NotFound(f"there is no channel {number}")
    return channel


def _page(secret: str | None = None) -> str:
    session = db.session()
    seen = seeing.channels(session)
    return render_template(
        "admin/alerts.html",
        alerts=seeing.alerts(session),
        lately=seeing.lately(session, clock.now()),
        channels=seen,
        is_waiting=any(one.latest and one.latest.is_open and not one.latest.error for one in seen),
        kinds=list(ChannelKind),
        sites=choosing.sites(session),
        secret=secret,
    )


def _config() -> Config:
    config: Config = current_app.config["SKVOZ"]
    return config
