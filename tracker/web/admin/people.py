"""One person: what all of his browsers did, and what he sent without any of them, on one line."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue

from tracker.access.rights import Right
from tracker.extensions import db
from tracker.reports import way
from tracker.web.admin.cards import card_url
from tracker.web.admin.guard import requires

blueprint = Blueprint("people", __name__, url_prefix="/people")


@blueprint.get("/<key>")
@requires(Right.READ_JOURNAL)
def detail(key: str) -> ResponseReturnValue:
    """One person by his public id."""
    return render_template("admin/person.html", person=way.person(db.session(), key), card_url=card_url)
