"""Country, region and city of an address, from a MaxMind-format file if the installation has one."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import maxminddb

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Place:
    """ISO 3166 country code (`RU`), region and city in the wanted language; each may be None."""

    country: str | None
    region: str | None
    city: str | None


class GeoFile:
    """An open file of places (GeoLite2-City, DB-IP City and others of that form); look-ups read mapped memory."""

    def __init__(self, path: Path) -> None:
        """Opens the file.

        Raises:
            OSError: the file is absent or not readable.
            maxminddb.InvalidDatabaseError: it is something else.
        """
        self._reader = maxminddb.open_database(path, maxminddb.MODE_AUTO)

    def find(self, ip: str | None, language: str = "en") -> Place | None:
        """Returns the place of an address, None when the file does not know it or it is no address.

        Names come in the language, else in English.
        """
        try:
            record = self._reader.get(ip) if ip else None
        except ValueError:  # no address, or IPv6 in a file of IPv4
            return None
        if not isinstance(record, dict):
            return None
        regions = record.get("subdivisions")
        place = Place(
            _code(record.get("country")) or _code(record.get("registered_country")),
            _name(regions[0] if isinstance(regions, list) and regions else None, language),
            _name(record.get("city"), language),
        )
        return place if place.country or place.region or place.city else None

    def close(self) -> None:
        """Lets the file go; look-ups afterwards fail."""
        self._reader.close()


def open_file(path: Path | None) -> GeoFile | None:
    """Opens the configured file; None when there is none, or, with a warning, when it cannot be used."""
    if path is None:
        return None
    try:
        return GeoFile(path)
    except (OSError, maxminddb.InvalidDatabaseError) as error:
        log.warning("places of visitors stay unknown: %s cannot be read (%s)", path, error)
        return None


def _code(part: Any) -> str | None:
    code = part.get("iso_code") if isinstance(part, dict) else None
    return code if isinstance(code, str) else None


def _name(part: Any, language: str) -> str | None:
    names = part.get("names") if isinstance(part, dict) else None
    if not isinstance(names, dict):
        return None
    name = names.get(language) or names.get("en")
    return name if isinstance(name, str) else None
