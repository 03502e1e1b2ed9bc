"""Brings the catalogues of the interface up to date with its texts: `python scripts/translations.py`.

Reads templates, the code of the web layer, and the labels and hints that providers declare for their settings.
New texts appear with an empty translation; a test fails until they have one.
"""

from __future__ import annotations

from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.pofile import read_po, write_po

from tracker.config import ROOT
from tracker.providers import registry

FOLDER = ROOT / "tracker" / "translations"
METHODS = [("web/**.py", "python"), ("commands/trying.py", "python"), ("templates/**.html", "jinja2")]
NAMES = {"_": None, "gettext": None, "lazy_gettext": None, "now_gettext": None, "said": None, "ngettext": (1, 2)}


def texts() -> Catalog:
    """Every text of the interface in English, in order of appearance."""
    catalogue = Catalog()
    for _file, _line, text, _comments, _context in extract_from_dir(ROOT / "tracker", METHODS, keywords=NAMES):
        catalogue.add(text)
    for provider in registry.known():
        for field in registry.settings_of(provider):
            for phrase in filter(None, (field.label, field.help)):
                catalogue.add(phrase)
    return catalogue


def translated(path: Path) -> Catalog:
    """A catalogue as it stands in the repository."""
    with path.open("rb") as file:
        return read_po(file, locale=path.parent.parent.name)


def main() -> None:
    """Rewrites every catalogue."""
    for path in FOLDER.glob("*/LC_MESSAGES/messages.po"):
        catalogue = translated(path)
        catalogue.update(texts(), no_fuzzy_matching=True)
        catalogue.obsolete.clear()
        with path.open("wb") as file:
            write_po(file, catalogue, no_location=True, omit_header=False, width=110, include_previous=False)


if __name__ == "__main__":
    main()
