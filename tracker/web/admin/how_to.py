"""The how-to pages of providers and of the snippet (`docs/providers/`, `docs/install/`), shown inside the admin.

In Russian where `ru/` has them.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

import mistune
from markupsafe import Markup

from tracker.config import ROOT

FOLDER = ROOT / "docs" / "providers"
INSTALLATION = ROOT / "docs" / "install"
SAME_PAGE = {"email/lmtp": "smtp"}


def file_of(provider: str, language: str = "en") -> Path | None:
    """The page of a provider such as `telephony/mango`, in this language or else in English; None: there is none."""
    family, _, name = provider.partition("/")
    stem = SAME_PAGE.get(provider) or (f"generic-{family}" if name == "generic" else name)
    return _page(FOLDER, stem, language)


def installation(name: str, language: str = "en") -> Path | None:
    """The page about putting the snippet on a kind of site, such as `wordpress`, in this language or in English."""
    return _page(INSTALLATION, name, language)


def _page(folder: Path, stem: str, language: str) -> Path | None:
    path = folder / f"{stem}.md"
    if not path.is_file() or path.parent != folder:
        return None
    translated = folder / language / path.name
    return translated if translated.is_file() else path


def language_of(path: Path) -> str:
    """In which language a page is written."""
    return "en" if path.parent in (FOLDER, INSTALLATION) else path.parent.name


def title_of(provider: str, language: str) -> str:
    """What people call a provider: the title of its page, or else its name."""
    path = None if provider in SAME_PAGE else file_of(provider, language)
    return title(path) if path else provider.partition("/")[2].upper()


@cache
def rendered(path: Path) -> Markup:
    """The page as HTML without its title; markup inside it is shown, not obeyed. Examples scroll by the keyboard."""
    _title, _, text = path.read_text(encoding="utf-8").partition("\n")
    html = str(mistune.create_markdown(escape=True, plugins=["table"])(text))
    return Markup(html.replace("<pre>", '<pre tabindex="0">'))  # noqa: S704 - escaped above


@cache
def title(path: Path) -> str:
    """The first line without its mark."""
    return path.read_text(encoding="utf-8").partition("\n")[0].lstrip("# ").strip()
