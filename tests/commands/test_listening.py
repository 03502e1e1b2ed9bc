from __future__ import annotations

import socket

import pytest

from tracker.commands.listening import is_loopback, listen
from tracker.errors import ConfigurationError


@pytest.mark.parametrize(
    ("host", "expected"),
    [
        ("127.0.0.1", True),
        ("127.1.2.3", True),
        ("::1", True),
        ("localhost", True),
        ("0.0.0.0", False),
        ("::", False),
        ("192.0.2.1", False),
        ("example.com", False),
    ],
)
def test_loopback_is_recognised(host: str, expected: bool) -> None:
    assert is_loopback(host) is expected


def test_busy_port_names_the_port_and_another() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

        with pytest.raises(ConfigurationError, match=rf"Port {port} .* taken .*--port {port + 1}"):
            listen("127.0.0.1", port)


def test_patience_gets_a_port_that_becomes_free() -> None:
    with socket.create_server(("127.0.0.1", 0)) as other:
        port = other.getsockname()[1]

    with listen("127.0.0.1", port, patience_seconds=5) as door:
        assert door.getsockname()[1] == port


def test_foreign_address_is_explained() -> None:
    with pytest.raises(ConfigurationError, match=r"192\.0\.2\.1 is not an address of this machine"):
        listen("192.0.2.1", 0)


def test_unknown_host_name_is_explained() -> None:
    with pytest.raises(ConfigurationError, match="is not an address of this machine"):
        listen("no host at all", 0)
