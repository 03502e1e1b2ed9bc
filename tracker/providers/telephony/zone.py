"""A setting for sources that tell times without a zone: whose clock that is."""

from __future__ import annotations

from collections.abc import Mapping
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from tracker.errors import InvalidInput
from tracker.providers.settings import SettingField


def _check(name: str) -> None:
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidInput("use a name such as Europe/Moscow or UTC", "settings.timezone") from error


TIMEZONE = SettingField(
    "timezone",
    "Time zone",
    required=False,
    help="In which the other system writes times, for example Asia/Yekaterinburg; empty: that of the site.",
    check=_check,
)


def zone_of(settings: Mapping[str, str], timezone: str) -> ZoneInfo:
    """Returns the zone of the connection, else that of the site."""
    return ZoneInfo(settings.get("timezone") or timezone)
