"""Translations of the interface: compiled when the application starts, so that the repository holds texts only."""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po

log = logging.getLogger(__name__)


def compile_stale(folder: Path) -> None:
    """Compiles every catalogue whose text is newer than its compiled form; several processes may do so at once.

    A folder that cannot be written leaves the interface in English.
    """
    for source in folder.glob("*/LC_MESSAGES/*.po"):
        compiled = source.with_suffix(".mo")
        if compiled.exists() and compiled.stat().st_mtime >= source.stat().st_mtime:
            continue
        try:
            _compile(source, compiled)
        except OSError as error:
            log.warning("translations %s cannot be compiled: %s", source.name, error.strerror)


def _compile(source: Path, compiled: Path) -> None:
    with source.open("rb") as text:
        catalogue = read_po(text, locale=source.parent.parent.name)
    with tempfile.NamedTemporaryFile(dir=compiled.parent, delete=False) as file:
        write_mo(file, catalogue)
    Path(file.name).chmod(0o644)
    Path(file.name).replace(compiled)
