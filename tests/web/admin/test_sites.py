"""Sites, made and changed through their form."""

from __future__ import annotations

import pytest
from admin_people import Person, error_of
from flask import Flask
from sqlalchemy import select
from world import World

from tracker.access.models import AuditEntry
from tracker.commands.providers import PROVIDER_RULES
from tracker.configuration.export import export
from tracker.extensions import db
from tracker.sites.models import EmailStyle, Site
from tracker.web.admin.site_form import SiteForm

SITE = {
    "key": "second",
    "name": "Дом света",
    "domains": "https://Dom-Sveta.ru/\nwww.dom-sveta.ru:8080",
    "country": "RU",
    "timezone": "Europe/Moscow",
    "currency": "RUB",
    "language": "ru",
    "emails": "Info@dom-sveta.ru\nsales@dom-sveta.ru catchall in.dom-sveta.ru",
    "threshold": "70",
    "enabled": "y",
}


def version() -> int:
    return db.session.scalars(select(Site.version).where(Site.key == "example")).one()


def test_new_site_shows_its_snippet(owner: Person) -> None:
    answer = owner.post("/admin/sites/new", **SITE)

    assert answer.location == "/admin/sites/second"
    site = db.session.scalars(select(Site)).one()
    assert [domain.host for domain in site.domains] == ["dom-sveta.ru", "www.dom-sveta.ru"]
    assert [(email.address, email.style, email.mail_domain) for email in site.emails] == [
        ("info@dom-sveta.ru", EmailStyle.PLUS, None),
        ("sales@dom-sveta.ru", EmailStyle.CATCHALL, "in.dom-sveta.ru"),
    ]
    assert site.threshold == 0.7
    assert not site.allow_tests
    assert "data-site=&#34;second&#34;" in owner.get(answer.location).text


WRONG_SITES: list[tuple[str, str, str]] = [
    ("key", "Ключ!", "small Latin"),
    ("domains", "example.com\nnot a domain", "Line 2"),
    ("domains", "", "at least one"),
    ("emails", "sales.example.com", "Line 1"),
    ("emails", "sales@example.com catch-all in.example.com", "Line 1"),
    ("staff_phones", "+7 916 123-45-67\nIvan", "Line 2: “Ivan” is not a phone number"),
    ("blocked_callers", "101", "not a phone number"),
    ("short_call_seconds", "-1", "From 0"),
    ("static_emails", "flyer@example.com", "utm_source=flyer"),
    ("static_emails", "flyer@example.com utm_sourse=flyer", "“utm_sourse” is not known"),
    ("static_emails", "flyer utm_source=flyer", "not an email address"),
    ("static_emails", "INFO@dom-sveta.ru utm_source=flyer", "twice"),
    ("static_emails", "a@b.ru utm_source=x\na@b.ru utm_source=y", "twice"),
    ("channels", "maps", "what its visits must fit"),
    ("channels", "Карты utm_source=2gis", "no name of a channel"),
    ("channels", "maps utm_source=2gis*\nmaps source=x", "Line 2: “source”"),
    ("channels", "maps utm_source=2*gis", "wildcard"),
    ("channels", "maps utm_source=", "no value"),
    ("tag_length", "8", "Not a valid choice"),
    ("threshold", "101", "From 1 to 100"),
    ("name", "", "Name the company"),
]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize(("field", "value", "sentence"), WRONG_SITES)
def test_wrong_site_is_refused_at_its_field(owner: Person, field: str, value: str, sentence: str) -> None:
    answer = owner.post("/admin/sites/new", **{**SITE, field: value})

    assert answer.status_code == 422
    assert sentence in error_of(answer.text, field)
    assert db.session.scalar(select(Site.id)) is None


def test_second_site_with_a_key_is_refused(owner: Person) -> None:
    owner.post("/admin/sites/new", **SITE)

    answer = owner.post("/admin/sites/new", **SITE)

    assert "already" in error_of(answer.text, "key")


def test_changed_site_keeps_static_addresses_and_tells_web_processes(world: World, owner: Person) -> None:
    before = version()

    owner.post("/admin/sites/example/edit", **{**SITE, "domains": "example.com\nсветильник.рф"})

    site = db.session.scalars(select(Site)).one()
    assert (site.key, site.name) == ("example", "Дом света")
    assert [domain.host for domain in site.domains] == ["example.com", "xn--b1agjakeo1al6h.xn--p1ai"]
    assert {email.address for email in site.emails if email.enabled} == {
        "info@dom-sveta.ru",
        "sales@dom-sveta.ru",
        "flyer@example.com",
    }
    assert version() == before + 1
    assert db.session.scalars(select(AuditEntry.actor).where(AuditEntry.action == "site.change")).one() == (
        "owner@example.com"
    )


EVERYTHING = """
sites:
  - key: whole
    name: Whole
    domains: [whole.test]
    country: KZ
    timezone: Asia/Almaty
    currency: KZT
    language: en
    allow_tests: true
    threshold: 0.75
    staff_phones: ["+77011234567"]
    blocked_callers: ["+74951112233", "+442071838750"]
    test_callers: ["+77011234568"]
    short_call_seconds: 5
    deliver_uncounted: true
    unique_days: 90
    target_talk_seconds: 45
    target_labels: [lead, sale]
    target_needs_label: true
    never_target_labels: [spam]
    tag_length: 7
    channels:
      - {channel: maps, utm_source: ["2gis*", yandex_maps], utm_medium: "a, b & c=d+e%"}
      - {channel: paid-social, referrer_host: "*.vk.com"}
    emails:
      - {swap: sales@whole.test}
      - {swap: info@whole.test, style: catchall, domain: in.whole.test}
      - {address: flyer@whole.test, source: {utm_source: листовка, utm_medium: "a,b & c", utm_campaign: "1+1=2 100%"}}
"""


def test_form_that_is_saved_unchanged_changes_nothing_of_what_the_file_said(
    app: Flask, world: World, owner: Person
) -> None:
    world.apply(EVERYTHING)
    before = exported(app)
    with app.test_request_context():
        shown = SiteForm(db.session.scalars(select(Site).where(Site.key == "whole")).one()).data
    kept = {name: value for name, value in shown.items() if value is not False}

    answer = owner.post("/admin/sites/whole/edit", **kept)

    assert answer.location == "/admin/sites/whole"
    assert exported(app) == before
    assert "staff_phones" in before and "листовка" in before


def exported(app: Flask) -> str:
    return export(db.session(), PROVIDER_RULES, app.config["SKVOZ"].secret_key, only="whole")


def test_what_was_typed_about_callers_addresses_and_channels_is_kept(world: World, owner: Person) -> None:
    typed = {
        "staff_phones": "8 (916) 123-45-67, +7 916 123 45 67\n\n8 495 111 22 33",
        "short_call_seconds": "10",
        "deliver_uncounted": "y",
        "static_emails": "Flyer@Example.com utm_source=flyer&utm_campaign=spring+sale",
        "channels": "maps utm_source=2gis*, yandex_maps&utm_medium=organic",
        "tag_length": "7",
    }

    owner.post("/admin/sites/example/edit", **{**SITE, **typed})

    site = db.session.scalars(select(Site)).one()
    assert site.staff_phones == ["+79161234567", "+74951112233"]
    logged = db.session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "site.change")).one()
    assert (logged["callers"]["staff_phones"], logged["callers"]["test_callers"]) == (2, 0)
    assert (site.short_call_seconds, site.deliver_uncounted, site.tag_length) == (10, True, 7)
    assert site.channels == [{"channel": "maps", "utm_source": ["2gis*", "yandex_maps"], "utm_medium": "organic"}]
    static = next(email for email in site.emails if email.enabled and email.style is EmailStyle.STATIC)
    assert (static.address, static.source) == (
        "flyer@example.com",
        {"utm_source": "flyer", "utm_campaign": "spring sale"},
    )
    detail = db.session.scalars(select(AuditEntry.detail).where(AuditEntry.action == "site.change")).one()
    assert detail["callers"]["short_call_seconds"] == 10
    assert "flyer@example.com" in [email["address"] for email in detail["emails"]]


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_address_that_another_site_binds_to_a_source_is_refused(world: World, owner: Person) -> None:
    answer = owner.post("/admin/sites/new", **{**SITE, "static_emails": "flyer@example.com utm_source=x"})

    assert answer.status_code == 422
    assert "belongs to another site" in error_of(answer.text, "static_emails")


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_call_of_a_colleague_typed_in_the_form_does_not_count(world: World, owner: Person) -> None:
    owner.post("/admin/sites/example/edit", **{**SITE, "staff_phones": "8 916 123-45-67"})

    world.call("1", "ended", **{"from": "+79161234567", "to": "+74957770001", "status": "missed"})

    assert "not counted" in owner.get("/admin/inquiries/").text
