"""Which role may do what: one table."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum

from tracker.access.models import Role


class Right(StrEnum):
    """One thing a user may be allowed to do."""

    READ_JOURNAL = "read_journal"  # inquiries and the visits that explain them
    READ = "read"  # everything else: overview, pools, sites, deliveries
    CHANGE = "change"  # sites, pools, numbers, connections; retrying a delivery
    MANAGE_USERS = "manage_users"  # users, roles, the log of changes


RIGHTS: Mapping[Role, frozenset[Right]] = {
    Role.OWNER: frozenset(Right),
    Role.ADMINISTRATOR: frozenset({Right.READ_JOURNAL, Right.READ, Right.CHANGE}),
    Role.ANALYST: frozenset({Right.READ_JOURNAL, Right.READ}),
    Role.AGENT: frozenset({Right.READ_JOURNAL}),
}


def may(role: Role, right: Right) -> bool:
    """True when the role includes the right."""
    return right in RIGHTS[role]
