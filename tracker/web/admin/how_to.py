"""The how-to page of a provider, `docs/providers/*.md`, shown inside the admin."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import mistune
from markupsafe import Markup

from tracker.config import ROOT

FOLDER = ROOT / "docs" / "providers"
SAME_PAGE = {"email/lmtp": "smtp"}


def file_of(provider: str) -> Path | None:
    """The page of a provider such as `telephony/mango`; None where there is none."""
    family, _, name = provider.partition("/")
    stem = SAME_PAGE.get(provider) or (f"generic-{family}" if name == "generic" else name)
    path = FOLDER / f"{stem}.md"
    return path if path.is_file() and path.parent == FOLDER else None


@cache
def rendered(path: Path) -> Markup:
    """The page as HTML without its title; markup inside it is shown, not obeyed."""
    _title, _, text = path.read_text(encoding="utf-8").partition("\n")
    return Markup(str(mistune.create_markdown(escape=True, plugins=["table"])(text)))  # noqa: S704 - escaped above


def title(path: Path) -> str:
    """The first line without its mark."""
    return path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ").strip()
