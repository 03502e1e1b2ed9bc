"""One sign of life becomes a lease: builds what the script is asked, and reads what it decided."""

from __future__ import annotations

import ipaddress
import secrets
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache

import msgspec

from tracker import clock
from tracker.leases.directory import SiteInUse
from tracker.leases.exchange import Answer, AskedPool, Held, Touch, Want
from tracker.leases.redis_store import LeaseStore, SiteKeys
from tracker.leases.served import ServedOriginal, ServedPool
from tracker.pools.conditions import Conditions, VisitFacts, matches
from tracker.values import email_address
from tracker.visits.stream import Beat, Happening, Leave, View

VISIT_GAP_MS = 30 * 60_000
REMEMBERED_MS = 30 * 86_400_000
REQUESTS_PER_MINUTE = 600  # per address; mobile carriers put thousands of people behind one


@dataclass(frozen=True)
class SignOfLife:
    """What a page said, read and judged, ready for the script.

    Args:
        visitor: 32 hex; made by us when the page had none.
        visit: what a beat claims; a page view has None.
        facts: what pool conditions look at; only page views open visits and have them.
        numbers: originals wanted, E.164; None means all of the site.
        held: numbers the page shows now, E.164.
    """

    visitor: str
    ip: str
    entry: View | Beat | Leave | Happening
    visit: str | None = None
    engaged: bool = False
    campaign: str | None = None
    is_paid: bool = False
    bot: str | None = None
    late_ms: int = 0
    ga: str | None = None
    facts: VisitFacts | None = None
    numbers: Sequence[str] | None = None
    held: Sequence[str] = field(default_factory=tuple)


@dataclass(frozen=True)
class Shown:
    """One original and the number to show in its place; `until` None for static numbers."""

    original: ServedOriginal
    number: str
    until: datetime | None
    ttl_seconds: int | None
    is_shared: bool
    messengers: bool


@dataclass(frozen=True)
class Granted:
    """What a visitor is told. `reason` says why the first number without a lease has none."""

    visitor: str
    visit: str
    tag: str | None
    numbers: tuple[Shown, ...]
    reason: str | None


class StoreRefused(Exception):
    """The script did not decide: `stale`, `lost`, `full` or `limited`."""

    def __init__(self, state: str) -> None:
        super().__init__(state)
        self.state = state


_encode = msgspec.json.Encoder().encode
_answer = msgspec.json.Decoder(Answer)


def touch(store: LeaseStore, site: SiteInUse, sign: SignOfLife) -> Granted:
    """Decides everything for one sign of life, in one round trip to the store.

    Raises:
        StoreRefused: nothing was decided.
        StoreDown: the store does not answer.
    """
    keys, wants = _wants(site, sign)
    opens = isinstance(sign.entry, View)
    asked = Touch(
        version=str(site.served.version),
        visitor=sign.visitor,
        visit=sign.visit or secrets.token_hex(12),
        campaign=sign.campaign or "",
        paid=sign.is_paid,
        engaged=sign.engaged,
        bot=sign.bot or "",
        opens=opens,
        takes=opens or isinstance(sign.entry, Beat),
        late_ms=sign.late_ms,
        visit_gap=VISIT_GAP_MS,
        longest=REMEMBERED_MS,
        rate_limit=REQUESTS_PER_MINUTE,
        recognise=sign.ga is not None and not sign.bot,
        held=list(sign.held),
        wants=wants,
    )
    answer = _answer.decode(store.touch(keys, _encode(asked), _encode(sign.entry)))
    if answer.state:
        raise StoreRefused(answer.state)
    return _granted(site, answer)


def _wants(site: SiteInUse, sign: SignOfLife) -> tuple[list[str], list[Want]]:
    names = SiteKeys(site.served.key)
    keys = [
        names.meta,
        names.stream,
        names.tags,
        names.visitor(sign.visitor),
        names.known(sign.ga or "", sign.ip),
        names.rate(sign.ip),
    ]
    network = network_of(sign.ip)
    wants = []
    for original in site.served.originals:
        asked = sign.numbers is None or original.swap in sign.numbers
        pools = [_asked_pool(site, pool, sign, names, network, keys) for pool in original.pools]
        wants.append(Want(original.swap, asked, _is_held_out(site, original, sign), pools))
    return keys, wants


def _asked_pool(
    site: SiteInUse, pool: ServedPool, sign: SignOfLife, names: SiteKeys, network: str, keys: list[str]
) -> AskedPool:
    conditions = site.conditions[pool.id]
    first_key = len(keys) + 1
    if not pool.static_number:
        keys += [names.pool(pool.id), names.holders(pool.id), names.network(pool.id, network)]
    return AskedPool(
        id=pool.id,
        key=first_key,
        matches=_fits(conditions, sign),
        static=pool.static_number,
        hold=pool.hold_ms,
        max_age=pool.max_age_ms,
        sticky=pool.sticky_ms,
        on_arrival=pool.on_arrival,
        reserve=pool.reserve,
        network_limit=pool.network_limit,
        overflow=pool.overflow,
        returning=conditions.returning,
    )


def _fits(conditions: Conditions, sign: SignOfLife) -> bool:
    """A beat cannot choose a pool: which one serves him was decided by the page view that began the visit."""
    return sign.facts is not None and matches(conditions, sign.facts)


def _is_held_out(site: SiteInUse, original: ServedOriginal, sign: SignOfLife) -> bool:
    """True when the visitor would be served but for the share of traffic that a pool takes."""
    if sign.facts is None:
        return False
    return any(
        matches(site.without_share[pool.id], sign.facts) and not matches(site.conditions[pool.id], sign.facts)
        for pool in original.pools
        if pool.id in site.without_share
    )


def _granted(site: SiteInUse, answer: Answer) -> Granted:
    shown, reason = [], None
    for outcome in answer.outcomes:
        original = site.served.originals[outcome.want - 1]
        if outcome.lease is not None:
            shown.append(_shown(original, outcome.lease, int(answer.now)))
        elif reason is None:
            reason = outcome.reason
    return Granted(answer.visitor, answer.visit, answer.tag, tuple(shown), reason)


def _shown(original: ServedOriginal, held: Held, now_ms: int) -> Shown:
    until_ms = int(held.until_) if held.until_ else None
    return Shown(
        original=original,
        number=held.number,
        until=clock.from_millis(until_ms) if until_ms else None,
        ttl_seconds=max(0, (until_ms - now_ms) // 1000) if until_ms else None,
        is_shared=held.shared,
        messengers=any(pool.messengers for pool in original.pools),
    )


@lru_cache(maxsize=65_536)
def network_of(ip: str) -> str:
    """Returns the /24 or /64 an address belongs to: `203.0.113.0/24`; unreadable text stays as it is."""
    try:
        address = ipaddress.ip_address(ip)
    except ValueError:
        return ip
    if address.version == 4:
        return str(address).rpartition(".")[0] + ".0/24"
    return str(ipaddress.ip_network((address, 64), strict=False))


def served_emails(site: SiteInUse, tag: str | None) -> list[Mapping[str, str]]:
    """Returns the site's addresses with the visitor's tag; empty without a tag."""
    if tag is None:
        return []
    return [
        {"swap": email.swap, "address": email_address.with_tag(email.swap, tag, email.style, email.mail_domain)}
        for email in site.served.emails
    ]
