"""The portal's own duplicate search: which cards hold a phone or an address. Spelling is decisive there."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

from tracker.deliveries.entities import EntityType
from tracker.providers.crm.bitrix24.client import Client, Command
from tracker.values import phone

MOST_VALUES = 20  # of one search; the portal silently drops the rest
SEARCHED = (EntityType.CONTACT, EntityType.LEAD)

Asked = tuple[EntityType, tuple[str, ...], tuple[str, ...]]


class DuplicateSearch:
    """Asks for contacts and leads in one request; whoever looks for a contact next asks for leads."""

    def __init__(self, client: Client) -> None:
        self._client = client
        self._hits: dict[Asked, list[int]] = {}  # each good for one use

    def ids(self, type: EntityType, phones: Sequence[str], emails: Sequence[str]) -> list[int]:
        """Returns the cards of a type that hold one of the values in any usual writing, the oldest first."""
        if not phones and not emails:
            return []
        key = (type, tuple(phones), tuple(emails))
        if key not in self._hits:
            self._search(phones, emails)
        return self._hits.pop(key)

    def _search(self, phones: Sequence[str], emails: Sequence[str]) -> None:
        commands = {type: _commands(type, phones, emails) for type in SEARCHED}
        together = {f"{type}_{key}": command for type in SEARCHED for key, command in commands[type].items()}
        answer = self._client.batch("find the person", together)
        for type in SEARCHED:
            hits = [answer.get(f"{type}_{key}") for key in commands[type]]
            ids = {int(id) for hit in hits if isinstance(hit, dict) for id in hit.get(type.upper(), [])}
            self._hits[type, tuple(phones), tuple(emails)] = sorted(ids)


def parts(values: Iterable[Any], size: int) -> list[list[Any]]:
    """Cuts values into lists of at most `size`."""
    whole = list(values)
    return [whole[first : first + size] for first in range(0, len(whole), size)]


def _commands(type: EntityType, phones: Sequence[str], emails: Sequence[str]) -> dict[str, Command]:
    """One command for each twenty values; apart for each type, since many hits of one would hide the other."""
    writings = dict.fromkeys(text for e164 in phones for text in (e164, *phone.writings(e164)))
    return {
        f"{kind}{number}": (
            "crm.duplicate.findbycomm",
            {"type": kind, "values": part, "entity_type": type.upper()},
        )
        for kind, values in (("PHONE", writings), ("EMAIL", emails))
        for number, part in enumerate(parts(values, MOST_VALUES))
    }
