"""Changes to a site made by a person; each raises the site's version, so that web processes see it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Any

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.errors import InvalidInput
from tracker.sites.models import Domain, EmailStyle, Site, SiteEmail


@dataclass(frozen=True)
class TargetValues:
    """What reports of the site call unique and target inquiries; labels are in lower case."""

    unique_days: int = 30
    target_talk_seconds: int = 30
    target_labels: tuple[str, ...] = ()
    target_needs_label: bool = False
    never_target_labels: tuple[str, ...] = ()


@dataclass(frozen=True)
class CallerValues:
    """Whose calls are kept and not counted, as E.164; `deliver_uncounted` tells CRMs of them all the same."""

    staff_phones: tuple[str, ...] = ()
    test_callers: tuple[str, ...] = ()
    blocked_callers: tuple[str, ...] = ()
    short_call_seconds: int = 0
    deliver_uncounted: bool = False


@dataclass(frozen=True)
class EmailValues:
    """One address of a site; `source` (utm_*) only for the static style, `mail_domain` only for catchall."""

    address: str
    style: EmailStyle
    mail_domain: str | None = None
    source: dict[str, str] | None = None


@dataclass(frozen=True)
class SiteValues:
    """What a person may set. `domains` are bare hosts; `threshold` is a probability 0..1; `channels` are rules as
    `visits.channel.read_rules` reads them."""

    name: str
    domains: tuple[str, ...]
    country: str
    timezone: str
    currency: str
    language: str
    allow_tests: bool
    enabled: bool
    threshold: float
    tag_length: int = 6
    channels: tuple[dict[str, Any], ...] = ()
    target: TargetValues = TargetValues()
    callers: CallerValues = CallerValues()
    emails: tuple[EmailValues, ...] = ()


def create(session: Session, key: str, values: SiteValues) -> Site:
    """Adds a site.

    Raises:
        InvalidInput: the key is taken.
    """
    if session.scalar(select(Site.id).where(Site.key == key)) is not None:
        raise InvalidInput(f"there is a site {key} already", "key")
    site = Site(key=key)
    _set(site, values)
    session.add(site)
    session.flush()
    return site


def change(site: Site, values: SiteValues) -> None:
    """Sets everything; domains left out are removed, addresses left out are switched off."""
    _set(site, values)
    touch(site)


def _set(site: Site, values: SiteValues) -> None:
    site.name, site.country, site.timezone = values.name, values.country, values.timezone
    site.currency, site.language = values.currency, values.language
    site.allow_tests, site.enabled, site.threshold = values.allow_tests, values.enabled, values.threshold
    site.tag_length, site.channels = values.tag_length, list(values.channels)
    for name, value in (asdict(values.target) | asdict(values.callers)).items():
        setattr(site, name, list(value) if isinstance(value, tuple) else value)
    _set_domains(site, values.domains)
    _set_emails(site, values.emails)


def touch(site: Site) -> None:
    """Tells web processes that the site's published configuration is another one."""
    site.version = Site.version + 1


def static_elsewhere(session: Session, addresses: Sequence[str], site_id: int | None) -> list[str]:
    """Those of the addresses that another site binds to a source: a letter to one decides the site."""
    found = select(SiteEmail.address).where(
        SiteEmail.address.in_(addresses), SiteEmail.style == EmailStyle.STATIC, SiteEmail.enabled
    )
    if site_id is not None:
        found = found.where(SiteEmail.site_id != site_id)
    return list(session.scalars(found))


def _set_domains(site: Site, hosts: Sequence[str]) -> None:
    kept = [domain for domain in site.domains if domain.host in hosts]
    known = {domain.host for domain in kept}
    site.domains = kept + [Domain(host=host) for host in dict.fromkeys(hosts) if host not in known]


def _set_emails(site: Site, emails: Sequence[EmailValues]) -> None:
    wanted = {values.address: values for values in emails}
    for row in site.emails:
        row.enabled = row.address in wanted
    known = {row.address: row for row in site.emails}
    for address, values in wanted.items():
        if address not in known:
            known[address] = SiteEmail(address=address)
            site.emails.append(known[address])
        row = known[address]
        row.style, row.mail_domain, row.source, row.enabled = values.style, values.mail_domain, values.source, True
