"""Places from a file in MaxMind's format; the tests write a small one."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tracker.visits import geo
from tracker.visits.geo import GeoFile, Place

MOSCOW: dict[str, Any] = {
    "country": {"iso_code": "RU", "names": {"en": "Russia"}},
    "subdivisions": [{"iso_code": "MOW", "names": {"en": "Moscow", "ru": "Москва"}}, {"names": {"en": "inner"}}],
    "city": {"names": {"en": "Moscow", "ru": "Москва"}},
}
PLACES: dict[str, Any] = {
    "192.0.2.0/24": MOSCOW,
    "198.51.100.0/24": {"registered_country": {"iso_code": "KZ"}},
    "203.0.113.0/25": {"traits": {"is_anonymous": "yes"}},
    "203.0.113.128/25": {"country": "broken", "subdivisions": [], "city": {"names": "broken"}},
}


def encoded(value: Any) -> bytes:
    """One value of the data section: https://maxmind.github.io/MaxMind-DB/, "Output Data Section"."""
    match value:
        case str():
            return _control(2, len(value.encode())) + value.encode()
        case dict():
            return _control(7, len(value)) + b"".join(encoded(part) for pair in value.items() for part in pair)
        case list():
            return _control(11, len(value)) + b"".join(map(encoded, value))
        case int():
            return _control(5, 2) + value.to_bytes(2, "big")
        case bytes():  # an integer of that many bytes
            return _control({4: 6, 8: 9}[len(value)], len(value)) + value
    raise TypeError(value)


def _control(kind: int, size: int) -> bytes:
    assert size < 285
    first, rest = (size, b"") if size < 29 else (29, bytes([size - 29]))
    return (bytes([kind << 5 | first]) if kind < 8 else bytes([first, kind - 7])) + rest


def geo_file(places: dict[str, Any]) -> bytes:
    """A file of IPv4 networks: a tree of bits, 24-bit records, then data, then metadata."""
    data, offsets = b"", {}
    for text, place in places.items():
        offsets[text] = len(data)
        data += encoded(place)
    nodes: list[list[Any]] = [[None, None]]
    for text in places:
        network = ipaddress.IPv4Network(text)
        bits = f"{int(network.network_address):032b}"[: network.prefixlen]
        here = 0
        for bit in map(int, bits[:-1]):
            if nodes[here][bit] is None:
                nodes.append([None, None])
                nodes[here][bit] = len(nodes) - 1
            here = nodes[here][bit]
        nodes[here][int(bits[-1])] = text

    def record(entry: Any) -> bytes:
        number = len(nodes) if entry is None else entry if isinstance(entry, int) else len(nodes) + 16 + offsets[entry]
        return int(number).to_bytes(3, "big")

    tree = b"".join(record(entry) for node in nodes for entry in node)
    about = {"node_count": len(nodes).to_bytes(4, "big"), "record_size": 24, "ip_version": 4, "database_type": "Test",
             "binary_format_major_version": 2, "binary_format_minor_version": 0, "build_epoch": (1).to_bytes(8, "big"),
             "languages": ["en"], "description": {"en": "test"}}  # fmt: skip
    return tree + bytes(16) + data + b"\xab\xcd\xefMaxMind.com" + encoded(about)


@pytest.fixture
def places(tmp_path: Path) -> Iterator[GeoFile]:
    path = tmp_path / "city.mmdb"
    path.write_bytes(geo_file(PLACES))
    opened = GeoFile(path)
    yield opened
    opened.close()


def test_place_is_named_in_the_language(places: GeoFile) -> None:
    assert places.find("192.0.2.1", "ru") == Place("RU", "Москва", "Москва")


def test_place_is_named_in_english_when_the_language_is_missing(places: GeoFile) -> None:
    assert places.find("192.0.2.1", "de") == Place("RU", "Moscow", "Moscow")


def test_registered_country_stands_in_for_the_country(places: GeoFile) -> None:
    assert places.find("198.51.100.9") == Place("KZ", None, None)


NOWHERE = {
    "network without a place": "203.0.113.1",
    "record of another shape": "203.0.113.200",
    "unknown network": "192.0.3.1",
    "IPv6 in a file of IPv4": "2001:db8::1",
    "no address": "localhost",
    "empty": "",
    "absent": None,
}


@pytest.mark.parametrize("ip", NOWHERE.values(), ids=NOWHERE.keys())
def test_place_is_unknown(places: GeoFile, ip: str | None) -> None:
    assert places.find(ip) is None


def test_file_is_optional(tmp_path: Path) -> None:
    (tmp_path / "broken.mmdb").write_bytes(b"not a database")

    assert geo.open_file(None) is None
    assert geo.open_file(tmp_path / "absent.mmdb") is None
    assert geo.open_file(tmp_path / "broken.mmdb") is None


def test_configured_file_is_opened(tmp_path: Path) -> None:
    (tmp_path / "city.mmdb").write_bytes(geo_file(PLACES))

    opened = geo.open_file(tmp_path / "city.mmdb")

    assert opened is not None
    assert opened.find("192.0.2.200") is not None
    opened.close()
