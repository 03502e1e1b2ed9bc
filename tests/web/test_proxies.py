"""Whose address it is, behind proxies that are ours and before those that are not."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from tracker.web.proxies import RealClient, normal_address

OURS = [ip_network("127.0.0.0/8"), ip_network("10.0.0.0/8"), ip_network("::1/128")]

TABLE: dict[str, tuple[str, str | None, str]] = {
    "nobody between": ("203.0.113.5", None, "203.0.113.5"),
    "a stranger's header is not believed": ("203.0.113.5", "1.2.3.4", "203.0.113.5"),
    "our proxy": ("127.0.0.1", "203.0.113.5", "203.0.113.5"),
    "our proxy over IPv6": ("::1", "2001:db8::5", "2001:db8::5"),
    "two of ours": ("127.0.0.1", "203.0.113.5, 10.1.1.1", "203.0.113.5"),
    "what the client invented stays behind": ("127.0.0.1", "1.2.3.4, 203.0.113.5", "203.0.113.5"),
    "everybody is ours": ("127.0.0.1", "10.0.0.9", "10.0.0.9"),
    "our proxy without a header": ("127.0.0.1", None, "127.0.0.1"),
    "rubbish ends the walk": ("127.0.0.1", "1.2.3.4, unknown, 10.0.0.9", "10.0.0.9"),
    "with a port": ("127.0.0.1", "203.0.113.5:4711", "203.0.113.5"),
    "IPv6 in brackets": ("127.0.0.1", "[2001:db8::5]", "2001:db8::5"),
    "IPv6 in brackets with a port": ("127.0.0.1", "[2001:db8::5]:4711", "2001:db8::5"),
    "IPv4 inside IPv6": ("::ffff:127.0.0.1", "::ffff:203.0.113.5", "203.0.113.5"),
    "IPv4 inside IPv6 without a proxy": ("::ffff:203.0.113.5", None, "203.0.113.5"),
    "a unix socket": ("", "203.0.113.5", "203.0.113.5"),
}


def seen(peer: str, **headers: str) -> dict[str, Any]:
    found: dict[str, Any] = {}

    def app(environ: dict[str, Any], start_response: Any) -> list[bytes]:
        found.update(environ)
        return []

    RealClient(app, OURS)({"REMOTE_ADDR": peer, "wsgi.url_scheme": "http", **headers}, lambda *_: None)
    return found


@pytest.mark.parametrize("name", TABLE)
def test_client_is_found(name: str) -> None:
    peer, forwarded, client = TABLE[name]

    found = seen(peer, **({"HTTP_X_FORWARDED_FOR": forwarded} if forwarded is not None else {}))

    assert found["REMOTE_ADDR"] == client


@pytest.mark.parametrize(
    ("peer", "said", "scheme"),
    [
        ("127.0.0.1", "https", "https"),
        ("127.0.0.1", "gopher", "http"),
        ("127.0.0.1", "", "http"),
        ("203.0.113.5", "https", "http"),
    ],
)
def test_scheme_is_believed_from_our_proxies_alone(peer: str, said: str, scheme: str) -> None:
    assert seen(peer, HTTP_X_FORWARDED_PROTO=said)["wsgi.url_scheme"] == scheme


@pytest.mark.parametrize("text", ["", "unknown", "_hidden", "1.2.3", "[", "[]:1", "a" * 500])
def test_what_is_no_address_is_none(text: str) -> None:
    assert normal_address(text) is None
