"""The whole way in: a visit leased and stored, worker and store included, against a bare Flask JSON endpoint.

Both run under the same gunicorn (two sync workers) in turns within one run, so that whatever else the machine does
falls on both. CPU is what /proc says of each process.

    python bench/way_in.py [--requests 4000] [--rounds 3] [--database-url postgresql://…]
"""

from __future__ import annotations

import argparse
import os
import platform
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

from redis import Redis

from bench.installation import ROOT, Installation, cpu_of, difference, family, free_port, gunicorn, wait_for_port
from bench.load import Crowd, Result, run

STREAM = "skv:{example}:stream"


class Lag(threading.Thread):
    """Watches how old the oldest entry is that the database does not have yet, in milliseconds."""

    def __init__(self, store_url: str) -> None:
        super().__init__(daemon=True)
        self._client = Redis.from_url(store_url)
        self._over = threading.Event()
        self.seen: list[int] = [0]

    def run(self) -> None:
        while not self._over.wait(0.05):
            first = self._client.xrange(STREAM, count=1)
            seconds, micros = self._client.time()
            if first:
                self.seen.append(seconds * 1000 + micros // 1000 - int(first[0][0].split(b"-")[0]))

    def stop(self) -> list[int]:
        self._over.set()
        self.join()
        return self.seen


def main() -> None:
    asked = _arguments()
    with tempfile.TemporaryDirectory(prefix="skvoz-") as folder:
        ours = Installation(Path(folder), asked.database_url)
        ours.add_site(asked.numbers)
        bare_port = free_port()
        bare = subprocess.Popen(
            [sys.executable, *gunicorn(bare_port, 2), "bench.bare:app"], cwd=ROOT, start_new_session=True
        )
        wait_for_port(bare_port)
        ours.start()
        try:
            _compare(ours, bare.pid, bare_port, asked)
        finally:
            ours.stop()
            bare.terminate()
            bare.wait()


def _compare(ours: Installation, bare_pid: int, bare_port: int, asked: argparse.Namespace) -> None:
    print(f"{platform.machine()}, {os.cpu_count()} cores, Python {platform.python_version()}, pool {asked.numbers}")
    crowd = Crowd()
    run(ours.port, [crowd.view() for _ in range(500)])
    run(bare_port, [crowd.view() for _ in range(500)])
    rows = [_round(ours, bare_pid, bare_port, crowd, asked.requests) for _ in range(asked.rounds)]
    print("median of the rounds, per request:")
    for name in rows[0]:
        print(f"  {name:34} {statistics.median(row[name] for row in rows):8.3f}")
    _at_load(ours, crowd, 0.8 * statistics.median(row["ours, requests/s"] for row in rows), asked.requests)


def _round(ours: Installation, bare_pid: int, bare_port: int, crowd: Crowd, count: int) -> dict[str, float]:
    before = sum(map(cpu_of, family(bare_pid)))
    bare = run(bare_port, [crowd.view() for _ in range(count)])
    bare_cpu = (sum(map(cpu_of, family(bare_pid))) - before) / count * 1000
    requests = [crowd.view() for _ in range(count)]
    start = ours.cpu_seconds()
    got = run(ours.port, requests, good=_leased)
    wait_until_stored(ours)
    spent = {name: used / count * 1000 for name, used in difference(ours.cpu_seconds(), start).items()}
    whole = sum(spent.values())
    return {
        "bare endpoint, ms CPU": bare_cpu,
        **{f"ours, {name}, ms CPU": used for name, used in spent.items()},
        "ours, all of it, ms CPU": whole,
        "ratio": whole / bare_cpu,
        "ratio, web alone": spent["web"] / bare_cpu,
        **_speed("bare", bare),
        **_speed("ours", got),
        "ours, not leased": got.failures,
    }


def _speed(name: str, result: Result) -> dict[str, float]:
    return {
        f"{name}, requests/s": result.per_second,
        f"{name}, p50 ms": result.quantile(0.5),
        f"{name}, p99 ms": result.quantile(0.99),
    }


def _at_load(ours: Installation, crowd: Crowd, rate: float, count: int) -> None:
    lag = Lag(ours.store.url)
    lag.start()
    got = run(ours.port, [crowd.view() for _ in range(count)], clients=16, rate=rate)
    seen = sorted(lag.stop())
    print(f"at 80 % load ({rate:.0f}/s): p50 {got.quantile(0.5):.1f} ms, p99 {got.quantile(0.99):.1f} ms")
    print(f"  lag until stored: median {seen[len(seen) // 2]} ms, longest {seen[-1]} ms")


def _leased(answer: bytes) -> bool:
    return b'"number":"+7495' in answer


def wait_until_stored(ours: Installation) -> None:
    with Redis.from_url(ours.store.url) as client:
        while client.xlen(STREAM):
            time.sleep(0.05)


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--requests", type=int, default=4000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--numbers", type=int, default=20_000)
    parser.add_argument("--database-url")
    return parser.parse_args()


if __name__ == "__main__":
    main()
