"""What counts as the public internet."""

from __future__ import annotations

import pytest

from tracker.public_hosts import PrivateHost, find_address, is_public

ADDRESSES = [
    ("93.184.215.14", True),
    ("2606:2800:21f:cb07:6820:80da:af6b:8b2c", True),
    ("127.0.0.1", False),
    ("10.1.2.3", False),
    ("192.168.0.1", False),
    ("172.20.0.1", False),
    ("169.254.169.254", False),
    ("100.64.0.1", False),
    ("0.0.0.0", False),
    ("224.0.0.1", False),
    ("::1", False),
    ("fe80::1%eth0", False),
    ("fd00::1", False),
    ("::ffff:10.0.0.1", False),
    ("64:ff9b::a00:1", False),
]


@pytest.mark.parametrize(("address", "is_outside"), ADDRESSES)
def test_address_is_public_or_not(address: str, is_outside: bool) -> None:
    assert is_public(address) is is_outside


@pytest.mark.parametrize("host", ["localhost", "127.1", "2130706433", "0x7f000001"])
def test_writings_of_this_machine_are_refused(host: str) -> None:
    with pytest.raises(PrivateHost):
        find_address(host, 80, ())


def test_named_host_may_be_private() -> None:
    assert find_address("localhost", 80, {"localhost"}) in ("127.0.0.1", "::1")
