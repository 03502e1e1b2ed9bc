"""Who may open which page: every view names the right it asks for, one hook checks it, what names none is refused."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from flask import abort, current_app, redirect, request, url_for
from flask.typing import ResponseReturnValue
from flask_login import current_user
from werkzeug.wrappers import Response

from tracker.access.rights import Right, may

View = TypeVar("View", bound=Callable[..., ResponseReturnValue])

STATIC = "admin.static"


def requires(right: Right) -> Callable[[View], View]:
    """Marks a view as open to users with the right."""

    def mark(view: View) -> View:
        view.right = right  # type: ignore[attr-defined]
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
    if view.right and not may(current_user.role, view.right):
        abort(403)
    return None


def _wanted() -> str | None:
    return request.full_path.rstrip("?") if request.method == "GET" else None
