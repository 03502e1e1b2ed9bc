"""The sites a web process serves, kept in memory: first what the store has published, the database last."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from tracker.leases.redis_store import LeaseStore
from tracker.leases.served import ServedSite
from tracker.pools import conditions
from tracker.pools.conditions import Conditions
from tracker.visits import channel
from tracker.visits.arrival import SiteRules

UNKNOWN_SECONDS = 2.0  # how long a key nobody knows is not asked for again


@dataclass(frozen=True)
class SiteInUse:
    """A published site with its rules compiled; both maps go from pool id to conditions.

    `without_share` has only the pools that take a share of the traffic.
    """

    served: ServedSite
    rules: SiteRules
    conditions: dict[str, Conditions]
    without_share: dict[str, Conditions]


def compile_site(served: ServedSite) -> SiteInUse:
    """Compiles the conditions of every pool once per version."""
    pools = [pool for original in served.originals for pool in original.pools]
    compiled = {pool.id: conditions.read(pool.conditions) for pool in pools}
    without_share = {key: replace(value, share=None) for key, value in compiled.items() if value.share is not None}
    channels = channel.read_rules(served.channels)
    rules = SiteRules(served.domains, served.allow_tests, channels, served.language)
    return SiteInUse(served, rules, compiled, without_share)


class Directory:
    """Key to site, for one process.

    Args:
        publish: reads a site from the database and publishes it; None when the database has no such site.
    """

    def __init__(self, store: LeaseStore, publish: Callable[[str], ServedSite | None]) -> None:
        self._store = store
        self._publish = publish
        self._sites: dict[str, SiteInUse] = {}
        self._unknown: dict[str, float] = {}

    def get(self, key: str) -> SiteInUse | None:
        """Returns the site as last seen, None when nobody knows it.

        Raises:
            StoreDown: never seen before, and the store does not answer.
        """
        site = self._sites.get(key)
        if site is not None or self._unknown.get(key, 0) > time.monotonic():
            return site
        return self.refresh(key)

    def refresh(self, key: str) -> SiteInUse | None:
        """Reads the site again from where it is published."""
        return self._remember(key, self._store.site(key) or self._publish(key))

    def republish(self, key: str) -> SiteInUse | None:
        """Brings the site back into a store that has lost it."""
        return self._remember(key, self._publish(key))

    def _remember(self, key: str, served: ServedSite | None) -> SiteInUse | None:
        if served is None:
            self._sites.pop(key, None)
            if len(self._unknown) > 10_000:
                self._unknown.clear()
            self._unknown[key] = time.monotonic() + UNKNOWN_SECONDS
            return None
        self._sites[key] = compile_site(served)
        return self._sites[key]
