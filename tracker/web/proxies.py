"""The client's real address: X-Forwarded-For is believed from trusted proxies only, and only as far as they go."""

from __future__ import annotations

import ipaddress
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import TYPE_CHECKING

from tracker.config import Network

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


class RealClient:
    """WSGI middleware: puts the client's address into REMOTE_ADDR and the outer scheme into wsgi.url_scheme."""

    def __init__(self, app: WSGIApplication, trusted: Sequence[Network]) -> None:
        self._app = app
        self._trusted = tuple(trusted)

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        peer = environ.get("REMOTE_ADDR") or "127.0.0.1"  # empty on a unix socket: the proxy on this machine
        environ["REMOTE_ADDR"] = normal_address(peer) or peer
        if is_within(peer, self._trusted):
            forwarded = environ.get("HTTP_X_FORWARDED_FOR", "")
            environ["REMOTE_ADDR"] = client_of(environ["REMOTE_ADDR"], forwarded, self._trusted)
            scheme = environ.get("HTTP_X_FORWARDED_PROTO", "").strip()
            if scheme in ("http", "https"):
                environ["wsgi.url_scheme"] = scheme
        return self._app(environ, start_response)


@lru_cache(maxsize=4096)
def client_of(peer: str, forwarded: str, trusted: tuple[Network, ...]) -> str:
    """Walks from the nearest proxy outwards; the first address that is no trusted proxy is the client."""
    client = peer
    for hop in reversed([part.strip() for part in forwarded.split(",") if part.strip()]):
        address = normal_address(hop)
        if address is None:
            break
        client = address
        if not is_within(address, trusted):
            break
    return client


@lru_cache(maxsize=4096)
def normal_address(text: str) -> str | None:
    """Returns an address as Python writes it, without port and brackets; None when it is none."""
    if text.startswith("["):
        host = text[1:].partition("]")[0]
    else:
        host = text.rpartition(":")[0] if text.count(":") == 1 else text
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return None
    mapped = getattr(address, "ipv4_mapped", None)
    return str(mapped or address)


@lru_cache(maxsize=4096)
def is_within(address: str, networks: tuple[Network, ...]) -> bool:
    """True when the address lies in one of the networks."""
    plain = normal_address(address)
    return plain is not None and any(ipaddress.ip_address(plain) in network for network in networks)
