from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.access.models import AuditEntry
from tracker.errors import WrongDocument
from tracker.sites.models import EmailStyle, Site

Apply = Callable[..., list[str]]

EXAMPLE = """\
sites:
  - key: example
    name: Example LLC
    domains: [Example.com, shop.example.com]
    emails:
      - {swap: sales@example.com, style: plus}
      - {address: flyer@example.com, source: {utm_source: flyer, utm_medium: offline}}
"""


def find(session: Session, key: str = "example") -> Site:
    return session.scalars(select(Site).where(Site.key == key)).one()


def test_site_is_created_as_the_file_says(session: Session, apply_text: Apply) -> None:
    changes = apply_text(EXAMPLE)

    site = find(session)
    assert (site.name, [domain.host for domain in site.domains]) == ("Example LLC", ["example.com", "shop.example.com"])
    assert [(row.address, row.style, row.source) for row in site.emails] == [
        ("sales@example.com", EmailStyle.PLUS, None),
        ("flyer@example.com", EmailStyle.STATIC, {"utm_source": "flyer", "utm_medium": "offline"}),
    ]
    assert changes == [
        "site example: created",
        "site example: + address sales@example.com",
        "site example: + address flyer@example.com",
    ]


def test_second_time_changes_nothing(session: Session, apply_text: Apply) -> None:
    apply_text(EXAMPLE)
    version = find(session).version

    assert apply_text(EXAMPLE) == []
    assert find(session).version == version


def test_change_is_told_in_words_and_raises_the_version(session: Session, apply_text: Apply) -> None:
    apply_text(EXAMPLE)
    version = find(session).version

    changes = apply_text(EXAMPLE.replace("Example LLC", "Example Inc\n    threshold: 0.75\n    allow_tests: true"))

    assert changes == [
        "site example: name Example LLC → Example Inc",
        "site example: allow_tests false → true",
        "site example: threshold 0.6 → 0.75",
    ]
    assert find(session).version == version + 1


def test_key_taken_out_of_the_file_gets_its_default(session: Session, apply_text: Apply) -> None:
    apply_text(EXAMPLE + "    timezone: Asia/Omsk\n")

    assert apply_text(EXAMPLE) == ["site example: timezone Asia/Omsk → Europe/Moscow"]


def test_domains_come_and_go(session: Session, apply_text: Apply) -> None:
    apply_text(EXAMPLE)

    changes = apply_text(EXAMPLE.replace("shop.example.com", "example.org"))

    assert changes == ["site example: - domain shop.example.com", "site example: + domain example.org"]
    assert [domain.host for domain in find(session).domains] == ["example.com", "example.org"]


def test_absent_address_is_switched_off_and_comes_back(session: Session, apply_text: Apply) -> None:
    apply_text(EXAMPLE)
    [flyer] = [row.id for row in find(session).emails if row.address == "flyer@example.com"]

    gone = apply_text("\n".join(EXAMPLE.splitlines()[:-1]))
    back = apply_text(EXAMPLE)

    assert gone == ["site example: - address flyer@example.com"]
    assert back == ["site example: + address flyer@example.com"]
    assert [row.id for row in find(session).emails if row.address == "flyer@example.com" and row.enabled] == [flyer]


def test_list_that_is_not_named_is_left_alone(session: Session, apply_text: Apply) -> None:
    apply_text(EXAMPLE)

    assert apply_text(EXAMPLE[: EXAMPLE.index("    emails:")]) == []


def test_absent_site_is_switched_off(session: Session, apply_text: Apply) -> None:
    apply_text(EXAMPLE)

    changes = apply_text("sites:\n  - {key: other, domains: [other.example]}\n")

    assert changes == ["site example: switched off: absent from the file", "site other: created"]
    assert not find(session).enabled


def test_only_leaves_all_other_sites_alone(session: Session, apply_text: Apply) -> None:
    apply_text(EXAMPLE)
    text = "sites:\n  - {key: other, domains: [other.example]}\n  - {key: third, domains: [third.example]}\n"

    assert apply_text(text, only=["other"]) == ["site other: created"]
    assert find(session).enabled


def test_only_of_an_unknown_site_is_a_mistake(apply_text: Apply) -> None:
    with pytest.raises(WrongDocument, match="there is no site other"):
        apply_text(EXAMPLE, only=["other"])


def test_mistake_writes_nothing(session: Session, apply_text: Apply) -> None:
    with pytest.raises(WrongDocument, match=r"line 9: sites\.0\.connections\.0\.provider: unknown provider 'crm/x'"):
        apply_text(EXAMPLE + "    connections:\n      - {key: crm, provider: crm/x}\n")

    assert session.scalars(select(Site)).all() == []


def test_changes_stand_in_the_audit_log(session: Session, apply_text: Apply) -> None:
    apply_text(EXAMPLE, actor="owner@example.com")

    [entry] = session.scalars(select(AuditEntry)).all()
    assert (entry.actor, entry.action, entry.subject) == ("owner@example.com", "configuration.apply", "example")
    assert entry.detail["changes"][0] == "site example: created"


def test_rule_of_a_channel_without_conditions_is_refused(apply_text: Apply) -> None:
    with pytest.raises(WrongDocument, match="a rule needs at least one condition"):
        apply_text(EXAMPLE + "    channels: [{channel: maps}]\n")
