"""A portal as a company would have it, ready for the demo and for tests."""

from __future__ import annotations

from typing import Any

from demo.sandbox.bitrix24.dictionaries import standard_statuses
from demo.sandbox.bitrix24.portal import Portal, User


def demo_portal(**changes: Any) -> Portal:
    """A portal as a company would have it: three employees, standard dictionaries, two pipelines."""
    portal = Portal(**changes)
    portal.users = {
        user.id: user
        for user in (
            User(1, "Irina", "Belova", "irina@demo.example", "100", is_admin=True),
            User(6, "Pavel", "Orlov", "pavel@demo.example", "101"),
            User(7, "Olga", "Smirnova", "olga@demo.example", "102"),
        )
    }
    portal.categories = {0: "Sales", 3: "Service"}
    portal.statuses = standard_statuses(portal.categories)
    return portal
