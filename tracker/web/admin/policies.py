"""What an inquiry becomes in a CRM, as a form; `deliveries.policy_file` knows the words."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import get_locale
from flask_babel import gettext as _

from tracker.access.rights import Right
from tracker.errors import NotFound
from tracker.extensions import db
from tracker.providers import registry
from tracker.sites import connecting
from tracker.sites.models import Connection
from tracker.web.admin import how_to
from tracker.web.admin.changing import changing
from tracker.web.admin.guard import requires
from tracker.web.admin.policy_form import PolicyForm

blueprint = Blueprint("policies", __name__, url_prefix="/connections/<key>/policy")


@blueprint.route("/", methods=["GET", "POST"])
@requires(Right.CHANGE)
def edit(key: str) -> ResponseReturnValue:
    """Changes the policy; what is delivered from then on follows it."""
    connection = _the_crm(key)
    form = PolicyForm(connection.policy)
    if request.method == "POST" and form.validate() and (policy := form.policy()) is not None:
        with changing("connection.policy", key, policy=policy) as session:
            _site, connection = connecting.find(session, key)
            connection.policy = policy
        flash(_("Saved."), "good")
        return redirect(url_for("admin.connections.detail", key=key))
    title = how_to.title_of(connection.provider, str(get_locale()))
    shown = render_template("admin/policy.html", form=form, connection=connection, provider_title=title)
    return shown, 422 if form.errors else 200


def _the_crm(key: str) -> Connection:
    _site, connection = connecting.find(db.session(), key)
    if connection.provider not in registry.CRM:
        raise NotFound(f"the connection {key} has no policy: it is no CRM")
    return connection
