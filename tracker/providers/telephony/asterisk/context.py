"""In which contexts of the dialplan calls from outside arrive."""

from __future__ import annotations

from collections.abc import Sequence
from fnmatch import fnmatch

from tracker.providers.settings import SettingField

TRUNKS = "from-trunk*,from-pstn*,from-sip-external,from-did-direct*"

CONTEXTS = SettingField(
    "contexts",
    "Contexts of the trunks",
    default=TRUNKS,
    help="Where calls from outside enter the dialplan, comma-separated; * stands for anything.",
)


def patterns(written: str) -> list[str]:
    """Returns the patterns of the setting."""
    return [part.strip() for part in written.split(",") if part.strip()]


def is_trunk(context: str, contexts: Sequence[str]) -> bool:
    """True when calls from outside enter here."""
    return any(fnmatch(context, pattern) for pattern in contexts)
