"""Conditions of pools: what is asked, what fits, what cannot be read."""

from __future__ import annotations

import pytest

from tracker.errors import InvalidInput
from tracker.pools.conditions import KEYS, Conditions, VisitFacts, matches, place_of, read

VISIT = VisitFacts(
    visitor="9f2c" * 8,
    channel="paid-search",
    utm_source="google",
    utm_medium="cpc",
    utm_campaign="Brand-2026",
    referrer_host="www.google.com",
    landing_path="/%D0%BA%D0%B0%D1%82%D0%B0%D0%BB%D0%BE%D0%B3/doors",
    country="RU",
    region="Moscow",
    city="Москва",
    device="mobile",
    language="ru-RU",
)

FITS: dict[str, dict[str, object]] = {
    "nothing asked": {},
    "one text": {"channel": "paid-search"},
    "one of a list": {"channel": ["direct", "paid-search"]},
    "other case": {"utm_source": "Google"},
    "wildcard at the end": {"utm_campaign": "brand*"},
    "wildcard at the beginning": {"utm_campaign": "*2026"},
    "wildcards at both ends": {"utm_campaign": "*nd-20*"},
    "wildcard alone takes even what is absent": {"utm_term": "*"},
    "number in the file": {"utm_campaign": ["x", "*2026"]},
    "host": {"referrer_host": "www.google.com"},
    "sub-domain of a host": {"referrer_host": "google.com"},
    "path as people read it": {"landing_path": "/каталог/*"},
    "path as in the address": {"landing_path": "/%D0%BA%D0%B0%D1%82%D0%B0%D0%BB%D0%BE%D0%B3/*"},
    "capital in an encoded path": {"landing_path": "/%D0%9A%D0%B0%D1%82%D0%B0%D0%BB%D0%BE%D0%B3/*"},
    "end of a path": {"landing_path": "*/doors"},
    "country": {"country": "ru"},
    "region": {"region": ["moscow"]},
    "city": {"city": "москва"},
    "device": {"device": ["mobile", "tablet"]},
    "language": {"language": "ru"},
    "language with region": {"language": "ru_RU"},
    "all of it": {"channel": "paid-search", "utm_medium": "cpc", "device": "mobile"},
    "whole share": {"share": 1},
    "new or returning is asked elsewhere": {"visitor": "new"},
}


@pytest.mark.parametrize("when", FITS.values(), ids=FITS.keys())
def test_visit_fits(when: dict[str, object]) -> None:
    assert matches(read(when), VISIT)


FAILS: dict[str, dict[str, object]] = {
    "other channel": {"channel": "direct"},
    "part of a channel": {"channel": "paid"},
    "part of a source": {"utm_source": "goog"},
    "absent value": {"utm_term": ["doors"]},
    "end of a host that is not a sub-domain": {"referrer_host": "oogle.com"},
    "other path": {"landing_path": "/catalog*"},
    "other city": {"city": "Казань"},
    "other device": {"device": "desktop"},
    "other language": {"language": ["en", "r"]},
    "other variety of the language": {"language": "ru-UA"},
    "one of two conditions": {"channel": "paid-search", "device": "desktop"},
}


@pytest.mark.parametrize("when", FAILS.values(), ids=FAILS.keys())
def test_visit_does_not_fit(when: dict[str, object]) -> None:
    assert not matches(read(when), VISIT)


@pytest.mark.parametrize("key", [key for key in KEYS if key not in ("share", "visitor")])
def test_unknown_fact_does_not_fit(key: str) -> None:
    value = {"device": "mobile", "landing_path": "/x"}.get(key, "x")

    assert not matches(read({key: value}), VisitFacts(visitor="a"))


def test_share_takes_its_part_of_the_visitors_and_always_the_same_ones() -> None:
    half, fifth = read({"share": 0.5}), read({"share": "20%"})
    visitors = [VisitFacts(visitor=f"{number:032x}") for number in range(4000)]

    in_half = {visit.visitor for visit in visitors if matches(half, visit)}
    in_fifth = {visit.visitor for visit in visitors if matches(fifth, visit)}

    assert 1850 < len(in_half) < 2150
    assert 700 < len(in_fifth) < 900
    assert in_fifth < in_half


def test_place_of_a_visitor_never_changes() -> None:
    """Another hash would move every visitor to the other side of a running experiment."""
    assert place_of("9f2c" * 8) == pytest.approx(0.866343848, abs=1e-9)


RETURNING = {"new": ("new", False), "returning": ("returning", True), "both": (["new", "returning"], None)}


@pytest.mark.parametrize(("value", "expected"), RETURNING.values(), ids=RETURNING.keys())
def test_new_or_returning_is_carried_for_the_lease(value: object, expected: bool | None) -> None:
    assert read({"visitor": value}).returning is expected


def test_nothing_asked_is_no_condition() -> None:
    assert read({}) == Conditions()


WRONG: dict[str, tuple[dict[str, object], str]] = {
    "unknown key": ({"chanel": "x"}, "when.chanel"),
    "empty list": ({"channel": []}, "when.channel"),
    "empty text": ({"utm_source": ""}, "when.utm_source"),
    "nested": ({"utm_source": {"a": 1}}, "when.utm_source"),
    "nothing": ({"utm_source": None}, "when.utm_source"),
    "wildcard in the middle": ({"utm_source": "a*b"}, "when.utm_source"),
    "wildcard where none is possible": ({"channel": "paid*"}, "when.channel"),
    "path without a slash": ({"landing_path": "catalog"}, "when.landing_path"),
    "address instead of a host": ({"referrer_host": "https://vk.com/"}, "when.referrer_host"),
    "unknown device": ({"device": "phone"}, "when.device"),
    "share of nothing": ({"share": 0}, "when.share"),
    "share above all": ({"share": 50}, "when.share"),
    "share in words": ({"share": "half"}, "when.share"),
    "share that is no number": ({"share": "nan"}, "when.share"),
    "visitor": ({"visitor": "old"}, "when.visitor"),
    "visitor list": ({"visitor": ["new", 1]}, "when.visitor"),
}


@pytest.mark.parametrize(("when", "field"), WRONG.values(), ids=WRONG.keys())
def test_wrong_condition_names_its_key(when: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(when)

    assert refused.value.field == field
