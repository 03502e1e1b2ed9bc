"""Finds name, phones and addresses among the fields of a form, whatever they are called."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

import msgspec

from tracker.values import email_address, phone

PHONE_NAMES = re.compile(r"phone|tel|mobile|cell|whatsapp|тел|моб", re.IGNORECASE)
NAME_NAMES = re.compile(r"(?<![a-z])(your[-_]?)?(full[-_]?)?name$|^fio$|^имя|^фио|^контактное", re.IGNORECASE)
TEXT_NAMES = re.compile(r"message|comment|text|question|вопрос|сообщение|комментарий", re.IGNORECASE)


@dataclass(frozen=True)
class Contacts:
    """Who filled a form in: phones as E.164, addresses normalised."""

    name: str | None
    phones: tuple[str, ...]
    emails: tuple[str, ...]
    text: str


def contacts_of(fields: Mapping[str, str], country: str) -> Contacts:
    """Reads the fields; a number counts only in a field that is called like one, an address anywhere."""
    return Contacts(
        name=next((value.strip() for key, value in fields.items() if NAME_NAMES.search(key) and value.strip()), None),
        phones=phones_of((value for key, value in fields.items() if PHONE_NAMES.search(key)), country),
        emails=emails_of(fields.values()),
        text="\n".join(value for key, value in fields.items() if TEXT_NAMES.search(key) and value.strip()),
    )


def as_text(value: Any) -> str:
    """Returns what a field holds as text; anything but a text is written as JSON: `true`, `["a"]`."""
    return value if isinstance(value, str) else msgspec.json.encode(value).decode()


def phones_of(texts: Iterable[str], country: str) -> tuple[str, ...]:
    """Returns the readable numbers as E.164, each once."""
    found = (phone.parse(text, country) for text in texts)
    return tuple(dict.fromkeys(number for number in found if number))


def emails_of(texts: Iterable[str]) -> tuple[str, ...]:
    """Returns the texts that are addresses, normalised, each once."""
    found = (email_address.normalise(text) for text in texts if "@" in text)
    return tuple(dict.fromkeys(address for address in found if address))
