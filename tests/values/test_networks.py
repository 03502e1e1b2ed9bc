"""Addresses in networks."""

from __future__ import annotations

import ipaddress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.errors import ConfigurationError, InvalidInput
from tracker.values import networks

SOME = networks.read(["192.0.2.0/24", "192.0.3.0/24", "2001:db8::/32", "198.51.100.7", "203.0.113.5/28"])

INSIDE = ["192.0.2.0", "192.0.2.255", "192.0.3.1", "2001:db8::1", "198.51.100.7", "203.0.113.1", "::ffff:192.0.2.1"]
OUTSIDE = ["192.0.1.255", "192.0.4.0", "2001:db9::1", "198.51.100.8", "203.0.113.16", "::1", "", None, "host"]


@pytest.mark.parametrize("ip", INSIDE)
def test_address_inside_is_found(ip: str) -> None:
    assert SOME.contains(ip)


@pytest.mark.parametrize("ip", OUTSIDE)
def test_address_outside_is_not(ip: str | None) -> None:
    assert not SOME.contains(ip)


def test_no_networks_contain_nothing() -> None:
    assert not networks.NONE.contains("192.0.2.1")


def test_wrong_network_is_refused_with_its_field() -> None:
    with pytest.raises(InvalidInput) as refused:
        networks.read(["192.0.2.0/33"], "data_centres")

    assert refused.value.field == "data_centres"


@given(st.lists(st.ip_addresses(v=4).map(lambda ip: f"{ip}/{int(ip) % 25 + 8}"), max_size=8), st.ip_addresses(v=4))
def test_answer_is_that_of_every_single_network(texts: list[str], ip: ipaddress.IPv4Address) -> None:
    expected = any(ip in ipaddress.ip_network(text, strict=False) for text in texts)

    assert networks.read(texts).contains(str(ip)) is expected


def test_file_is_read_line_by_line(tmp_path: Path) -> None:
    file = tmp_path / "data-centres.txt"
    file.write_text("# hosting\n192.0.2.0/24  # of one company\n\n2001:db8::/32\n")

    found = networks.read_file(file)

    assert found.contains("192.0.2.9")
    assert found.contains("2001:db8::1")
    assert not found.contains("198.51.100.1")


def test_wrong_line_of_the_file_stops_the_start(tmp_path: Path) -> None:
    file = tmp_path / "data-centres.txt"
    file.write_text("192.0.2.0/24\nhosting\n")

    with pytest.raises(ConfigurationError, match="hosting"):
        networks.read_file(file)
