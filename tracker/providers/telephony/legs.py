"""A setting that several carriers share: does the connection hear of the called phones, or only of the caller's?"""

from __future__ import annotations

from collections.abc import Mapping

from tracker.providers.settings import SettingField

LEGS = SettingField(
    "legs",
    "The called phones are reported, too",
    kind="bool",
    required=False,
    help="Then a call counts as answered when one of them is; otherwise when the carrier connects the caller, "
    "which a voice menu does as well.",
)


def reports_legs(settings: Mapping[str, str]) -> bool:
    """True when the switch is on."""
    return settings["legs"] == "true"
