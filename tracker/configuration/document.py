"""YAML as a tree that knows its lines: refuses duplicate keys, fills in `${NAME}` from the environment.

Scalars stay text; what reads them decides what they are. So `country: NO` and `+74951112233` without quotes
mean what they say, which YAML 1.1 would take for False and for a number without plus.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import yaml

from tracker.configuration.problems import Path, Problems

VARIABLE = re.compile(r"\$\$\{|\$\{([A-Za-z_][A-Za-z0-9_]*)\}")
INTEGER = re.compile(r"-?(0|[1-9][0-9]*)")
DECIMAL = re.compile(r"-?(0|[1-9][0-9]*)\.[0-9]+")
WORDS = {"": None, "~": None, "null": None, "true": True, "false": False}
MERGE = "tag:yaml.org,2002:merge"


@dataclass(frozen=True)
class Text:
    """A scalar. `is_plain`: written without quotes, so that `null`, `true` and `12` are more than text."""

    line: int
    text: str
    is_plain: bool = True

    @property
    def is_null(self) -> bool:
        return self.is_plain and self.text.lower() in WORDS and WORDS[self.text.lower()] is None


@dataclass(frozen=True)
class Items:
    """A list."""

    line: int
    items: tuple[Tree, ...]


@dataclass(frozen=True)
class Table:
    """A mapping; `lines` are those of the keys."""

    line: int
    entries: Mapping[str, Tree]
    lines: Mapping[str, int]


Tree = Text | Items | Table


def parse(text: str, problems: Problems, environ: Mapping[str, str]) -> Tree:
    """Reads one YAML document.

    Raises:
        WrongDocument: not YAML; keys that stand twice and missing variables are added to `problems`.
    """
    try:
        node = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.MarkedYAMLError as error:
        mark = error.problem_mark or error.context_mark
        problems.add((), f"not YAML: {error.problem or error.context}", mark.line + 1 if mark else None)
    except yaml.YAMLError as error:
        problems.add((), f"not YAML: {error}")
    problems.stop()
    return Text(1, "") if node is None else _Builder(problems, environ).build(node, ())


def lines(tree: Tree, path: Path = ()) -> Iterator[tuple[Path, int]]:
    """Yields path and line of everything in the tree."""
    yield path, tree.line
    if isinstance(tree, Items):
        for index, item in enumerate(tree.items):
            yield from lines(item, (*path, index))
    elif isinstance(tree, Table):
        for key, value in tree.entries.items():
            yield from lines(value, (*path, key))
            yield (*path, key), tree.lines[key]


def plain(tree: Tree) -> object:
    """Returns the tree as values fit for JSON: mappings with text keys, lists, text, numbers, true, false, null."""
    if isinstance(tree, Table):
        return {key: plain(value) for key, value in tree.entries.items()}
    if isinstance(tree, Items):
        return [plain(item) for item in tree.items]
    if not tree.is_plain:
        return tree.text
    if tree.text.lower() in WORDS:
        return WORDS[tree.text.lower()]
    if INTEGER.fullmatch(tree.text):
        return int(tree.text)
    return float(tree.text) if DECIMAL.fullmatch(tree.text) else tree.text


class _Builder:
    """Turns YAML nodes into a tree; an anchor inside itself is a mistake, not an endless loop."""

    def __init__(self, problems: Problems, environ: Mapping[str, str]) -> None:
        self._problems = problems
        self._environ = environ
        self._open: set[int] = set()

    def build(self, node: yaml.Node, path: Path) -> Tree:
        if id(node) in self._open:
            self._problems.add(path, "an anchor contains itself", _line(node))
            return Text(_line(node), "")
        self._open.add(id(node))
        try:
            if isinstance(node, yaml.MappingNode):
                return self._table(node, path)
            if isinstance(node, yaml.SequenceNode):
                items = (self.build(item, (*path, index)) for index, item in enumerate(node.value))
                return Items(_line(node), tuple(items))
            assert isinstance(node, yaml.ScalarNode)
            return self._text(node, path)
        finally:
            self._open.discard(id(node))

    def _table(self, node: yaml.MappingNode, path: Path) -> Table:
        own: dict[str, Tree] = {}
        at: dict[str, int] = {}
        merged: list[Table] = []
        for key_node, value_node in node.value:
            key = str(key_node.value)
            value = self.build(value_node, path if key_node.tag == MERGE else (*path, key))
            if key_node.tag == MERGE:
                merged += [table for table in _several(value) if isinstance(table, Table)]
            elif key in own:
                self._problems.add((*path, key), f"stands twice, first in line {at[key]}", _line(key_node))
            else:
                own[key], at[key] = value, _line(key_node)
        for table in merged:
            for key in table.entries.keys() - own.keys():
                own[key], at[key] = table.entries[key], table.lines[key]
        return Table(_line(node), own, at)

    def _text(self, node: yaml.ScalarNode, path: Path) -> Text:
        text = str(node.value)
        filled = VARIABLE.sub(lambda match: self._value(match, path, _line(node)), text)
        return Text(_line(node), filled, is_plain=node.style is None and filled == text)

    def _value(self, match: re.Match[str], path: Path, line: int) -> str:
        name = match[1]
        if name is None:
            return "${"
        if name not in self._environ:
            self._problems.add(path, f"the environment has no variable {name}", line)
        return self._environ.get(name, "")


def _several(tree: Tree) -> tuple[Tree, ...]:
    return tree.items if isinstance(tree, Items) else (tree,)


def _line(node: yaml.Node) -> int:
    return int(node.start_mark.line) + 1
