"""Connections: the list with their state, making one from what its provider declares, its last messages."""

from __future__ import annotations

from collections.abc import Mapping

from flask import Blueprint, current_app, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _
from sqlalchemy import select
from wtforms.fields.choices import SelectChoice

from tracker import clock, flow
from tracker.access.rights import Right
from tracker.config import Config
from tracker.deliveries import errands
from tracker.deliveries.models import ErrandKind
from tracker.deliveries.policy_file import read_policy
from tracker.errors import ConfigurationError, InvalidInput, NotFound, PrivateHost
from tracker.extensions import db
from tracker.inquiries.models import RawMessage
from tracker.providers import registry
from tracker.providers.crm.base import Consenting
from tracker.providers.interpretation import Interpreter
from tracker.providers.settings import SettingField, read_settings
from tracker.providers.shared_secret import ADDRESS_SECRET
from tracker.public_hosts import find_address
from tracker.reports import clocks
from tracker.reports import connections as report
from tracker.services import Services
from tracker.sites import connecting
from tracker.sites.models import Connection
from tracker.sites.secrets import unseal
from tracker.values.landing_url import host_of
from tracker.web.admin import choosing, how_to
from tracker.web.admin.changing import changing
from tracker.web.admin.connection_form import PREFIX, ConnectionForm, connection_form
from tracker.web.admin.guard import requires
from tracker.web.admin.scope import lifted
from tracker.web.oauth import state_for

blueprint = Blueprint("connections", __name__, url_prefix="/connections")


@blueprint.get("/")
@requires(Right.READ)
def show() -> ResponseReturnValue:
    """Every connection and what can be connected."""
    session = db.session()
    known = choosing.sites(session)
    return render_template(
        "admin/connections.html",
        connections=report.connections(session),
        providers={name: _title(name) for name in registry.known()},
        sites=known,
    )


@blueprint.get("/<key>")
@requires(Right.READ)
def detail(key: str) -> ResponseReturnValue:
    """One connection: its state, webhook address and last messages."""
    session = db.session()
    seen = report.connection(session, key)
    _site, connection = connecting.find(session, key)
    return render_template(
        "admin/connection.html",
        connection=seen,
        provider_title=_title(seen.provider),
        messages=report.messages(session, key),
        address=_address(connection),
        is_asked=seen.provider in {**registry.POLLED, **registry.SWITCHBOARDS, **registry.MAILBOXES},
        skew=clocks.skew_of(session, connection.id),
        has_manual=how_to.file_of(seen.provider) is not None,
        errand=errands.latest(session, connection.id),
        is_testable=seen.provider not in registry.ANALYTICS,
        policy=read_policy(seen.policy) if seen.provider in registry.CRM else None,
        consent=_consent_page(connection),
        now=clock.now(),
    )


@blueprint.post("/<key>/messages/<int:number>/replay")
@requires(Right.CHANGE)
def replay(key: str, number: int) -> ResponseReturnValue:
    """Reads a raw message anew, after a fix or a change of settings."""
    with changing("connection.replay", key, message=number) as session:
        _site, connection = connecting.find(session, key)
        if session.scalar(select(RawMessage.connection_id).where(RawMessage.id == number)) != connection.id:
            raise NotFound(f"there is no message {number} of {key}")
    services: Services = current_app.extensions["services"]
    try:
        with lifted():  # a call may belong to another site: its number tells
            flow.interpret(
                services, number, Interpreter(db.session(), services.config.secret_key, services.config.public_url).read
            )
    except InvalidInput as error:
        flash(str(error), "bad")
    else:
        flash(_("Read anew."), "good")
    return redirect(url_for("admin.connections.detail", key=key))


@blueprint.get("/how-to/<path:provider>")
@requires(Right.READ)
def manual(provider: str) -> ResponseReturnValue:
    """How to connect an account of this kind."""
    path = how_to.file_of(provider, str(get_locale())) if provider in registry.known() else None
    if path is None:
        raise NotFound(f"there is no page about {provider}")
    language, text = how_to.language_of(path), how_to.rendered(path)
    return render_template(
        "admin/how_to.html", provider=provider, title=how_to.title(path), language=language, text=text
    )


@blueprint.post("/<key>/test")
@requires(Right.CHANGE)
def test(key: str) -> ResponseReturnValue:
    """Has the worker try whether deliveries would succeed; the page of the connection shows what it finds."""
    with changing("connection.test", key) as session:
        _site, connection = connecting.find(session, key)
        errands.ask(session, connection.id, ErrandKind.TEST)
    return redirect(url_for("admin.connections.detail", key=key))


@blueprint.route("/new/<path:provider>", methods=["GET", "POST"])
@requires(Right.CHANGE)
def create(provider: str) -> ResponseReturnValue:
    """Connects an account."""
    declared = registry.settings_of(provider)
    form = connection_form(declared)
    form.site.choices = [SelectChoice(site.key, site.name) for site in choosing.sites(db.session())]
    if form.validate_on_submit() and (settings := _checked(form, declared, {})) is not None:
        key = form.key.data
        try:
            with changing("connection.create", key, provider=provider, site=form.site.data) as session:
                site = choosing.the_site(session, form.site.data)
                with lifted():
                    connecting.create(session, site, key, provider, settings, _config().secret_key)
        except InvalidInput:
            form.key.errors = [_("There is a connection with this key already.")]
        else:
            flash(_("The connection is ready."), "good")
            return redirect(url_for("admin.connections.detail", key=key))
    return _form_page(form, provider, None), 422 if form.errors else 200


@blueprint.route("/<key>/edit", methods=["GET", "POST"])
@requires(Right.CHANGE)
def edit(key: str) -> ResponseReturnValue:
    """Changes a connection; secrets left empty stay as they are."""
    _site, connection = connecting.find(db.session(), key)
    declared = registry.settings_of(connection.provider)
    stored = _stored(connection)
    form = connection_form(declared, stored)
    if request.method == "GET":
        form.enabled.data = connection.enabled
    elif form.validate_on_submit() and (settings := _checked(form, declared, stored)) is not None:
        with changing("connection.change", key) as session:
            connecting.change(*connecting.find(session, key), settings, form.enabled.data, _config().secret_key)
        flash(_("Saved."), "good")
        return redirect(url_for("admin.connections.detail", key=key))
    return _form_page(form, connection.provider, connection), 422 if form.errors else 200


def _address(connection: Connection) -> str | None:
    """What to give to the other system; None for those we go to ourselves."""
    if not registry.takes_webhooks(connection.provider):
        return None
    address = f"{_server()}/hooks/{connection.provider}/{connection.key}"
    return f"{address}?secret=SECRET" if ADDRESS_SECRET in registry.settings_of(connection.provider) else address


def _consent_page(connection: Connection) -> str | None:
    """Where an administrator of the other system lets us in; None where nobody is asked, or settings are missing."""
    kind = registry.CRM.get(connection.provider)
    if kind is None or not issubclass(kind, Consenting):
        return None
    settings = _stored(connection)
    if not settings.get("client_id") or not settings.get("base_url"):
        return None
    return kind.consent_url(settings, state_for(_config().secret_key, connection.key))


def _checked(
    form: ConnectionForm, declared: tuple[SettingField, ...], stored: Mapping[str, str]
) -> dict[str, str] | None:
    unseen = [field.name for field in declared if field.kind == "secret" or field.is_ours]
    try:
        kept = {name: stored[name] for name in unseen if name in stored}
        settings = read_settings(declared, kept | form.settings())
        for field in declared:
            _check_host(field, settings[field.name])
        return settings
    except InvalidInput as error:
        name = PREFIX + (error.field or "").removeprefix("settings.")
        field = form[name] if name in form else form.enabled  # noqa: SIM401 - a form has no get
        field.errors = [str(error)]
        return None


def _check_host(field: SettingField, value: str) -> None:
    """What is typed here must lead into the internet; files and commands are trusted with any host."""
    host = host_of(value) if field.kind == "url" else value if field.name == "host" else ""
    try:
        if host:
            find_address(host, 443, _config().allow_private_hosts)
    except PrivateHost as error:
        sentence = _("%(host)s leads into a private network: name it in SKVOZ_ALLOW_PRIVATE_HOSTS first.", host=host)
        raise InvalidInput(sentence, f"settings.{field.name}") from error
    except (OSError, UnicodeError):
        return  # no such host now; the test of the connection tells


def _stored(connection: Connection) -> dict[str, str]:
    try:
        return unseal(connection.settings, _config().secret_key)
    except ConfigurationError as error:
        flash(str(error), "bad")
        return {}


def _form_page(form: ConnectionForm, provider: str, connection: Connection | None) -> str:
    return render_template(
        "admin/connection_form.html",
        form=form,
        provider=provider,
        provider_title=_title(provider),
        connection=connection,
        has_manual=how_to.file_of(provider) is not None,
    )


def _title(provider: str) -> str:
    return how_to.title_of(provider, str(get_locale()))


def _config() -> Config:
    config: Config = current_app.config["SKVOZ"]
    return config


def _server() -> str:
    return _config().public_url or request.url_root.rstrip("/")
