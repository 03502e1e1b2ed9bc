"""What a decision of the lease script costs by size of the pool, and what numbers and visitors take of memory.

For each size: so many new visitors, then each of them once more. The time of the script is what the store itself
counts (`INFO commandstats`, microseconds of the call), so waiting and the network are not in it. Memory is
`used_memory` with the stream emptied: of the numbers before anybody came, of a visitor with recognition and lease.

    python -m bench.pool_size
"""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path

from redis import Redis

from bench.installation import ORIGINAL
from bench.load import BROWSERS
from tracker.embedded import EmbeddedStore
from tracker.leases import leasing, signs
from tracker.leases.directory import SiteInUse, compile_site
from tracker.leases.leasing import SignOfLife
from tracker.leases.redis_store import LeaseStore, SiteKeys
from tracker.leases.served import ServedOriginal, ServedPool, ServedSite
from tracker.visits.arrival import Client
from tracker.visits.messages import PageViewMessage

KEYS = SiteKeys("example")
SIZES = (10, 1_000, 100_000, 1_000_000)
COUNT = 3_000
BROWSER = BROWSERS[0]
URL = "https://example.com/?utm_source=google&utm_medium=cpc&utm_campaign=spring&gclid=EAIaIQobChMI"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="skvoz-") as folder:
        store = EmbeddedStore(Path(folder))
        store.start()
        try:
            with Redis.from_url(store.url, socket_timeout=60) as client:
                for size in SIZES:
                    print(f"pool of {size:>9,}: " + _measure(client, size))
        finally:
            store.stop()


def _measure(client: Redis, size: int) -> str:
    client.flushall()
    empty = _memory(client)
    site = _site(client, size)
    memory = _memory(client)
    signs_of_life = [_new_visitor(site, number) for number in range(COUNT)]
    new, again = (_touch_all(client, site, signs_of_life) for _ in range(2))
    client.xtrim(KEYS.stream, maxlen=0)
    bytes_each = (_memory(client) - memory) / COUNT
    return (
        f"{new:.0f} µs a new visitor, {again:.0f} µs a known one; {(memory - empty) / size:.0f} bytes a number, "
        f"{bytes_each:.0f} bytes a visitor"
    )


def _touch_all(client: Redis, site: SiteInUse, signs_of_life: list[SignOfLife]) -> float:
    """Microseconds of one call of the script, as the store counts them."""
    leases = LeaseStore(client)
    leasing.touch(leases, site, signs_of_life[0])  # the store knows the script from here on
    client.config_resetstat()
    for sign in signs_of_life:
        leasing.touch(leases, site, sign)
    return float(client.info("commandstats")["cmdstat_evalsha"]["usec_per_call"])


def _memory(client: Redis) -> int:
    return int(client.info("memory")["used_memory"])


def _site(client: Redis, size: int) -> SiteInUse:
    client.hset(KEYS.meta, mapping={"version": "1", "capacity": "1000000", "epoch": "e"})
    for first in range(0, size, 10_000):
        client.zadd(KEYS.pool("1"), {f"+7{495_0000000 + n}": n for n in range(first, min(size, first + 10_000))})
    pool = ServedPool("1", "all", {}, 900_000, 86_400_000, 30 * 86_400_000, True, 0, 0, "original")
    original = ServedOriginal(ORIGINAL, [ORIGINAL[1:]], [pool])
    return compile_site(ServedSite("example", 1, 1, "RU", ["example.com"], False, True, [original], []))


def _new_visitor(site: SiteInUse, number: int) -> SignOfLife:
    client = Client(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", BROWSER)
    said = PageViewMessage(site="example", url=URL, ga=f"GA1.1.{number}.1700000000", engaged=True)
    return signs.of_view(site, said, client, secrets.token_hex(16))


if __name__ == "__main__":
    main()
