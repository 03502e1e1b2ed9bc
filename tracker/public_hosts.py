"""The guard before every request to an address that a person typed: it must lead out into the public internet.

The check is made for the very address that is then called, so that a name which answers differently the second
time gains nothing.
"""

from __future__ import annotations

import socket
from collections.abc import Collection
from ipaddress import IPv4Address, IPv6Address, ip_address, ip_network
from typing import Any

from requests import Session
from requests.adapters import HTTPAdapter
from urllib3.connection import HTTPConnection, HTTPSConnection
from urllib3.connectionpool import HTTPConnectionPool, HTTPSConnectionPool

from tracker.errors import PrivateHost

TRANSLATED = ip_network("64:ff9b::/96")  # RFC 6052: an IPv4 address inside, whichever it is


def is_public(text: str) -> bool:
    """True for an IP address that everybody on the internet could call."""
    address: IPv4Address | IPv6Address = ip_address(text.partition("%")[0])
    if isinstance(address, IPv6Address):
        inner = address.ipv4_mapped or (IPv4Address(address.packed[12:]) if address in TRANSLATED else None)
        address = inner or address
    return address.is_global and not address.is_multicast


def find_address(host: str, port: int, allowed: Collection[str]) -> str:
    """Looks a host up and returns the address to call.

    Args:
        allowed: hosts and addresses that may be private, as in SKVOZ_ALLOW_PRIVATE_HOSTS.

    Raises:
        PrivateHost: it has no public address.
        socket.gaierror: there is no such host.
    """
    found = [str(entry[4][0]) for entry in socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)]
    for address in found:
        if host.lower() in allowed or address in allowed or is_public(address):
            return address
    raise PrivateHost(f"{host} leads into a private network")


def guarded_session(allowed: Collection[str]) -> Session:
    """Makes a session for `requests` that calls public hosts only; no proxy and no password file is used."""
    session = Session()
    session.trust_env = False
    session.mount("http://", _Guarded(allowed))
    session.mount("https://", _Guarded(allowed))
    return session


class _Guarded(HTTPAdapter):
    def __init__(self, allowed: Collection[str]) -> None:
        self._allowed = frozenset(allowed)
        super().__init__()

    def init_poolmanager(self, *args: Any, **options: Any) -> None:
        super().init_poolmanager(*args, **options)
        self.poolmanager.pool_classes_by_scheme = {
            "http": type("Pool", (HTTPConnectionPool,), {"ConnectionCls": _connection(HTTPConnection, self._allowed)}),
            "https": type(
                "Pool", (HTTPSConnectionPool,), {"ConnectionCls": _connection(HTTPSConnection, self._allowed)}
            ),
        }


def _connection(kind: type[HTTPConnection], allowed: frozenset[str]) -> type[HTTPConnection]:
    """A kind of connection that opens its socket to an address which was checked, under the name that was asked for."""

    def open_socket(self: HTTPConnection) -> socket.socket:
        name = self._dns_host
        try:
            self._dns_host = find_address(name, self.port or 0, allowed)
            return kind._new_conn(self)
        finally:
            self._dns_host = name

    return type("Connection", (kind,), {"_new_conn": open_socket})
