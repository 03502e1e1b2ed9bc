"""Leases in the fast store: every decision is one atomic script.

A pool is one sorted set: the score of a number is the instant from which it is free. A lease moves the score
into the future, a beat moves it further, and when it has passed the number is free again without anybody
doing anything. The lowest score is the longest idle number, so taking one costs O(log n).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import cache
from hashlib import sha1
from pathlib import Path
from typing import Any

import msgspec
from redis.cluster import RedisCluster
from redis.exceptions import NoScriptError, RedisError

from tracker.errors import StoreDown
from tracker.leases.served import ServedSite
from tracker.store import Lane, Store

SITES = "skvoz:sites"
CLEAN = "skvoz:clean"
ADOPT_MS = 60_000  # one beat interval of 45 s and a margin for slow pages
CAPACITY = 2_000_000  # entries of a stream; 1 KB each
SCRIPTS = Path(__file__).with_name("lua")

# Was the last stop clean? Answers the same to everybody who asks during one run of the server.
# KEYS 1 mark  ARGV 1 run id  -> 1 or 0
WAS_CLEAN = """
local mark = redis.call('GET', KEYS[1])
if mark == '1' then redis.call('SET', KEYS[1], 'for:' .. ARGV[1]) return 1 end
return mark == 'for:' .. ARGV[1] and 1 or 0
"""


class SiteKeys:
    """The keys of one site, all under one hash tag.

    | key | type | holds |
    |---|---|---|
    | `meta` | hash | version; capacity; dropped; epoch of the stream; `stored`: last entry that the database has; run id of the server; after a loss adopt_until and unsure since (ms); next_tag |
    | `site` | string | the published `ServedSite` as JSON |
    | `stream` | stream | what happened: `a` what was asked, `d` what was decided |
    | `tags` | list | email tags reserved in the database, ready to be given |
    | `visitor:<id>` | hash | visit, at (ms), campaign, paid, tag; bot; per original `p:` pool, or why there is none; per pool `n:` number, `s:` since, `u:` until, `x:` second holder, `w:` wanted and got; expires after 30 days |
    | `known:<ga>|<ip>` | string | visitor id; expires after 30 days |
    | `rate:<ip>` | string | requests in this minute |
    | `pool:<id>` | sorted set | number -> free from (ms) |
    | `pool:<id>:holders` | hash | number -> `visitor since`; `~number` -> end of the latest shared lease (ms) |
    | `pool:<id>:net:<network>` | sorted set | number held by this network -> until (ms) |
    """  # noqa: E501

    def __init__(self, site: str) -> None:
        self.prefix = f"skv:{{{site}}}:"
        self.meta = self.prefix + "meta"
        self.site = self.prefix + "site"
        self.stream = self.prefix + "stream"
        self.tags = self.prefix + "tags"

    def visitor(self, visitor: str) -> str:
        return f"{self.prefix}visitor:{visitor}"

    def known(self, ga: str, ip: str) -> str:
        return f"{self.prefix}known:{ga}|{ip}"

    def rate(self, ip: str) -> str:
        return f"{self.prefix}rate:{ip}"

    def pool(self, pool: str) -> str:
        return f"{self.prefix}pool:{pool}"

    def holders(self, pool: str) -> str:
        return f"{self.prefix}pool:{pool}:holders"

    def network(self, pool: str, network: str) -> str:
        return f"{self.prefix}pool:{pool}:net:{network}"


@cache
def _script(name: str) -> tuple[str, str]:
    """The text of a script and its digest."""
    text = (SCRIPTS / f"{name}.lua").read_text()
    return text, sha1(text.encode(), usedforsecurity=False).hexdigest()


class LeaseStore:
    """The scripts and the published sites, on one connection to the store.

    Every method raises StoreDown when the store does not answer.
    """

    def __init__(self, store: Store) -> None:
        self._store: Any = store  # the client's annotations leave open whether it answers bytes or text
        self._is_cluster = isinstance(store, RedisCluster)
        self._send = store.execute_command if isinstance(store, RedisCluster) else Lane(store).send

    def touch(self, keys: Sequence[str], asked: bytes, entry: bytes) -> bytes:
        """Runs touch.lua: one round trip, except after a restart of the server."""
        text, digest = _script("touch")
        try:
            try:
                return bytes(self._send("EVALSHA", digest, len(keys), *keys, asked, entry))
            except NoScriptError:
                self.notice_restart()
                return bytes(self._store.eval(text, len(keys), *keys, asked, entry))
        except RedisError as error:
            raise StoreDown(str(error)) from error

    def run(self, script: str, keys: Sequence[str], *values: str | bytes | int) -> Any:
        """Runs one of the rarer scripts, `lua/<script>.lua`."""
        text, digest = _script(script)
        try:
            try:
                return self._store.evalsha(digest, len(keys), *keys, *values)
            except NoScriptError:
                return self._store.eval(text, len(keys), *keys, *values)
        except RedisError as error:
            raise StoreDown(str(error)) from error

    def notice_restart(self) -> None:
        """Tells every site whose server has been restarted, once per restart and atomically.

        A restarted server has forgotten `touch`, so whoever comes first gets here before anything is leased.
        """
        clean = self._was_clean()
        for member in self._store.smembers(SITES):
            keys = SiteKeys(member.decode())
            run = self.run_id(keys.meta)
            self.run("doubt", (keys.meta, keys.tags, keys.stream), ADOPT_MS, run, clean, "")

    def doubt(self, site: str, last_id: str) -> None:
        """The store turned out to be behind the database, which has entries up to `last_id`."""
        keys = SiteKeys(site)
        self.run("doubt", (keys.meta, keys.tags, keys.stream), ADOPT_MS, "", 0, last_id)

    def _was_clean(self) -> int:
        return int(self._store.eval(WAS_CLEAN, 1, CLEAN, self.run_id(CLEAN)))

    def run_id(self, key: str) -> str:
        """Returns the identity of the server process that holds the key; another one after each start."""
        if self._is_cluster:
            node = self._store.get_node_from_key(key)
            return str(self._store.info("server", target_nodes=node)["run_id"])
        return str(self._store.info("server")["run_id"])

    def site(self, key: str) -> ServedSite | None:
        """Returns the published site, None when the store does not know it."""
        try:
            text = self._store.get(SiteKeys(key).site)
        except RedisError as error:
            raise StoreDown(str(error)) from error
        return msgspec.json.decode(text, type=ServedSite) if text else None

    def recognised(self, site: str, ga: str, ip: str) -> str | None:
        """Returns the visitor who showed this Google client id from this address, None when nobody did."""
        try:
            visitor = self._store.get(SiteKeys(site).known(ga, ip))
        except RedisError as error:
            raise StoreDown(str(error)) from error
        return visitor.decode() if visitor else None

    def facts(self, site: str) -> Mapping[str, str]:
        """Returns the site's `meta` as text; empty when the store does not know the site."""
        try:
            return {k.decode(): v.decode() for k, v in self._store.hgetall(SiteKeys(site).meta).items()}
        except RedisError as error:
            raise StoreDown(str(error)) from error

    @property
    def raw(self) -> Any:
        """The client itself, for publishing and reading streams; answers bytes."""
        return self._store
