"""Lists of texts with a wildcard at either end, as configuration writes them: `[google, "yandex*", "*sale*"]`."""

from __future__ import annotations

from dataclasses import dataclass

from tracker.errors import InvalidInput


@dataclass(frozen=True, slots=True)
class Patterns:
    """A list of patterns, sorted by kind so that matching is quick. Letter case does not matter."""

    exact: frozenset[str]
    starts: tuple[str, ...]
    ends: tuple[str, ...]
    parts: tuple[str, ...]

    def match(self, text: str | None) -> bool:
        """True when a pattern fits the whole text; None is an absent value and fits nothing but `*`."""
        if text is None:
            return "" in self.parts
        folded = text.casefold()
        return (
            folded in self.exact
            or folded.startswith(self.starts)
            or folded.endswith(self.ends)
            or any(part in folded for part in self.parts)
        )


def read(value: object, field: str, *, wildcards: bool = True) -> Patterns:
    """Reads a text or a list of texts from configuration.

    Args:
        value: `google`, or `[google, "yandex*"]`; numbers count as their text, since YAML makes them of `2024`.
        field: dotted path for the message.
        wildcards: False takes `*` for an ordinary character and refuses it.

    Raises:
        InvalidInput: not a text or list of texts, empty, or a wildcard where none is allowed.
    """
    texts = value if isinstance(value, list | tuple) else [value]
    if not texts:
        raise InvalidInput("an empty list would match nothing: leave the key out", field)
    exact, starts, ends, parts = set[str](), list[str](), list[str](), list[str]()
    for text in (_text(item, field) for item in texts):
        _check_wildcards(text, field, wildcards)
        core = text.strip("*")
        if text.startswith("*") and (text.endswith("*") or not core):
            parts.append(core)
        elif text.startswith("*"):
            ends.append(core)
        elif text.endswith("*"):
            starts.append(core)
        else:
            exact.add(core)
    return Patterns(frozenset(exact), tuple(starts), tuple(ends), tuple(parts))


def _text(item: object, field: str) -> str:
    if isinstance(item, bool) or not isinstance(item, str | int | float):
        raise InvalidInput(f"a text is expected, not {item!r}", field)
    text = str(item).strip().casefold()
    if not text:
        raise InvalidInput("an empty text matches nothing: leave it out", field)
    return text


def _check_wildcards(text: str, field: str, wildcards: bool) -> None:
    if "*" in text and not wildcards:
        raise InvalidInput(f"{text!r}: no wildcard is possible here", field)
    if "*" in text.strip("*"):
        raise InvalidInput(f"{text!r}: a wildcard may stand at the beginning and at the end only", field)
