"""A set of IP networks that answers quickly whether it contains an address, however many there are."""

from __future__ import annotations

import ipaddress
from bisect import bisect_right
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from tracker.errors import ConfigurationError, InvalidInput


@dataclass(frozen=True, slots=True)
class Networks:
    """Networks as sorted, disjoint ranges of integers, first and last addresses side by side, per IP version."""

    firsts: dict[int, tuple[int, ...]]
    lasts: dict[int, tuple[int, ...]]

    def contains(self, ip: str | None) -> bool:
        """True when the address lies in one of the networks; False for None and for what is no address."""
        if not ip or not self.firsts:
            return False
        try:
            address = ipaddress.ip_address(ip)
        except ValueError:
            return False
        if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped:
            address = address.ipv4_mapped
        firsts = self.firsts.get(address.version, ())
        place = bisect_right(firsts, int(address)) - 1
        return place >= 0 and int(address) <= self.lasts[address.version][place]


NONE = Networks({}, {})


def read(texts: Iterable[str], field: str | None = None) -> Networks:
    """Reads networks and single addresses: `["192.0.2.0/24", "2001:db8::/32", "198.51.100.7"]`.

    Raises:
        InvalidInput: one of them cannot be read.
    """
    found: dict[int, list[ipaddress.IPv4Network | ipaddress.IPv6Network]] = {}
    for text in texts:
        try:
            network = ipaddress.ip_network(text.strip(), strict=False)
        except ValueError:
            raise InvalidInput(f"{text!r} is no network such as 192.0.2.0/24", field)
        found.setdefault(network.version, []).append(network)
    firsts: dict[int, tuple[int, ...]] = {}
    lasts: dict[int, tuple[int, ...]] = {}
    for version, networks in found.items():
        joined = sorted(ipaddress.collapse_addresses(networks), key=lambda network: int(network.network_address))  # type: ignore[type-var]
        firsts[version] = tuple(int(network.network_address) for network in joined)
        lasts[version] = tuple(int(network.broadcast_address) for network in joined)
    return Networks(firsts, lasts)


def read_file(path: Path | None) -> Networks:
    """Reads a file with a network per line; what follows a `#` is a remark. No file is no networks.

    Raises:
        ConfigurationError: a line cannot be read.
    """
    if path is None:
        return NONE
    lines = (line.partition("#")[0].strip() for line in path.read_text().splitlines())
    try:
        return read(line for line in lines if line)
    except InvalidInput as error:
        raise ConfigurationError(f"{path} cannot be read: {error}. Mend the line or take it out.") from error
