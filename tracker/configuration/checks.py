"""What must hold across the file: keys stand once, a number in one pool, an original is nobody's own number."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tracker.configuration.problems import Path, Problems
from tracker.configuration.schema import Configuration, NumberSettings, PoolSettings, SiteSettings
from tracker.deliveries.policy_file import read_policy
from tracker.errors import InvalidInput
from tracker.pools import conditions
from tracker.pools.models import PoolKind
from tracker.visits import channel

Pools = list[tuple[Path, SiteSettings, PoolSettings]]


def check(configuration: Configuration, problems: Problems) -> None:
    """Adds what is wrong between the parts of a configuration; knows nothing of the database."""
    _Unique(problems, "site").add_all(((("sites", i), site.key) for i, site in enumerate(configuration.sites)), "key")
    for i, site in enumerate(configuration.sites):
        _check_site(("sites", i), site, problems)
    _check_connections(configuration, problems)
    _check_static_addresses(configuration, problems)
    pools = list(pools_of(configuration))
    _check_conditions(pools, problems)
    _check_numbers(pools, problems)
    _check_originals(pools, problems)


def pools_of(configuration: Configuration) -> Iterator[tuple[Path, SiteSettings, PoolSettings]]:
    """Yields every pool with its path and site."""
    for i, site in enumerate(configuration.sites):
        for j, pool in enumerate(site.pools or ()):
            yield ("sites", i, "pools", j), site, pool


def numbers_of(path: Path, pool: PoolSettings) -> Iterator[tuple[Path, NumberSettings]]:
    """Yields every number of a pool with its path."""
    for index, number in enumerate(pool.numbers or ()):
        yield (*path, "numbers", index), number


class _Unique:
    """Names that may stand once; says where the first one stood."""

    def __init__(self, problems: Problems, noun: str) -> None:
        self._problems = problems
        self._noun = noun
        self._seen: dict[str, str] = {}

    def add(self, path: Path, name: str, home: str = "") -> None:
        if name in self._seen:
            where = f" in {self._seen[name]}" if self._seen[name] else ""
            self._problems.add(path, f"{self._noun} {name} stands already{where or ' in this list'}")
        self._seen.setdefault(name, home)

    def add_all(self, named: Iterator[tuple[Path, str]], key: str) -> None:
        for path, name in named:
            self.add((*path, key), name)


def _check_site(path: Path, site: SiteSettings, problems: Problems) -> None:
    hosts = _Unique(problems, "host")
    for i, host in enumerate(site.domains):
        hosts.add((*path, "domains", i), host)
    addresses = _Unique(problems, "address")
    for i, email in enumerate(site.emails or ()):
        addresses.add((*path, "emails", i), email.name)
    _check_channels(path, site, problems)
    pools = (((*path, "pools", i), pool.key) for i, pool in enumerate(site.pools or ()))
    _Unique(problems, "pool").add_all(pools, "key")


def _check_channels(path: Path, site: SiteSettings, problems: Problems) -> None:
    try:
        channel.read_rules(site.channels or ())
    except InvalidInput as error:
        problems.add((*path, *path_of(error.field or "channels")), str(error))


def _check_connections(configuration: Configuration, problems: Problems) -> None:
    keys = _Unique(problems, "connection")
    for i, site in enumerate(configuration.sites):
        for j, connection in enumerate(site.connections or ()):
            path = ("sites", i, "connections", j)
            keys.add((*path, "key"), connection.key, f"site {site.key}")
            if connection.policy and not connection.provider.startswith("crm/"):
                problems.add((*path, "policy"), "only a CRM has a policy")
            elif connection.policy:
                _check_policy(path, connection.policy, problems)


def _check_policy(path: Path, policy: Mapping[str, object], problems: Problems) -> None:
    try:
        read_policy(policy)
    except InvalidInput as error:
        problems.add((*path, *path_of(error.field or "policy")), str(error))


def path_of(field: str) -> Path:
    """Returns `policy.rules.0.first` as a path."""
    return tuple(int(part) if part.isdecimal() else part for part in field.split("."))


def _check_static_addresses(configuration: Configuration, problems: Problems) -> None:
    """A letter to a static address decides the site, so no two sites may have the same."""
    homes: dict[str, str] = {}
    for i, site in enumerate(configuration.sites):
        for j, email in enumerate(site.emails or ()):
            home = homes.setdefault(email.address, site.key) if email.address else site.key
            if home != site.key:
                problems.add(("sites", i, "emails", j, "address"), f"{email.address} belongs to site {home}")


def _check_conditions(pools: Pools, problems: Problems) -> None:
    for path, _, pool in pools:
        try:
            conditions.read(pool.when or {})
        except InvalidInput as error:
            problems.add((*path, *path_of(error.field or "when")), str(error))


def _check_numbers(pools: Pools, problems: Problems) -> None:
    numbers = _Unique(problems, "number")
    for path, site, pool in pools:
        for place, number in numbers_of(path, pool):
            numbers.add(place, number.number, f"pool {pool.key} of site {site.key}")


def _check_originals(pools: Pools, problems: Problems) -> None:
    """A call to an original must not look like a call to a leased number."""
    leased = {
        number.number: pool.key
        for path, _, pool in pools
        if pool.kind is PoolKind.DYNAMIC
        for _, number in numbers_of(path, pool)
    }
    for path, _, pool in pools:
        for key, number in (("swap", pool.swap), ("overflow", pool.overflow)):
            if number in leased:
                problems.add((*path, key), f"{number} is leased to visitors by pool {leased[number]}")
