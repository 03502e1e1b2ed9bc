from datetime import timedelta
from decimal import Decimal
from pathlib import Path

import pytest

from tracker.configuration.reading import read, read_file
from tracker.configuration.schema import SiteSettings
from tracker.errors import ConfigurationError, WrongDocument
from tracker.pools.models import LeaseOn, PoolKind
from tracker.sites.models import EmailStyle

SITE = "sites:\n  - key: example\n    domains: [example.com]\n"
POOL = SITE + "    pools:\n      - key: ads\n        kind: dynamic\n        swap: '+74951112233'\n"


def site(text: str) -> SiteSettings:
    return read(text, {}).configuration.sites[0]


def mistakes(text: str) -> list[str]:
    with pytest.raises(WrongDocument) as caught:
        read(text, {}, "skvoz.yaml")
    return caught.value.mistakes


def test_smallest_site_has_all_defaults() -> None:
    example = site(SITE)

    assert (example.country, example.timezone, example.currency) == ("RU", "Europe/Moscow", "RUB")
    assert (example.pools, example.emails, example.connections) == (None, None, None)
    assert example.enabled


def test_every_option_of_a_pool_is_read() -> None:
    [pool] = (
        site(
            POOL
            + """\
        when: {channel: [paid-search], utm_term: 2024}
        priority: 5
        hold: 20m
        max_age: 12h
        sticky: 7d
        lease_on: arrival
        overflow: 8 495 111-22-99
        paid_reserve: 2
        network_limit: 0
        messengers: true
        numbers:
          - +74957770001
          - {number: 8 495 777-00-02, label: second, line: trunk 1, forwards_to: "101", cost: 450.50, quarantined: true}
        enabled: false
"""
        ).pools
        or ()
    )

    assert (pool.kind, pool.lease_on, pool.overflow) == (PoolKind.DYNAMIC, LeaseOn.ARRIVAL, "+74951112299")
    assert (pool.hold, pool.max_age, pool.sticky) == (timedelta(minutes=20), timedelta(hours=12), timedelta(days=7))
    assert (pool.priority, pool.paid_reserve, pool.network_limit) == (5, 2, 0)
    assert pool.when == {"channel": ["paid-search"], "utm_term": 2024}
    assert pool.messengers
    assert not pool.enabled
    first, second = pool.numbers or ()
    assert (first.number, first.quarantined) == ("+74957770001", None)
    assert (second.number, second.label, second.line, second.forwards_to) == (
        "+74957770002",
        "second",
        "trunk 1",
        "101",
    )
    assert (second.cost, second.quarantined) == (Decimal("450.50"), True)


def test_addresses_of_each_style_are_read() -> None:
    plus, catchall, static = (
        site(
            SITE
            + """\
    emails:
      - {swap: Sales@example.com}
      - {swap: info@example.com, style: catchall, domain: in.example.com}
      - {address: flyer@example.com, source: {utm_source: flyer}}
"""
        ).emails
        or ()
    )

    assert (plus.swap, plus.style) == ("sales@example.com", None)
    assert (catchall.style, catchall.domain) == (EmailStyle.CATCHALL, "in.example.com")
    assert static.source
    assert (static.address, static.source.utm_source) == ("flyer@example.com", "flyer")


def test_national_number_is_read_by_the_country_of_its_site() -> None:
    text = """\
sites:
  - {key: ru, domains: [a.ru], pools: [{key: p, kind: dynamic, swap: 8 495 1112233}]}
  - key: de
    domains: [a.de]
    pools: [{key: p, kind: dynamic, swap: 030 1234567}]
    country: DE
  - {key: default, domains: [b.ru], pools: [{key: p, kind: dynamic, swap: 8 495 1112233}]}
"""

    swaps = [pool.swap for site in read(text, {}).configuration.sites for pool in site.pools or ()]

    assert swaps == ["+74951112233", "+49301234567", "+74951112233"]


def test_named_but_empty_list_differs_from_one_that_is_not_named() -> None:
    example = site(SITE + "    pools: []\n    emails:\n")

    assert (example.pools, example.emails) == ((), None)


@pytest.mark.parametrize(
    ("text", "mistake"),
    [
        (SITE + "    domain: x", "line 4: sites.0.domain: unknown key (did you mean domains?); known: key, country,"),
        (POOL + "        hold: 15", "line 8: sites.0.pools.0.hold: use 15m, 2h or 30d"),
        (
            POOL + "        numbers: ['+74957770001', nonsense]",
            "line 8: sites.0.pools.0.numbers.1.number: 'nonsense' is not a phone",
        ),
        (POOL + "        source: {utm_source: x}", "line 8: sites.0.pools.0.source: only a static pool has a source"),
        (POOL + "        hold: 25h", "line 5: sites.0.pools.0.max_age: shorter than hold"),
        (POOL.replace("dynamic", "static"), "line 5: sites.0.pools.0.source: a static pool needs a source"),
        (SITE + "    pools: {a: 1}", "line 4: sites.0.pools: expected a list"),
        (SITE + "    pools: [ads]", "line 4: sites.0.pools.0: expected a mapping with the keys key, kind, swap"),
        (SITE + "    name: [a]", "line 4: sites.0.name: expected a single value: text"),
        (SITE + "    emails: [{style: plus}]", "line 4: sites.0.emails.0: give either swap"),
        (SITE + "    emails: [{swap: a@b.c, domain: d.e}]", "line 4: sites.0.emails.0.domain: only catchall"),
        (SITE + "    emails: [{address: a@b.c}]", "line 4: sites.0.emails.0.source: a static address needs a source"),
        (SITE + "    emails: [{swap: a@b.c, style: static}]", "line 4: sites.0.emails.0.style: use plus or catchall"),
        (
            SITE + "    connections: [{key: a, provider: b/c, settings: {x: [1]}}]",
            "line 4: sites.0.connections.0.settings.x: expected a single text",
        ),
        ("sites:\n  - key: a\n", "line 2: sites.0: domains is missing"),
        ("sites:\n  - {key: a, domains: []}\n", "line 2: sites.0.domains: name at least one host"),
        ("", "line 1: expected a mapping with the keys sites"),
        ("pools: []\n", "line 1: pools: unknown key; known: sites"),
    ],
)
def test_mistake_is_named_with_line_and_path(text: str, mistake: str) -> None:
    assert any(found.startswith(f"skvoz.yaml, {mistake}") for found in mistakes(text)), mistakes(text)


def test_all_mistakes_are_found_at_once_in_the_order_of_the_file() -> None:
    found = mistakes(
        POOL.replace("example.com", "https://x") + "        hold: 1\n        lease_on: now\n        x: 1\n"
    )

    assert [text.split(":")[0] for text in found] == [f"skvoz.yaml, line {line}" for line in (3, 8, 9, 10)]


def test_missing_file_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match=r"cannot be read \(No such file or directory\)\."):
        read_file(str(tmp_path / "none.yaml"), {})


def test_file_that_is_not_text_is_one_sentence(tmp_path: Path) -> None:
    path = tmp_path / "skvoz.yaml"
    path.write_bytes(b"\xff\xfe\x00")

    with pytest.raises(ConfigurationError, match="is not UTF-8 text"):
        read_file(str(path), {})
