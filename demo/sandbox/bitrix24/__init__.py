"""A Bitrix24 portal as strict as the real one, for the demo and for tests.

It refuses what Bitrix24 refuses, ignores what it ignores, answers in its odd shapes, and keeps its limits.
`Portal` holds the state in plain values; `blueprint(portal)` speaks HTTP.
"""

from demo.sandbox.bitrix24.app import blueprint, create_app
from demo.sandbox.bitrix24.company import demo_portal
from demo.sandbox.bitrix24.portal import Application, Card, Portal, User

__all__ = ["Application", "Card", "Portal", "User", "blueprint", "create_app", "demo_portal"]
