"""Reads foreign XML as nested objects; namespaces are left out, and what could be abused is refused."""

from __future__ import annotations

from typing import Any
from xml.parsers import expat

from tracker.errors import InvalidInput

DEEPEST = 50


def xml_object(body: bytes) -> dict[str, Any]:
    """Returns the root element: its children and attributes by local name, text where an element has neither.

    `<e t="x"><a>1</a><a>2</a></e>` gives `{"t": "x", "a": ["1", "2"]}`.

    Raises:
        InvalidInput: not XML, with a document type (entities hide in them), or absurdly deep; `field` is `body`.
    """
    tree = _Tree()
    parser = expat.ParserCreate()
    parser.StartDoctypeDeclHandler = tree.refuse
    parser.StartElementHandler = tree.start
    parser.EndElementHandler = tree.end
    parser.CharacterDataHandler = tree.text
    try:
        parser.Parse(body, True)
    except expat.ExpatError:
        raise InvalidInput("the body is not XML", "body")
    root = tree.levels[0][0]
    (value,) = root.values()
    return value if isinstance(value, dict) else root


class _Tree:
    def __init__(self) -> None:
        self.levels: list[tuple[dict[str, Any], list[str]]] = [({}, [])]

    def refuse(self, *_: object) -> None:
        raise InvalidInput("XML with a document type is not read", "body")

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if len(self.levels) > DEEPEST:
            raise InvalidInput("the XML is nested too deeply", "body")
        plain = {_local(key): value for key, value in attributes.items() if not key.startswith("xmlns")}
        self.levels.append((dict(plain), []))

    def end(self, name: str) -> None:
        children, texts = self.levels.pop()
        value: Any = children or "".join(texts).strip()
        parent, key = self.levels[-1][0], _local(name)
        if key not in parent:
            parent[key] = value
        elif isinstance(parent[key], list):
            parent[key].append(value)
        else:
            parent[key] = [parent[key], value]

    def text(self, text: str) -> None:
        self.levels[-1][1].append(text)


def _local(name: str) -> str:
    return name.rpartition(":")[2]
