"""Who wrote a letter, and where to: by the tag in it, by the letter it answers, by an address bound to a source."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.inquiries.events import EmailEvent, TagCandidate
from tracker.inquiries.models import Inquiry, OtherId
from tracker.leases.models import EmailTag
from tracker.sites.models import EmailStyle, Site, SiteEmail
from tracker.values import email_address
from tracker.values.landing_url import normal_host
from tracker.visits.models import Visitor

# A tag in an address or the subject is of this letter; one further inside may be of somebody it quotes.
INSIDE = frozenset({"forward", "body", "quote"})


@dataclass(frozen=True)
class Writer:
    """The visitor who wrote the letter. `tag` None: he is known by the thread."""

    site_id: int
    visitor: Visitor
    tag: str | None


def find_writer(session: Session, site: Site, scope: str, event: EmailEvent) -> Writer | None:
    """Returns who wrote the letter: by a tag outside, by the thread, by a tag inside; None when nothing tells.

    Args:
        scope: within what Message-IDs are looked up: the connection.
    """
    outside = [one for one in event.candidates if one.place not in INSIDE]
    inside = [one for one in event.candidates if one.place in INSIDE]
    by_tag = _by_tag(session, site, outside)
    return by_tag or _by_thread(session, scope, event.references) or _by_tag(session, site, inside)


def _by_tag(session: Session, site: Site, candidates: Sequence[TagCandidate]) -> Writer | None:
    """The first tag that was ever given out for its mail domain. Two sites may use the same six characters."""
    owners = _sites_of_domains(session) if candidates else {}
    for candidate in candidates:
        rows = session.scalars(select(EmailTag).where(EmailTag.tag == candidate.tag)).all()
        fitting = [row for row in rows if row.site_id in owners.get(candidate.domain, {row.site_id})]
        if fitting:
            best = min(fitting, key=lambda row: row.site_id != site.id)
            return Writer(best.site_id, best.visitor, candidate.tag)
    return None


def _sites_of_domains(session: Session) -> dict[str, set[int]]:
    owners: dict[str, set[int]] = {}
    for email in session.scalars(select(SiteEmail).where(SiteEmail.style != EmailStyle.STATIC)):
        domain = email.mail_domain if email.style == EmailStyle.CATCHALL else None
        host = normal_host(domain or email.address.rpartition("@")[2])
        owners.setdefault(host, set()).add(email.site_id)
    return owners


def _by_thread(session: Session, scope: str, references: Sequence[str]) -> Writer | None:
    """The visitor of the earliest letter of the thread that we know. The answer often goes to a plain address."""
    earlier = (
        select(Inquiry)
        .join(OtherId, OtherId.inquiry_id == Inquiry.id)
        .where(OtherId.scope == scope, OtherId.external_id.in_(references), Inquiry.visitor_id.is_not(None))
        .order_by(Inquiry.at, Inquiry.id)
        .limit(1)
    )
    found = session.scalar(earlier) if references else None
    return Writer(found.site_id, found.visitor, None) if found and found.visitor else None


def find_static_address(session: Session, site: Site, event: EmailEvent) -> SiteEmail | None:
    """Returns the first address of the letter that is bound to a source, those of this site and in use first."""
    rows = session.scalars(select(SiteEmail).where(SiteEmail.style == EmailStyle.STATIC)).all()
    for recipient in map(email_address.for_comparing, event.recipients):
        fitting = [row for row in rows if email_address.for_comparing(row.address) == recipient]
        if fitting:
            return min(fitting, key=lambda row: (row.site_id != site.id, not row.enabled))
    return None
