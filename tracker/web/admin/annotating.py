"""What people do with an inquiry: tags, comments, and saying whose it was."""

from __future__ import annotations

from flask import Blueprint, flash, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_babel import gettext as _
from flask_login import current_user
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker import upkeep
from tracker.access.rights import Right
from tracker.errors import InvalidInput, NotFound
from tracker.extensions import db
from tracker.inquiries import annotating
from tracker.inquiries.models import Inquiry
from tracker.web.admin.changing import changing
from tracker.web.admin.guard import requires

blueprint = Blueprint("annotating", __name__, url_prefix="/inquiries")

ANOTHER, NOBODY = "another", "nobody"


@blueprint.post("/<key>/tags")
@requires(Right.ANNOTATE)
def add_tags(key: str) -> ResponseReturnValue:
    """Puts tags on the inquiry; several are parted by commas."""
    try:
        with changing("inquiry.tag", key, tags=request.form.get("tags", "")[:200]) as session:
            annotating.add_labels(session, _the_inquiry(session, key), request.form.get("tags", ""))
    except InvalidInput:
        flash(_("A tag has at most %(number)s characters.", number=annotating.LONGEST_LABEL), "bad")
    return _back(key, "tags")


@blueprint.post("/<key>/tags/remove")
@requires(Right.ANNOTATE)
def remove_tag(key: str) -> ResponseReturnValue:
    """Takes one tag off."""
    tag = request.form.get("tag", "")
    with changing("inquiry.untag", key, tag=tag[:200]) as session:
        annotating.remove_label(session, _the_inquiry(session, key), tag)
    return _back(key, "tags")


@blueprint.post("/<key>/comments")
@requires(Right.ANNOTATE)
def comment(key: str) -> ResponseReturnValue:
    """Adds a comment of the user."""
    try:
        with changing("inquiry.comment", key) as session:
            annotating.comment(session, _the_inquiry(session, key), request.form.get("text", ""), current_user.email)
    except InvalidInput:
        flash(_("A comment has between 1 and %(number)s characters.", number=annotating.LONGEST_COMMENT), "bad")
    return _back(key, "comments")


@blueprint.post("/<key>/correct")
@requires(Right.CHANGE)
def correct(key: str) -> ResponseReturnValue:
    """The user says whose the inquiry was: a candidate, another visitor or visit, or none of ours."""
    _the_inquiry(db.session(), key)
    visitor, visit = _said()
    if visitor == "":
        flash(_("Choose whose it was."), "bad")
        return _back(key, "correct")
    try:
        upkeep.correct(key, visitor, visit, current_user.email)
    except InvalidInput:
        flash(_("This site has no such visitor, or he no such visit. Copy the id from his page."), "bad")
        return _back(key, "correct")
    with changing("inquiry.correct", key, visitor=visitor, visit=visit):
        flash(_("Thank you. It is kept, told to the connected systems, and counts when accuracy is measured."), "good")
    return _back(key, "why")


def _said() -> tuple[str | None, str | None]:
    """The visitor (empty: nothing was chosen) and his visit as the form names them."""
    choice = request.form.get("whose", "")
    if choice == NOBODY:
        return None, None
    if choice == ANOTHER:
        return request.form.get("visitor", "").strip(), request.form.get("visit", "").strip() or None
    visitor, _colon, visit = choice.partition(":")
    return visitor, visit or None


def _the_inquiry(session: Session, key: str) -> Inquiry:
    inquiry = session.scalar(select(Inquiry).where(Inquiry.key == key))
    if inquiry is None:
        raise NotFound(f"there is no inquiry {key}")
    return inquiry


def _back(key: str, place: str) -> ResponseReturnValue:
    return redirect(url_for("admin.journal.detail", key=key, _anchor=place))
