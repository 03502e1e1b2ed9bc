"""Which role may do what, and where: one table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from tracker.access.models import Role


class Right(StrEnum):
    """One thing a user may be allowed to do."""

    READ_JOURNAL = "read_journal"  # inquiries and the visits that explain them
    ANNOTATE = "annotate"  # tags and comments on inquiries
    READ = "read"  # everything else: overview, pools, sites, deliveries, reports
    CHANGE = "change"  # sites, pools, numbers, connections, API tokens, alerts; retrying a delivery
    MANAGE_USERS = "manage_users"  # users, roles, the log of changes


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.ADMINISTRATOR: frozenset({Right.READ_JOURNAL, Right.ANNOTATE, Right.READ, Right.CHANGE}),
    Role.ANALYST: frozenset({Right.READ_JOURNAL, Right.READ}),
    Role.AGENT: frozenset({Right.READ_JOURNAL, Right.ANNOTATE}),
}


def may(role: Role | None, right: Right) -> bool:
    """True when the role includes the right; None is no role."""
    return role is not None and right in RIGHTS[role]


@dataclass(frozen=True)
class Access:
    """What one user may do where.

    Args:
        role: on every site that `by_site` does not name, and for what belongs to no site; None: nothing there.
        by_site: key of a site to the role there.
    """

    role: Role | None
    by_site: Mapping[str, Role] = field(default_factory=dict)

    def at(self, site: str, right: Right) -> bool:
        """True when he may do so on the site of this key."""
        return may(self.by_site.get(site, self.role), right)

    def everywhere(self, right: Right) -> bool:
        """True when he may do so with what belongs to the whole installation."""
        return may(self.role, right)

    def somewhere(self, right: Right) -> bool:
        """True when there is anything he may do so with."""
        return self.everywhere(right) or any(may(role, right) for role in self.by_site.values())
