"""Which values a card of the CRM gains: a person's entry is never overwritten, our own is corrected."""

from __future__ import annotations

import json
from collections.abc import Mapping

from tracker.deliveries.entities import Additions, EntityType
from tracker.deliveries.policy import Policy
from tracker.deliveries.progress import Progress


def values_to_write(
    wanted: Mapping[str, str], there: Mapping[str, str], wrote: Mapping[str, str], policy: Policy
) -> dict[str, str]:
    """Returns the values that change.

    A field is written when it is empty, when the policy says always, or when it still holds what we wrote
    for this inquiry; the last one is emptied (`""`) when the value is no longer true.

    Args:
        there: what the card holds now.
        wrote: what earlier revisions of this delivery wrote.
    """
    changes = {}
    for name in [*wanted, *(name for name in wrote if name not in wanted)]:
        value, current = wanted.get(name, ""), there.get(name, "")
        is_ours = current == wrote.get(name)
        if value != current and (is_ours or (value and (not current or policy.fields[name].always))):
            changes[name] = value
    return changes


def written(progress: Progress, type: EntityType) -> dict[str, str]:
    """Returns what earlier revisions of this delivery wrote into the card."""
    kept: dict[str, str] = json.loads(progress.done_id(f"wrote-{type}") or "{}")
    return kept


def replaced(progress: Progress, type: EntityType) -> dict[str, str]:
    """Returns what stood in the card's fields before this delivery first wrote into them; "" for an empty one."""
    kept: dict[str, str] = json.loads(progress.done_id(f"replaced-{type}") or "{}")
    return kept


def keep_replaced(progress: Progress, type: EntityType, values: Mapping[str, str], there: Mapping[str, str]) -> None:
    """Remembers what is about to be replaced, so that it can be undone; call it before `keep_written`."""
    known = replaced(progress, type)
    new = {name: there.get(name, "") for name in values if name not in known}
    if new:
        progress.done(f"replaced-{type}", json.dumps(known | new, ensure_ascii=False, sort_keys=True))


def appended(progress: Progress, type: EntityType) -> tuple[list[str], list[str]]:
    """Returns the phones and emails that this delivery added to a card which was there before."""
    kept = json.loads(progress.done_id(f"added-{type}") or "[[], []]")
    return kept[0], kept[1]


def keep_appended(progress: Progress, type: EntityType, additions: Additions) -> None:
    """Remembers the phones and emails that are about to be added."""
    phones, emails = appended(progress, type)
    new = [list(dict.fromkeys([*phones, *additions.phones])), list(dict.fromkeys([*emails, *additions.emails]))]
    if additions.phones or additions.emails:
        progress.done(f"added-{type}", json.dumps(new, ensure_ascii=False))


def keep_written(progress: Progress, type: EntityType, values: Mapping[str, str]) -> None:
    """Remembers what is about to be written, so that a correction can replace it."""
    if values:
        kept = {**written(progress, type), **values}
        progress.done(f"wrote-{type}", json.dumps(kept, ensure_ascii=False, sort_keys=True))
