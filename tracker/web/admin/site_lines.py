"""The lists of a site's form, one entry a line: read with a sentence for the line that does not fit, and written."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, TypeVar
from urllib.parse import unquote_plus

from flask_babel import gettext as _
from wtforms.validators import ValidationError

from tracker.configuration import kinds
from tracker.errors import InvalidInput
from tracker.sites.editing import EmailValues
from tracker.sites.models import EmailStyle, SiteEmail
from tracker.values import phone
from tracker.visits import channel

UTM = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
HOST = re.compile(r"^(localhost|([a-z0-9_]([a-z0-9-]*[a-z0-9])?\.)+[a-z0-9-]{2,}|\d+(\.\d+){3})$")
SPECIAL = re.compile(r"[%&=#+,\s]")  # would be read as something else in the tags of a link

Entry = TypeVar("Entry")


class Unreadable(ValueError):
    """A line that cannot be read; the text says why, for people."""


def each(text: str | None, read: Callable[[str], Entry]) -> list[Entry]:
    """Reads every line that is not empty.

    Raises:
        wtforms.ValidationError: a line does not fit; names it by its number.
    """
    found = []
    for number, line in numbered(text):
        try:
            found.append(read(line))
        except Unreadable as error:
            raise ValidationError(_("Line %(number)d: %(why)s", number=number, why=str(error)))
    return found


def numbered(text: str | None) -> list[tuple[int, str]]:
    """The lines that are not empty, with their numbers from 1."""
    return [(number, line.strip()) for number, line in enumerate((text or "").splitlines(), 1) if line.strip()]


def read_host(line: str) -> str:
    """A bare host: scheme, path and port are left out, capitals made small, other alphabets written as DNS has them."""
    host = re.sub(r"^https?://", "", line.lower()).split("/")[0].split(":")[0]
    try:
        host = kinds.HOST_KIND.read(host, "")
    except ValueError:
        host = ""
    if not HOST.match(host):
        raise Unreadable(_("“%(text)s” is not a domain.", text=line))
    return host


def read_address(text: str) -> str:
    """An email address in small letters."""
    try:
        address: str = kinds.ADDRESS_KIND.read(text, "")
    except ValueError:
        address = ""
    if not HOST.match(address.rpartition("@")[2]):
        raise Unreadable(_("“%(text)s” is not an email address.", text=text))
    return address


def read_tagged(line: str) -> EmailValues:
    """`sales@example.com`, or `sales@example.com catchall in.example.com`."""
    words = line.split()
    if len(words) == 3 and words[1] == "catchall":
        return EmailValues(read_address(words[0]), EmailStyle.CATCHALL, read_host(words[2]))
    return EmailValues(read_address(line), EmailStyle.PLUS)


def write_tagged(row: SiteEmail) -> str:
    """The line that `read_tagged` reads."""
    if row.style is not EmailStyle.CATCHALL:
        return row.address
    return f"{row.address} catchall {row.mail_domain or row.address.rpartition('@')[2]}"


def phone_reader(country: str) -> Callable[[str], str]:
    """Reads numbers in any writing as E.164; national ones are of the country."""

    def read(line: str) -> str:
        number = phone.parse(line, country)
        if number is None:
            raise Unreadable(_("“%(text)s” is not a phone number.", text=line))
        return number

    return read


def read_static(line: str) -> EmailValues:
    """`flyer@example.com utm_source=flyer&utm_medium=offline`: an address and what letters to it came from."""
    address, _space, tags = line.partition(" ")
    source = {name: unquote_plus(value) for name, value in _tags(tags)}
    for name in source.keys() - set(UTM):
        raise Unreadable(_("“%(name)s” is not known; known are %(known)s.", name=name, known=", ".join(UTM)))
    if "utm_source" not in source:
        raise Unreadable(_("write a source after the address, such as utm_source=flyer."))
    return EmailValues(read_address(address), EmailStyle.STATIC, source=source)


def write_static(row: SiteEmail) -> str:
    """The line that `read_static` reads."""
    return f"{row.address} {_link((name, [value]) for name, value in (row.source or {}).items())}"


def read_rule(line: str) -> dict[str, Any]:
    """`maps utm_source=2gis*,yandex_maps`: a channel and what its visits must fit, as `visits.channel` has it."""
    name, _space, tags = line.partition(" ")
    rule: dict[str, Any] = {"channel": name}
    for asked, values in _tags(tags):
        texts = [unquote_plus(value).strip() for value in values.split(",") if value.strip()]
        rule[asked] = texts[0] if len(texts) == 1 else texts
    try:
        channel.read_rules([rule])
    except InvalidInput as error:
        raise _why_no_rule(name, rule, error)
    return rule


def write_rule(rule: Mapping[str, Any]) -> str:
    """The line that `read_rule` reads."""
    asked = ((name, _texts(values)) for name, values in rule.items() if name != "channel")
    return f"{rule['channel']} {_link(asked)}"


def _why_no_rule(name: str, rule: Mapping[str, Any], error: InvalidInput) -> Unreadable:
    field = (error.field or "").rpartition(".")[2]
    if field == "channel":
        return Unreadable(_("“%(text)s” is no name of a channel; write one such as paid-search or maps.", text=name))
    if field in rule:
        return Unreadable(_("“%(name)s” cannot be read: %(why)s.", name=field, why=str(error)))
    return Unreadable(_("write after the channel what its visits must fit, such as utm_source=2gis*."))


def _texts(values: object) -> Sequence[str]:
    return [str(value) for value in values] if isinstance(values, list | tuple) else [str(values)]


def _tags(text: str) -> list[tuple[str, str]]:
    """The tags of a link, still escaped."""
    pairs = [part.strip().partition("=") for part in text.strip().lstrip("?").split("&") if part.strip()]
    for name, _equals, value in pairs:
        if not value.strip():
            raise Unreadable(_("“%(name)s” has no value; write name=value, joined by &.", name=name))
    return [(name.strip(), value.strip()) for name, _equals, value in pairs]


def _link(tags: Iterable[tuple[str, Sequence[str]]]) -> str:
    return "&".join(f"{name}={','.join(SPECIAL.sub(_escaped, value) for value in values)}" for name, values in tags)


def _escaped(match: re.Match[str]) -> str:
    return "".join(f"%{byte:02X}" for byte in match[0].encode())
