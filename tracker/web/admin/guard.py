"""Who may open which page: every view names the right it asks for, one hook checks it, what names none is refused.

The hook also narrows the request to the sites where the user has that right.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.wrappers import Response

from tracker.access.rights import Right
from tracker.extensions import db
from tracker.web.admin import scope

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

STATIC = "admin.static"


def requires(right: Right) -> Callable[[View], View]:
    """Marks a view as open to users with the right on any site; it sees those sites and no others."""

    def mark(view: View) -> View:
        view.right, view.is_everywhere = right, False  # type: ignore[attr-defined]
        return view

    return mark


def requires_everywhere(right: Right) -> Callable[[View], View]:
    """Marks a view as open to users with the right for the whole installation, all sites included."""

    def mark(view: View) -> View:
        view.right, view.is_everywhere = right, True  # type: ignore[attr-defined]
        return view

    return mark


def for_everybody(view: View) -> View:
    """Marks a view as open without login."""
    view.right = None  # type: ignore[attr-defined]
    return view


def for_users(view: View) -> View:
    """Marks a view as open to everybody who has logged in."""
    view.right = frozenset()  # type: ignore[attr-defined]
    return view


def check() -> Response | None:
    """Refuses the request unless the user may open the page; sends strangers to the login."""
    if request.endpoint == STATIC:
        return None
    view = current_app.view_functions[request.endpoint or ""]
    if not hasattr(view, "right"):
        abort(403)
    if view.right is None:
        return None
    if not current_user.is_authenticated:
        return redirect(url_for("admin.auth.login", next=_wanted()))
    _admit(view)
    return None


def _admit(view: Callable[..., object]) -> None:
    right: Right | None = getattr(view, "right", None) or None
    if right and getattr(view, "is_everywhere", False):
        if not current_user.access.everywhere(right):
            abort(403)
        return
    sites = scope.visible(db.session(), current_user.access, right or Right.READ_JOURNAL)
    if right and not current_user.access.somewhere(right):
        abort(403)
    scope.narrow(sites)


def _wanted() -> str | None:
    return request.full_path.rstrip("?") if request.method == "GET" else None
