"""Collects every mistake of a configuration, so that one run names them all with line and path."""

from __future__ import annotations

from collections.abc import Mapping

from tracker.errors import WrongDocument

Path = tuple[str | int, ...]
"""Where a value stands: `("sites", 0, "pools", 1, "hold")`."""


class Problems:
    """The mistakes found so far.

    Args:
        file: name shown before the line; None for a configuration that is not a file.
        lines: path to line, counted from 1; a path that is absent is looked for in what contains it.
    """

    def __init__(self, file: str | None = None, lines: Mapping[Path, int] | None = None) -> None:
        self._file = file
        self._lines = lines or {}
        self._found: list[tuple[int, str]] = []

    def add(self, path: Path, text: str, line: int | None = None) -> None:
        """Notes a mistake; `line` overrides the one known for the path."""
        line = line or self._line(path)
        place = self._place(line)
        where = ".".join(str(part) for part in path)
        self._found.append((line or 0, ": ".join(part for part in (place, where, text) if part)))

    def stop(self) -> None:
        """Ends the work if anything was wrong.

        Raises:
            WrongDocument: with all mistakes, in the order of the file.
        """
        if self._found:
            raise WrongDocument([text for _, text in sorted(self._found, key=lambda found: found[0])])

    @property
    def count(self) -> int:
        """How many there are."""
        return len(self._found)

    def _line(self, path: Path) -> int | None:
        for length in range(len(path), -1, -1):
            if path[:length] in self._lines:
                return self._lines[path[:length]]
        return None

    def _place(self, line: int | None) -> str:
        if self._file is None:
            return ""
        return f"{self._file}, line {line}" if line else self._file
