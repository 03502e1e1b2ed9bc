from collections.abc import Callable

import pytest
import yaml
from sqlalchemy.orm import Session

from tracker.configuration.export import export
from tracker.configuration.work import ProviderRules
from tracker.errors import NotFound

Apply = Callable[..., list[str]]

RICH = """\
sites:
  - key: example
    name: Example LLC
    domains: [example.com, пример.рф]
    country: KZ
    timezone: Asia/Almaty
    currency: KZT
    language: en
    threshold: 0.75
    tag_length: 7
    channels:
      - {channel: maps, utm_source: ["2gis*", yandex_maps]}
    allow_tests: true
    emails:
      - {swap: sales@example.com, style: plus}
      - {swap: info@example.com, style: catchall, domain: in.example.com}
      - {address: flyer@example.com, source: {utm_source: flyer}}
    pools:
      - key: ads
        kind: dynamic
        swap: 8 495 111-22-33
        when: {channel: [paid-search], utm_campaign: "sale*", share: 50%}
        priority: 3
        hold: 90s
        max_age: 12h
        sticky: 7d
        lease_on: arrival
        overflow: +74951112299
        paid_reserve: 1
        network_limit: 0
        messengers: true
        numbers:
          - +74957770001
          - {number: +74957770002, label: "Two $${x}", line: trunk, forwards_to: "101", cost: 450.50, quarantined: true}
      - key: old
        kind: static
        swap: +74951112233
        source: {utm_source: old, utm_campaign: "2024"}
        enabled: false
    connections:
      - {key: pbx, provider: telephony/pretend, settings: {secret: s}, enabled: false}
      - key: crm
        provider: crm/pretend
        settings: {token: t, base_url: https://sandbox.example}
        policy: {first: deal, extensions: {101: 7}, rules: [{when: {status: missed}, missed_task: {after: 15m}}]}
  - {key: empty, domains: [empty.example], enabled: false}
"""


@pytest.fixture
def exported(session: Session, providers: ProviderRules, secret_key: str) -> Callable[..., str]:
    return lambda **options: export(session, providers, secret_key, **options)


def test_export_then_apply_changes_nothing(apply_text: Apply, exported: Callable[..., str]) -> None:
    apply_text(RICH)

    assert apply_text(exported()) == []


def test_export_is_the_same_after_it_was_applied(apply_text: Apply, exported: Callable[..., str]) -> None:
    apply_text(RICH)
    first = exported()
    apply_text(first)

    assert exported() == first


def test_secrets_are_stars(apply_text: Apply, exported: Callable[..., str]) -> None:
    apply_text(RICH)

    pbx, crm = yaml.safe_load(exported())["sites"][0]["connections"]
    assert pbx["settings"] == {"secret": "***"}
    assert crm["settings"] == {"base_url": "https://sandbox.example", "token": "***"}


def test_defaults_are_left_out(apply_text: Apply, exported: Callable[..., str]) -> None:
    apply_text("sites: [{key: example, domains: [example.com], country: RU, pools: []}]")

    assert exported() == "sites:\n- key: example\n  domains:\n  - example.com\n"


def test_one_site_can_be_taken_out(apply_text: Apply, exported: Callable[..., str]) -> None:
    apply_text(RICH)
    text = exported(only="example")

    assert [site["key"] for site in yaml.safe_load(text)["sites"]] == ["example"]
    assert apply_text(text, only=["example"]) == []


def test_unknown_site_is_not_found(exported: Callable[..., str]) -> None:
    with pytest.raises(NotFound, match="There is no site nope"):
        exported(only="nope")
