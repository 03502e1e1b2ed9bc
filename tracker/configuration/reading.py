"""From the text of the file to a `Configuration`; every mistake is found in one go."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping
from dataclasses import MISSING, dataclass, field, fields
from pathlib import Path as FilePath
from typing import Any

from tracker.configuration import document
from tracker.configuration.document import Items, Table, Text, Tree
from tracker.configuration.kinds import Kind
from tracker.configuration.problems import Path, Problems
from tracker.configuration.schema import (
    Configuration,
    Free,
    Key,
    Many,
    Nested,
    Record,
    SiteSettings,
    keys_of,
)
from tracker.configuration.writing import default_of
from tracker.errors import ConfigurationError


@dataclass(frozen=True)
class Document:
    """A configuration that was read, and where everything in it stands.

    Args:
        file: its name for messages, None when it was not a file.
        lines: path to line, such as `("sites", 0, "pools", 1)` to 14.
    """

    configuration: Configuration
    file: str | None = None
    lines: Mapping[Path, int] = field(default_factory=dict)

    def problems(self) -> Problems:
        """Returns an empty collection for mistakes found later; it knows file and lines."""
        return Problems(self.file, self.lines)


def read_file(name: str, environ: Mapping[str, str]) -> Document:
    """Reads a configuration file, see `read`.

    Raises:
        ConfigurationError: the file cannot be read; WrongDocument when what it says is wrong.
    """
    try:
        return read(FilePath(name).read_text(encoding="utf-8"), environ, name)
    except OSError as error:
        raise ConfigurationError(f"The file {name} cannot be read ({error.strerror}).")
    except UnicodeDecodeError:
        raise ConfigurationError(f"The file {name} is not UTF-8 text.")


def read(text: str, environ: Mapping[str, str], file: str | None = None) -> Document:
    """Reads the YAML of a configuration.

    Args:
        environ: what `${NAME}` stands for; `$${` is a plain `${`.

    Raises:
        WrongDocument: names every mistake with line and path.
    """
    problems = Problems(file)
    tree = document.parse(text, problems, environ)
    problems.stop()
    lines = dict(document.lines(tree))
    problems = Problems(file, lines)
    configuration = _Reader(problems).record(Configuration, tree, ())
    problems.stop()
    assert isinstance(configuration, Configuration)
    return Document(configuration, file, lines)


class _Reader:
    """Follows the schema; remembers the country of the site it is in, for phone numbers."""

    def __init__(self, problems: Problems) -> None:
        self._problems = problems
        self._country = ""

    def record(self, record: type[Record], tree: Tree, path: Path, short: str | None = None) -> Record | None:
        """Returns the record, or None when the problems say why there is none."""
        if short and isinstance(tree, Text):
            tree = Table(tree.line, {short: tree}, {short: tree.line})
        if not isinstance(tree, Table):
            self._problems.add(path, f"expected a mapping with the keys {', '.join(keys_of(record))}")
            return None
        before = self._problems.count
        values = self._values(record, tree, path)
        if self._problems.count > before:
            return None
        made = record(**values)
        for key, text in made.mistakes():
            self._problems.add((*path, key) if key else path, text)
        return made

    def _values(self, record: type[Record], table: Table, path: Path) -> dict[str, Any]:
        keys = keys_of(record)
        values: dict[str, Any] = {}
        if record is SiteSettings:
            self._country = str(default_of(SiteSettings, "country"))
        for name in table.entries.keys() - keys.keys():
            self._problems.add((*path, name), f"unknown key{_meant(name, keys)}; known: {', '.join(keys)}")
        for name in (name for name in keys if _is_given(table, name)):
            try:
                values[name] = self._value(keys[name], table.entries[name], (*path, name))
            except ValueError as error:
                self._problems.add((*path, name), str(error))
            self._country = values.get("country", self._country)
        for name in (name for name in _required(record) if not _is_given(table, name)):
            self._problems.add(path, f"{name} is missing: {keys[name].meaning}")
        return values

    def _value(self, key: Key, tree: Tree, path: Path) -> Any:
        if isinstance(key.kind, Many):
            return self._many(key.kind, tree, path)
        if isinstance(key.kind, Nested):
            return self.record(key.kind.record, tree, path, key.kind.short)
        if isinstance(key.kind, Free):
            return self._free(key.kind, tree, path)
        return self._single(key.kind, tree)

    def _many(self, many: Many, tree: Tree, path: Path) -> tuple[Any, ...]:
        if not isinstance(tree, Items):
            raise ValueError("expected a list")
        return tuple(self._items(many, tree, path))

    def _items(self, many: Many, items: Items, path: Path) -> Iterator[Any]:
        for index, item in enumerate(items.items):
            place = (*path, index)
            if isinstance(many.of, Nested):
                yield self.record(many.of.record, item, place, many.of.short)
                continue
            try:
                yield self._free(many.of, item, place) if isinstance(many.of, Free) else self._single(many.of, item)
            except ValueError as error:
                self._problems.add(place, str(error))

    def _free(self, free: Free, tree: Tree, path: Path) -> Mapping[str, Any]:
        if not isinstance(tree, Table):
            raise ValueError(f"expected a mapping: {free.title}")
        if not free.is_flat:
            return {name: document.plain(value) for name, value in tree.entries.items()}
        texts = {}
        for name, value in tree.entries.items():
            if isinstance(value, Text):
                texts[name] = "" if value.is_null else value.text
            else:
                self._problems.add((*path, name), "expected a single text")
        return texts

    def _single(self, kind: Kind, tree: Tree) -> Any:
        if not isinstance(tree, Text):
            raise ValueError(f"expected a single value: {kind.title}")
        return kind.read(tree.text, self._country)


def _is_given(table: Table, name: str) -> bool:
    """An empty value (`pools:` with nothing behind it) is as good as none."""
    value = table.entries.get(name)
    return value is not None and not (isinstance(value, Text) and value.is_null)


def _required(record: type[Record]) -> list[str]:
    return [item.name for item in fields(record) if item.default is MISSING]  # type: ignore[arg-type]


def _meant(name: str, keys: Mapping[str, Key]) -> str:
    near = difflib.get_close_matches(name, keys, n=1)
    return f" (did you mean {near[0]}?)" if near else ""
