"""What the demo keeps in memory: the pretend CRMs."""

from __future__ import annotations

import time
from dataclasses import dataclass

from demo.sandbox.amocrm import Account
from demo.sandbox.bitrix24 import Portal, demo_portal


@dataclass(frozen=True)
class Crms:
    """One account of each CRM."""

    amocrm: Account
    bitrix24: Portal


def demo_crms() -> Crms:
    """Makes empty CRMs. Ids start with the clock: a card of a former start is never taken for a new one."""
    start = int(time.time()) % 100_000_000
    return Crms(Account(next_id=start), demo_portal(_last_id=start))
