"""A site in a real store without a database: what the lease script decides, seen through `leasing.touch`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

from redis import Redis

from tracker.leases import leasing
from tracker.leases.directory import compile_site
from tracker.leases.leasing import Granted, SignOfLife
from tracker.leases.redis_store import LeaseStore, SiteKeys
from tracker.leases.served import ServedEmail, ServedOriginal, ServedPool, ServedSite
from tracker.pools.conditions import VisitFacts
from tracker.visits import stream
from tracker.visits.stream import Beat, Decision, Happening, Leave, View

ORIGINAL = "+74951112233"
MINUTE = timedelta(minutes=1)
NUMBERS = [f"+7495777000{number}" for number in range(1, 6)]


def a_pool(pool_id: str = "1", **changes: Any) -> ServedPool:
    plain = ServedPool(
        id=pool_id,
        key=f"pool-{pool_id}",
        conditions={},
        hold_ms=900_000,
        max_age_ms=86_400_000,
        sticky_ms=30 * 86_400_000,
        on_arrival=True,
        reserve=0,
        network_limit=0,
        overflow="original",
    )
    return ServedPool(**{**{name: getattr(plain, name) for name in plain.__struct_fields__}, **changes})


def visitor_id(name: str | int) -> str:
    """A visitor id in which the name can be read again: 32 hex."""
    return str(name).encode().hex().rjust(32, "0")


class Stage:
    """One site; visitors are named by short words, times are let pass by moving every stored instant back."""

    def __init__(self, client: Redis, pools: Sequence[ServedPool], **facts: Any) -> None:
        self.client = client
        self.store = LeaseStore(client)
        self.keys = SiteKeys("example")
        self.passed_ms = 0
        client.hset(self.keys.meta, mapping={"version": "1", "capacity": "1000", "epoch": "e", **facts})
        self.serve(pools)

    def serve(self, pools: Sequence[ServedPool], version: int = 1) -> None:
        originals = [ServedOriginal(ORIGINAL, [ORIGINAL[1:]], list(pools))]
        emails = [ServedEmail("sales@example.com", "plus", None)]
        served = ServedSite("example", 1, version, "RU", ["example.com"], False, True, originals, emails)
        self.site = compile_site(served)

    def put(self, *numbers: str, pool: str = "1") -> None:
        """Numbers that were never leased, in this order."""
        self.client.zadd(self.keys.pool(pool), {number: place for place, number in enumerate(numbers)})

    def touch(self, sign: SignOfLife) -> Granted:
        return leasing.touch(self.store, self.site, sign)

    def view(self, who: str | int, *, facts: dict[str, Any] | None = None, **said: Any) -> Granted:
        view = View(
            view="ab",
            url="https://example.com/",
            source="(direct)",
            medium="(none)",
            channel="direct",
            named_by="direct",
            device="desktop",
            late_ms=said.get("late_ms", 0),
            bot=said.get("bot"),
        )
        known = VisitFacts(visitor_id(who), **({"channel": "direct"} | (facts or {})))
        said.setdefault("ip", "203.0.113.7")
        return self.touch(SignOfLife(visitor_id(who), entry=view, facts=known, **said))

    def beat(self, who: str | int, **said: Any) -> Granted:
        said.setdefault("ip", "203.0.113.7")
        said.setdefault("engaged", True)
        return self.touch(SignOfLife(visitor_id(who), entry=Beat(True), **said))

    def leave(self, who: str | int) -> Granted:
        return self.touch(SignOfLife(visitor_id(who), "203.0.113.7", Leave()))

    def event(self, who: str | int) -> Granted:
        return self.touch(SignOfLife(visitor_id(who), "203.0.113.7", Happening("tel_click", {})))

    def number(self, granted: Granted) -> str | None:
        return granted.numbers[0].number if granted.numbers else None

    def decisions(self) -> list[Decision]:
        return [entry.decision for entry in stream.read(self.client.xrange(self.keys.stream))]

    def wait(self, time: timedelta) -> None:
        """Lets time pass: every instant the script will look at lies that much further back."""
        shift = round(time.total_seconds() * 1000)
        self.passed_ms += shift
        for key in self.client.scan_iter(self.keys.prefix + "*", count=1000):
            name = key.decode().removeprefix(self.keys.prefix)
            if name.startswith("visitor:"):
                self._age(key, lambda field: field == "at" or field[:2] in ("s:", "u:"), shift)
            elif name == "meta":
                self._age(key, lambda field: field in ("adopt_until", "unsure"), shift)
            elif name.endswith(":holders"):
                self._age_holders(key, shift)
            elif name.startswith("pool:"):
                self._age_scores(key, shift)

    def _age(self, key: bytes, is_instant: Callable[[str], bool], shift: int) -> None:
        for field, value in self.client.hgetall(key).items():
            if is_instant(field.decode()):
                self.client.hset(key, field, int(value) - shift)

    def _age_holders(self, key: bytes, shift: int) -> None:
        for field, value in self.client.hgetall(key).items():
            *who, instant = value.decode().split()
            self.client.hset(key, field, " ".join([*who, str(int(instant) - shift)]))

    def _age_scores(self, key: bytes, shift: int) -> None:
        for member, score in self.client.zrange(key, 0, -1, withscores=True):
            if score > 1_000_000:  # below that it is the place of a number never leased
                self.client.zadd(key, {member: int(score) - shift})


def with_site(stage: Stage, **changes: Any) -> None:
    """Changes the served site itself, such as its version."""
    served = stage.site.served
    fields = {name: getattr(served, name) for name in served.__struct_fields__} | changes
    stage.site = replace(stage.site, served=ServedSite(**fields))
