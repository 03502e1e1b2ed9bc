"""`docs/configuration.md`, written from the schema so that it cannot be wrong about keys and defaults."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import MISSING, dataclass, fields

from tracker.configuration.difference import in_words
from tracker.configuration.kinds import Kind
from tracker.configuration.schema import Configuration, Free, Key, Many, Nested, Record, keys_of
from tracker.configuration.writing import default_of, plain_value

INTRODUCTION = """\
# Configuration as code

`skvoz apply skvoz.yaml` makes the installation be what the file says, in one transaction, and prints every change
as a line; a second time it changes nothing. `--dry-run` prints the changes and writes nothing. `--site KEY` applies
one site of the file and leaves all others alone. `skvoz export` writes the present configuration as such a file;
`skvoz export --site KEY` writes one site, to be applied with `--site KEY`.

- Within a list that the file names (`sites`, `pools`, `numbers`, `emails`, `connections`), what is absent is switched
  off, never deleted; put back into the file, it is switched on again. A list that is not named at all is left alone.
  Hosts in `domains` have no history, so absent ones are removed.
- Any other key that is absent has its default.
- `${NAME}` reads the environment or `.env`; a variable that does not exist is an error. `$${` is a plain `${`.
- Secrets are encrypted at rest and exported as `***`, which means "keep what is stored". A secret that is absent is
  kept as well, and so is a setting that no file ever named. A token that the program has renewed since stays renewed,
  though the file still has the old one.
- Phone numbers may be written in any usual way, with or without quotes; the country of the site tells how to read
  those without `+`. A number belongs to one pool of the whole installation. It may move to another pool once it is
  switched off where it was, also in the same file.
- An unknown key, a key that stands twice and a value that does not fit are errors with file, line and path:
  `skvoz.yaml, line 14: sites.0.pools.1.hold: use 15m, 2h or 30d`. Then nothing at all is written.
- The file is trusted with any host, private ones included.
"""

CONDITIONS: Mapping[str, str] = {
    "channel": "class of the source: `paid-search`, `paid-social`, `organic-search`, `direct`, …",
    "utm_source": "as in the address of the landing page; `*` at the beginning or the end stands for anything",
    "utm_medium": "likewise",
    "utm_campaign": "likewise",
    "utm_term": "likewise",
    "utm_content": "likewise",
    "referrer_host": "host the visitor came from; covers its sub-domains",
    "landing_path": "path of the first page, such as `/catalog/*`",
    "country": "country by the geo file, ISO 3166 code",
    "region": "region as the geo file names it",
    "city": "city as the geo file names it",
    "device": "`mobile`, `tablet`, `desktop` or `other`",
    "language": "of the browser; `ru` takes `ru-RU` as well",
    "visitor": "`new` or `returning`",
    "share": "part of the visitors, such as `0.5` or `50%`; always the same ones",
}

WHEN = """\
## Conditions: `when` of a pool

A pool serves the visits that fit all keys given. A value is a text, or a list of texts of which one must fit. Which
pool serves a visit is decided when the visit starts.

| Key | Fits |
|---|---|
"""

CHANNELS = """\
## Rules of channels: `channels` of a site

Each rule names a `channel`, one of ours such as `paid-search` or a new name in the same style, and asks for one or
more of `utm_source`, `utm_medium`, `utm_campaign`, `referrer_host`: a text or a list of texts, `*` at either end:
`{channel: maps, utm_source: ["2gis*", yandex_maps]}`.
"""

POLICY = """\
## Policy: `policy` of a CRM connection

What an inquiry becomes in the CRM: `first` (of somebody new), `repeat`, `fields`, responsibles, exceptions by kind,
channel or tag. The keys are described in [crm-policy.md](crm-policy.md).
"""


@dataclass(frozen=True)
class ProviderSettings:
    """A provider and its settings: name, kind, what stands when absent, meaning."""

    name: str
    rows: Sequence[tuple[str, str, str, str]]


def manual(providers: Iterable[ProviderSettings]) -> str:
    """Returns the whole page as Markdown."""
    parts = [INTRODUCTION, *_sections(Configuration, "The file", ""), WHEN + "".join(_conditions()), CHANNELS, POLICY]
    parts.append("## Settings of providers: `settings` of a connection\n")
    parts += [f"### `{provider.name}`\n\n{_table(provider.rows)}" for provider in providers]
    return "\n".join(parts)


def _sections(record: type[Record], title: str, path: str) -> Iterator[str]:
    rows = [_row(record, name, key) for name, key in keys_of(record).items()]
    yield f"## {title}\n\n{record.__doc__}\n\n{_table(rows)}"
    for name, key in keys_of(record).items():
        nested = _nested(key)
        if nested is not None:
            place = f"{path}.{name}" if path else name
            yield from _sections(nested, f"`{place}`", place)


def _nested(key: Key) -> type[Record] | None:
    kind = key.kind.of if isinstance(key.kind, Many) else key.kind
    return kind.record if isinstance(kind, Nested) else None


def _table(rows: Iterable[tuple[str, str, str, str]]) -> str:
    lines = [f"| `{name}` | {kind} | {default} | {meaning} |" for name, kind, default, meaning in rows]
    return "\n".join(["| Key | Type | When absent | Meaning |", "|---|---|---|---|", *lines]) + "\n"


def _row(record: type[Record], name: str, key: Key) -> tuple[str, str, str, str]:
    return name, _type(key.kind), _default(record, name, key), key.meaning


def _type(kind: Kind | Nested | Many | Free) -> str:
    if isinstance(kind, Many):
        return f"list of: {_type(kind.of)}"
    if isinstance(kind, Nested):
        return f"mapping, or its `{kind.short}` alone" if kind.short else "mapping"
    return kind.title


def _default(record: type[Record], name: str, key: Key) -> str:
    if any(item.name == name and item.default is MISSING for item in fields(record)):  # type: ignore[arg-type]
        return "**required**"
    if isinstance(key.kind, Many):
        return "left alone"
    default = default_of(record, name)
    return "" if default is None else f"`{in_words(plain_value(key.kind, default))}`"


def _conditions() -> Iterator[str]:
    for key, meaning in CONDITIONS.items():
        yield f"| `{key}` | {meaning} |\n"
