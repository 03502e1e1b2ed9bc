"""What a decision of the lease script costs by size of the pool, and what numbers and visitors take of memory.

For each size: so many new visitors, then each of them once more. The cost is the CPU of the store's process, so
waiting is not in it. Memory is `used_memory` without buffers and with the stream emptied: of the numbers before
anybody came, of a visitor with recognition and lease.

    python -m bench.pool_size
"""

from __future__ import annotations

import secrets
import tempfile
from pathlib import Path

from redis import Redis

from bench.installation import ORIGINAL, cpu_of
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
# Within the store, for a million numbers through the client take minutes; a number is free since its own place.
FILL = """
for n = ARGV[1], ARGV[2] - 1 do redis.call('ZADD', KEYS[1], n, '+7' .. string.format('%.0f', 4950000000 + n)) end
"""
BROWSER = BROWSERS[0]
URL = "https://example.com/?utm_source=google&utm_medium=cpc&utm_campaign=spring&gclid=EAIaIQobChMI"


def main() -> None:
    with tempfile.TemporaryDirectory(prefix="skvoz-") as folder:
        store = EmbeddedStore(Path(folder))
        store.start()
        try:
            with Redis.from_url(store.url, socket_timeout=60) as client:
                for size in SIZES:
                    print(f"pool of {size:>9,}: " + _measure(client, store.pid or 0, size), flush=True)
        finally:
            store.stop()


def _measure(client: Redis, pid: int, size: int) -> str:
    client.flushall()
    empty = _memory(client)
    site = _site(client, size)
    memory = _memory(client)
    signs_of_life = [_new_visitor(site, number) for number in range(COUNT)]
    new, again = (_touch_all(client, pid, site, signs_of_life) for _ in range(2))
    client.xtrim(KEYS.stream, maxlen=0)
    bytes_each = (_memory(client) - memory) / COUNT
    return (
        f"{new:.0f} µs CPU a new visitor, {again:.0f} µs a known one; {(memory - empty) / size:.0f} bytes a number, "
        f"{bytes_each:.0f} bytes a visitor"
    )


def _touch_all(client: Redis, pid: int, site: SiteInUse, signs_of_life: list[SignOfLife]) -> float:
    """Microseconds of the store's CPU for one sign of life."""
    leases = LeaseStore(client)
    leasing.touch(leases, site, signs_of_life[0])  # the store knows the script from here on
    before = cpu_of(pid)
    for sign in signs_of_life:
        leasing.touch(leases, site, sign)
    return (cpu_of(pid) - before) / len(signs_of_life) * 1_000_000


def _memory(client: Redis) -> int:
    said = client.info("memory")
    return int(said["used_memory"] - said["mem_aof_buffer"] - said["mem_clients_normal"])


def _site(client: Redis, size: int) -> SiteInUse:
    client.hset(KEYS.meta, mapping={"version": "1", "capacity": "1000000", "epoch": "e"})
    for first in range(0, size, 10_000):
        client.eval(FILL, 1, KEYS.pool("1"), first, min(size, first + 10_000))
    pool = ServedPool("1", "all", {}, 900_000, 86_400_000, 30 * 86_400_000, True, 0, 0, "original")
    original = ServedOriginal(ORIGINAL, [ORIGINAL[1:]], [pool])
    return compile_site(ServedSite("example", 1, 1, "RU", ["example.com"], False, True, [original], []))


def _new_visitor(site: SiteInUse, number: int) -> SignOfLife:
    client = Client(f"10.{number >> 16}.{number >> 8 & 255}.{number & 255}", BROWSER)
    said = PageViewMessage(site="example", url=URL, ga=f"GA1.1.{number}.1700000000", engaged=True)
    return signs.of_view(site, said, client, secrets.token_hex(16))


if __name__ == "__main__":
    main()
