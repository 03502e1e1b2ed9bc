"""The configuration file, declared once: keys, kinds, defaults, meanings. Reading, export and the manual follow it.

A list that is None was not named in the file and is left alone; within a named one, what is absent is switched off.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal
from typing import Annotated, Any, get_type_hints

from tracker.configuration import kinds
from tracker.configuration.kinds import Kind
from tracker.pools.models import LeaseOn, PoolKind
from tracker.sites.models import EmailStyle


class Record:
    """A mapping of the file with declared keys."""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        """Yields key and sentence for what does not go together."""
        yield from ()


@dataclass(frozen=True)
class Nested:
    """A mapping with the keys of `record`; a bare text means its key `short`."""

    record: type[Record]
    short: str | None = None


@dataclass(frozen=True)
class Many:
    """A list of values or of mappings."""

    of: Kind | Nested | Free


@dataclass(frozen=True)
class Free:
    """A mapping that another part of the program understands. `is_flat`: single texts only."""

    title: str
    is_flat: bool = False


@dataclass(frozen=True)
class Key:
    """A declared key: what its value may be, and its meaning in the manual."""

    kind: Kind | Nested | Many | Free
    meaning: str


def keys_of(record: type[Record]) -> dict[str, Key]:
    """Returns the declared keys of a record, in the order of the manual."""
    hints = get_type_hints(record, include_extras=True)
    return {name: hint.__metadata__[0] for name, hint in hints.items()}


@dataclass(frozen=True, kw_only=True)
class Source(Record):
    """Where a static number or address is shown."""

    utm_source: Annotated[str, Key(kinds.TEXT, "source, such as `billboard`")]
    utm_medium: Annotated[str | None, Key(kinds.TEXT, "medium, such as `offline`")] = None
    utm_campaign: Annotated[str | None, Key(kinds.TEXT, "campaign")] = None
    utm_term: Annotated[str | None, Key(kinds.TEXT, "term")] = None
    utm_content: Annotated[str | None, Key(kinds.TEXT, "content")] = None


@dataclass(frozen=True, kw_only=True)
class EmailSettings(Record):
    """An address. Either `swap`: every visitor sees his own variant; or `address` with `source`: bound for good."""

    swap: Annotated[str | None, Key(kinds.ADDRESS_KIND, "the address on the page that is replaced")] = None
    style: Annotated[
        EmailStyle | None,
        Key(
            kinds.choice(EmailStyle, but=("static",)),
            "with `swap`: `plus` gives sales+k3v9xq@example.com (also when absent), "
            "`catchall` gives k3v9xq@in.example.com",
        ),
    ] = None
    domain: Annotated[
        str | None, Key(kinds.HOST_KIND, "with `catchall`: where such addresses live; absent: the domain of `swap`")
    ] = None
    address: Annotated[str | None, Key(kinds.ADDRESS_KIND, "a static address")] = None
    source: Annotated[Source | None, Key(Nested(Source), "with `address`: what letters to it came from")] = None

    @property
    def name(self) -> str:
        return self.swap or self.address or ""

    def mistakes(self) -> Iterator[tuple[str, str]]:
        if (self.swap is None) == (self.address is None):
            yield "", "give either swap (a variant for each visitor) or address with source (static)"
        elif self.swap:
            if self.source:
                yield "source", "only a static address has a source"
            if self.style is not EmailStyle.CATCHALL and self.domain:
                yield "domain", "only catchall addresses have a domain of their own"
        else:
            if self.source is None:
                yield "source", "a static address needs a source, such as {utm_source: flyer}"
            for name in ("style", "domain"):
                if getattr(self, name):
                    yield name, "a static address has none"


@dataclass(frozen=True, kw_only=True)
class NumberSettings(Record):
    """A tracking number; a bare text means `number` alone."""

    number: Annotated[str, Key(kinds.PHONE, "the number; belongs to one pool of the whole installation")]
    label: Annotated[str | None, Key(kinds.TEXT, "a name for people")] = None
    line: Annotated[str | None, Key(kinds.TEXT, "trunk or line at the PBX")] = None
    forwards_to: Annotated[str | None, Key(kinds.TEXT, "where calls to it ring")] = None
    cost: Annotated[Decimal | None, Key(kinds.MONEY, "per month")] = None
    quarantined: Annotated[
        bool | None, Key(kinds.BOOL, "rests: shown to nobody, calls still match; when absent, stays as it is")
    ] = None


@dataclass(frozen=True, kw_only=True)
class PoolSettings(Record):
    """A set of numbers shown in place of one original."""

    key: Annotated[str, Key(kinds.KEY_KIND, "name, unique within the site")]
    kind: Annotated[
        PoolKind,
        Key(
            kinds.choice(PoolKind),
            "`dynamic`: each visitor gets a number for a while; `static`: bound to a source for good",
        ),
    ]
    swap: Annotated[str, Key(kinds.PHONE, "the original number on the page")]
    when: Annotated[
        Mapping[str, Any] | None, Key(Free("conditions, see below"), "visits the pool serves; absent: all")
    ] = None
    priority: Annotated[int, Key(kinds.integer(0), "of several pools that fit, the highest serves")] = 0
    hold: Annotated[timedelta, Key(kinds.DURATION_KIND, "how long a number rests after the last beat")] = timedelta(
        minutes=15
    )
    max_age: Annotated[timedelta, Key(kinds.DURATION_KIND, "longest time one visitor keeps a number")] = timedelta(
        hours=24
    )
    sticky: Annotated[
        timedelta, Key(kinds.DURATION_KIND, "how long a returning visitor's former number is remembered")
    ] = timedelta(days=30)
    lease_on: Annotated[
        LeaseOn,
        Key(
            kinds.choice(LeaseOn),
            "when a visitor gets a number: with the first page view, or once engaged (paid clicks: at once)",
        ),
    ] = LeaseOn.ENGAGEMENT
    overflow: Annotated[
        str,
        Key(kinds.OVERFLOW, "when no number is free: keep the original, share a number, or show this number"),
    ] = "original"
    paid_reserve: Annotated[int, Key(kinds.integer(0), "free numbers kept back for paid clicks")] = 0
    network_limit: Annotated[
        int, Key(kinds.integer(0), "numbers at a time for one network (/24, /64); 0: no limit")
    ] = 50
    messengers: Annotated[bool, Key(kinds.BOOL, "swap in `sms:`, `wa.me` and `whatsapp:` links too")] = False
    source: Annotated[Source | None, Key(Nested(Source), "of a static pool: what calls to it came from")] = None
    numbers: Annotated[
        tuple[NumberSettings, ...] | None, Key(Many(Nested(NumberSettings, "number")), "the tracking numbers")
    ] = None
    enabled: Annotated[bool, Key(kinds.BOOL, "false switches the pool off and keeps its history")] = True

    def mistakes(self) -> Iterator[tuple[str, str]]:
        if self.kind is PoolKind.STATIC and self.source is None:
            yield "source", "a static pool needs a source, such as {utm_source: billboard}"
        if self.kind is PoolKind.DYNAMIC and self.source is not None:
            yield "source", "only a static pool has a source; a dynamic one takes it from the visit"
        if not self.hold:
            yield "hold", "use 15m, 2h or 30d"
        if self.max_age < self.hold:
            yield "max_age", "shorter than hold"


@dataclass(frozen=True, kw_only=True)
class ConnectionSettings(Record):
    """An account of another system: PBX, mailbox, CRM, analytics."""

    key: Annotated[str, Key(kinds.KEY_KIND, "name, unique in the installation; part of webhook addresses")]
    provider: Annotated[str, Key(kinds.TEXT, "which system, such as `crm/amocrm`")]
    settings: Annotated[
        Mapping[str, str] | None,
        Key(
            Free("settings of the provider, see below", is_flat=True),
            "encrypted at rest; a secret that is absent or `***` stays as it is",
        ),
    ] = None
    policy: Annotated[
        Mapping[str, Any] | None,
        Key(Free("policy of a CRM, see below"), "what an inquiry becomes there"),
    ] = None
    enabled: Annotated[bool, Key(kinds.BOOL, "false: nothing comes in or goes out")] = True


@dataclass(frozen=True, kw_only=True)
class SiteSettings(Record):
    """One web site."""

    key: Annotated[str, Key(kinds.KEY_KIND, "name, as in `data-site` of the snippet")]
    country: Annotated[str, Key(kinds.COUNTRY, "how phone numbers without + are read")] = "RU"
    name: Annotated[str | None, Key(kinds.TEXT, "name for people; absent: the key")] = None
    domains: Annotated[
        tuple[str, ...], Key(Many(kinds.HOST_KIND), "hosts of its pages; each covers its sub-domains and any port")
    ]
    timezone: Annotated[str, Key(kinds.TIMEZONE, "of reports, working hours and times without a zone")] = (
        "Europe/Moscow"
    )
    currency: Annotated[str, Key(kinds.CURRENCY, "of costs and sums")] = "RUB"
    language: Annotated[str, Key(kinds.choice(("en", "ru")), "of notes and explanations")] = "ru"
    allow_tests: Annotated[bool, Key(kinds.BOOL, "page views marked as a test count; `localhost` may report")] = False
    threshold: Annotated[float, Key(kinds.SHARE, "a match less probable than this stays unknown")] = 0.6
    staff_phones: Annotated[
        tuple[str, ...], Key(Many(kinds.PHONE), "telephones of the company; their calls are kept, not counted")
    ] = ()
    blocked_callers: Annotated[
        tuple[str, ...], Key(Many(kinds.PHONE), "callers to be left alone; their calls are kept, not counted")
    ] = ()
    test_callers: Annotated[
        tuple[str, ...], Key(Many(kinds.PHONE), "telephones for trying things out; kept, not counted")
    ] = ()
    short_call_seconds: Annotated[
        int, Key(kinds.integer(0, 3600), "an answered call with less talk is kept, not counted")
    ] = 0
    deliver_uncounted: Annotated[bool, Key(kinds.BOOL, "tell CRMs of calls that are not counted, too")] = False
    unique_days: Annotated[
        int, Key(kinds.integer(0, 3650), "whoever comes again within so many days is a repeat; 0: however long after")
    ] = 30
    target_talk_seconds: Annotated[
        int, Key(kinds.integer(0, 3600), "an answered call with so much talk is a target inquiry, as all but calls are")
    ] = 30
    target_labels: Annotated[tuple[str, ...], Key(Many(kinds.LABEL), "tags that make any inquiry a target one")] = ()
    target_needs_label: Annotated[bool, Key(kinds.BOOL, "only these tags make an inquiry a target one")] = False
    never_target_labels: Annotated[
        tuple[str, ...], Key(Many(kinds.LABEL), "tags of what is never a target inquiry, such as `spam`")
    ] = ()
    tag_length: Annotated[int, Key(kinds.integer(6, 7), "characters of an email tag")] = 6
    enabled: Annotated[bool, Key(kinds.BOOL, "false switches the site off and keeps its history")] = True
    channels: Annotated[
        tuple[Mapping[str, Any], ...] | None,
        Key(Many(Free("rule, see below")), "its own rules of channels; the first that fits comes before ours"),
    ] = None
    emails: Annotated[tuple[EmailSettings, ...] | None, Key(Many(Nested(EmailSettings)), "its addresses")] = None
    pools: Annotated[tuple[PoolSettings, ...] | None, Key(Many(Nested(PoolSettings)), "its numbers")] = None
    connections: Annotated[
        tuple[ConnectionSettings, ...] | None,
        Key(Many(Nested(ConnectionSettings)), "its accounts of other systems"),
    ] = None

    def mistakes(self) -> Iterator[tuple[str, str]]:
        if not self.domains:
            yield "domains", "name at least one host, such as [example.com]"


@dataclass(frozen=True, kw_only=True)
class Configuration(Record):
    """The whole file."""

    sites: Annotated[tuple[SiteSettings, ...], Key(Many(Nested(SiteSettings)), "every site of the installation")]
