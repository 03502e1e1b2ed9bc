"""Makes the database say what the file says. Adds and flushes; the caller owns the transaction.

Order matters: first everything absent is switched off, which sets numbers and connection keys free, then the
rest is made or changed.
"""

from __future__ import annotations

from collections.abc import Collection

from sqlalchemy import select, text
from sqlalchemy.orm import Session

from tracker.access import audit
from tracker.configuration.apply_connections import apply_connections, switch_off_absent_connections
from tracker.configuration.apply_pools import apply_pools, switch_off_absent_pools
from tracker.configuration.checks import check
from tracker.configuration.difference import Change
from tracker.configuration.problems import Path
from tracker.configuration.reading import Document
from tracker.configuration.rows import email_columns, email_settings, site_columns, site_settings
from tracker.configuration.schema import EmailSettings, SiteSettings
from tracker.configuration.work import ProviderRules, Work
from tracker.sites.models import Domain, Site, SiteEmail

LOCK = 7_305_102  # PostgreSQL advisory lock: two files at once would meet in half-written sites


def apply(
    session: Session,
    document: Document,
    providers: ProviderRules,
    secret_key: str,
    *,
    only: Collection[str] | None = None,
    actor: str = audit.COMMAND_LINE,
) -> list[Change]:
    """Applies a configuration; a second time it changes nothing.

    Within a list the file names, what is absent is switched off, never deleted; the list of sites included.

    Args:
        session: inside a write transaction, which must be rolled back if this raises.
        only: keys of the sites to apply; all others, in the file or not, are left alone.
        actor: who does it, for the audit log.

    Returns:
        Every change, in words; empty when all was so already.

    Raises:
        WrongDocument: the file contradicts itself, the database, or a provider.
    """
    work = Work(session, document.problems(), providers, secret_key)
    check(document.configuration, work.problems)
    work.problems.stop()
    _one_at_a_time(session)
    for site, settings, path in _sites(work, document, only):
        _apply_emails(work, site, settings)
        apply_pools(work, site, settings, path)
        apply_connections(work, site, settings, path)
    work.problems.stop()
    _finish(work, actor)
    return work.changes


def _one_at_a_time(session: Session) -> None:
    if session.get_bind().dialect.name == "postgresql":
        session.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": LOCK})


def _sites(work: Work, document: Document, only: Collection[str] | None) -> list[tuple[Site, SiteSettings, Path]]:
    """Writes the sites themselves and switches off what is absent; returns those whose lists remain to be written."""
    settings = document.configuration.sites
    if only is None:
        _switch_off_absent_sites(work, {site.key for site in settings})
    for key in sorted(set(only or ()) - {site.key for site in settings}):
        work.problems.add(("sites",), f"there is no site {key}")
    chosen = [(site, ("sites", i)) for i, site in enumerate(settings) if only is None or site.key in only]
    applied: list[tuple[Site, SiteSettings, Path]] = [(_apply_site(work, site), site, path) for site, path in chosen]
    for row, site, _ in applied:
        switch_off_absent_pools(work, row, site)
        switch_off_absent_connections(work, row, site)
    work.session.flush()
    return applied


def _switch_off_absent_sites(work: Work, named: set[str]) -> None:
    for row in work.session.scalars(select(Site).where(Site.enabled).order_by(Site.id)):
        if row.key not in named:
            row.enabled = False
            work.note(row, f"site {row.key}", "switched off: absent from the file")


def _apply_site(work: Work, settings: SiteSettings) -> Site:
    row = work.session.scalar(select(Site).where(Site.key == settings.key))
    if row is None:
        row = Site(key=settings.key, **site_columns(settings))
        row.domains = [Domain(host=host) for host in settings.domains]
        work.session.add(row)
        work.session.flush()
        work.note(row, f"site {row.key}", "created")
        return row
    work.update(row, f"site {row.key}", row, site_columns(settings), site_settings)
    _apply_domains(work, row, settings)
    return row


def _apply_domains(work: Work, site: Site, settings: SiteSettings) -> None:
    """A host has no history of its own, so an absent one really goes."""
    present = {domain.host for domain in site.domains}
    for domain in [domain for domain in site.domains if domain.host not in settings.domains]:
        site.domains.remove(domain)
        work.note(site, f"site {site.key}", f"- domain {domain.host}")
    for host in [host for host in settings.domains if host not in present]:
        site.domains.append(Domain(host=host))
        work.note(site, f"site {site.key}", f"+ domain {host}")


def _apply_emails(work: Work, site: Site, settings: SiteSettings) -> None:
    if settings.emails is None:
        return
    rows = {row.address: row for row in site.emails}
    for address in rows.keys() - {email.name for email in settings.emails}:
        if rows[address].enabled:
            rows[address].enabled = False
            work.note(site, f"site {site.key}", f"- address {address}")
    for email in settings.emails:
        _apply_email(work, site, rows.get(email.name), email)


def _apply_email(work: Work, site: Site, row: SiteEmail | None, settings: EmailSettings) -> None:
    columns = email_columns(settings)
    if row is None or not row.enabled:
        work.note(site, f"site {site.key}", f"+ address {settings.name}")
    if row is None:
        site.emails.append(SiteEmail(**columns))
    else:
        row.enabled = True
        work.update(site, f"address {row.address}", row, columns, email_settings)


def _finish(work: Work, actor: str) -> None:
    """Tells web processes and the audit log."""
    texts: dict[str, list[str]] = {}
    for change in work.changes:
        texts.setdefault(change.site, []).append(str(change))
    for key, changes in texts.items():
        site = work.session.scalars(select(Site).where(Site.key == key)).one()
        site.version = Site.version + 1
        audit.record(work.session, actor, "configuration.apply", key, {"changes": changes})
    work.session.flush()
