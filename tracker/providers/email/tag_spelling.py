"""Reads a string as a tag, forgiving what people do when they retype one; never corrects a wrong letter."""

from __future__ import annotations

from collections.abc import Collection

from tracker.leases.tags import ALPHABET

CHARACTERS = frozenset(ALPHABET)

# Cyrillic letters that look like a Latin one, typed on a Russian layout.
LOOK_ALIKES = str.maketrans("аеорсухкмтвн", "aeopcyxkmtbh")

# The same keys pressed with the Russian layout on.
SAME_KEYS = str.maketrans("йцукенгшщзфывапролдячсмить", "qwertyuiopasdfghjklzxcvbnm")


def tags_spelt(text: str, lengths: Collection[int]) -> list[str]:
    """Returns the tags a string may mean, the likeliest first; usually none or one.

    `K3V9XQ`, `к3v9хq` (two Cyrillic letters) and `л3м9чй` (wrong layout) all give `k3v9xq`.
    """
    if len(text) not in lengths:
        return []
    lowered = text.lower()
    spellings = [lowered, lowered.translate(LOOK_ALIKES)]
    if not any("a" <= letter <= "z" for letter in lowered):
        spellings.append(lowered.translate(SAME_KEYS))
    return [tag for tag in dict.fromkeys(spellings) if set(tag) <= CHARACTERS]
