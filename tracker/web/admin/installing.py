"""The pages about putting the snippet on a site; they link to each other by the names of their files."""

from __future__ import annotations

from flask import Blueprint, render_template
from flask.typing import ResponseReturnValue
from flask_babel import get_locale

from tracker.access.rights import Right
from tracker.errors import NotFound
from tracker.web.admin import how_to
from tracker.web.admin.guard import requires

# In the order in which a site owner looks for his own kind of site, then what concerns every kind.
PAGES = (
    "plain-html",
    "wordpress",
    "tilda",
    "1c-bitrix",
    "google-tag-manager",
    "nextjs",
    "first-party",
    "content-security-policy",
    "consent",
    "forms",
    "public-calls",
    "debug",
)

blueprint = Blueprint("installing", __name__, url_prefix="/install")


@blueprint.get("/<name>.md")
@requires(Right.READ)
def show(name: str) -> ResponseReturnValue:
    """One page, in the language of whoever reads it."""
    path = how_to.installation(name, str(get_locale()))
    if path is None:
        raise NotFound(f"there is no page about {name}")
    language, text = how_to.language_of(path), how_to.rendered(path)
    return render_template("admin/installing.html", title=how_to.title(path), language=language, text=text)


def titles(language: str) -> dict[str, str]:
    """What the pages are called, by name."""
    found = {name: how_to.installation(name, language) for name in PAGES}
    return {name: how_to.title(path) for name, path in found.items() if path}
