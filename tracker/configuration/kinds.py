"""What one value of the configuration may be: how its text is read, written back, and called in the manual."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal, InvalidOperation
from enum import StrEnum
from typing import Any
from zoneinfo import available_timezones

import phonenumbers

from tracker.values import phone

KEY = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,62}")
DURATION = re.compile(r"([0-9]{1,6})([smhd])")
SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}
LONGEST = timedelta(days=3650)
HOST = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,62})(\.[a-z0-9_][a-z0-9_-]{0,62})*")
ADDRESS = re.compile(r"[^\s@<>,;:\"()\[\]]+@[^\s@]+")


@dataclass(frozen=True)
class Kind:
    """A kind of single value.

    Args:
        title: what the manual calls it, with an example where that helps.
        read: text and country of the site to the value; ValueError says what to write instead.
        write: value to the text that stands in the file.
    """

    title: str
    read: Callable[[str, str], Any]
    write: Callable[[Any], object] = str


def _text(text: str, _country: str) -> str:
    if not text.strip():
        raise ValueError("is empty")
    return text.strip()


def _key(text: str, _country: str) -> str:
    if not KEY.fullmatch(text):
        raise ValueError("use letters, digits, dot, dash and underscore, 63 at most")
    return text


def _bool(text: str, _country: str) -> bool:
    word = text.lower()
    if word not in ("true", "false", "yes", "no", "on", "off"):
        raise ValueError("use true or false")
    return word in ("true", "yes", "on")


def _duration(text: str, _country: str) -> timedelta:
    match = DURATION.fullmatch(text)
    if match is None or (value := timedelta(seconds=int(match[1]) * SECONDS[match[2]])) > LONGEST:
        raise ValueError("use 15m, 2h or 30d")
    return value


def write_duration(value: timedelta) -> str:
    """Writes a duration in its largest whole unit: `90s`, `15m`, `24h`, `30d`."""
    seconds = round(value.total_seconds())
    if seconds == 86_400:
        return "24h"
    unit = next(unit for unit in "dhms" if seconds % SECONDS[unit] == 0)
    return f"{seconds // SECONDS[unit]}{unit}"


def _phone(text: str, country: str) -> str:
    number = phone.parse(text, country)
    if number is None:
        raise ValueError(f"{text!r} is not a phone number; write it like +74951112233")
    return number


def _overflow(text: str, country: str) -> str:
    if text in ("original", "shared"):
        return text
    try:
        return _phone(text, country)
    except ValueError:
        raise ValueError('use original, shared or a phone number such as "+74951112299"')


def _host(text: str, _country: str) -> str:
    host = text.strip().lower().rstrip(".")
    if host.startswith("*."):
        raise ValueError(f"write {host[2:]}: a domain covers its sub-domains")
    if not host.isascii():
        try:
            host = host.encode("idna").decode()
        except UnicodeError:
            raise ValueError(f"{text!r} is not a host name")
    if not HOST.fullmatch(host):
        raise ValueError("write the host alone, such as example.com: no https://, no path, no port")
    return host


def _address(text: str, country: str) -> str:
    address = text.strip().lower()
    if not ADDRESS.fullmatch(address):
        raise ValueError("write an address such as sales@example.com")
    local, _, host = address.partition("@")
    return f"{local}@{_host(host, country)}"


def _country(text: str, _current: str) -> str:
    if text.upper() not in phonenumbers.SUPPORTED_REGIONS:
        raise ValueError("use a country code of two letters such as RU or DE")
    return text.upper()


def _timezone(text: str, _country: str) -> str:
    if text not in available_timezones():
        raise ValueError("use an IANA name such as Europe/Moscow")
    return text


def _currency(text: str, _country: str) -> str:
    if not re.fullmatch(r"[A-Za-z]{3}", text):
        raise ValueError("use a currency code of three letters such as RUB or EUR")
    return text.upper()


def _money(text: str, _country: str) -> Decimal:
    try:
        value = Decimal(text)
    except InvalidOperation:
        value = Decimal(-1)
    if not value.is_finite() or value < 0 or round(value, 2) != value:
        raise ValueError("use an amount such as 450 or 450.50")
    return value.quantize(Decimal("0.01"))


def _write_money(value: Decimal) -> object:
    return int(value) if value == int(value) else float(value)


def integer(least: int, most: int = 1_000_000) -> Kind:
    """Returns the kind of whole numbers within bounds."""

    def read(text: str, _country: str) -> int:
        if not re.fullmatch(r"[0-9]{1,9}", text) or not least <= int(text) <= most:
            raise ValueError(f"use a whole number from {least} to {most}")
        return int(text)

    return Kind(f"whole number from {least} to {most}", read, int)


def _share(text: str, _country: str) -> float:
    if not re.fullmatch(r"[0-9]*\.?[0-9]+", text) or not 0 <= float(text) <= 1:
        raise ValueError("use a number from 0 to 1 such as 0.6")
    return float(text)


def choice(words: type[StrEnum] | tuple[str, ...], but: tuple[str, ...] = ()) -> Kind:
    """Returns the kind of a word out of a closed set; `but` are words of the set that may not be written."""
    known = [str(word) for word in words if str(word) not in but]

    def read(text: str, _country: str) -> str:
        if text not in known:
            raise ValueError(f"use {', '.join(known[:-1])} or {known[-1]}")
        return words(text) if isinstance(words, type) else text

    return Kind(" or ".join(f"`{word}`" for word in known), read)


def _label(text: str, country: str) -> str:
    return " ".join(_text(text, country).split()).lower()


TEXT = Kind("text", _text)
LABEL = Kind("tag of an inquiry such as `lead`", _label)
KEY_KIND = Kind("key: letters, digits, `.`, `-`, `_`", _key)
BOOL = Kind("`true` or `false`", _bool, bool)
DURATION_KIND = Kind("duration such as `15m`, `24h`, `30d`", _duration, write_duration)
PHONE = Kind("phone number in any writing", _phone)
OVERFLOW = Kind("`original`, `shared` or a phone number", _overflow)
HOST_KIND = Kind("host name", _host)
ADDRESS_KIND = Kind("email address", _address)
COUNTRY = Kind("country code, ISO 3166", _country)
TIMEZONE = Kind("time zone, IANA", _timezone)
CURRENCY = Kind("currency code, ISO 4217", _currency)
MONEY = Kind("amount in the site's currency", _money, _write_money)
SHARE = Kind("number from 0 to 1", _share, float)
