"""An amoCRM account of the sandbox with our provider connected to it, and a clock that a test moves."""

from __future__ import annotations

from collections.abc import Mapping

from moved_clock import Clock

from demo.sandbox.amocrm import Account
from tracker.deliveries.facts import DEFAULT_FIELDS
from tracker.deliveries.progress import JournalEntry
from tracker.providers.crm.amocrm import AmoCrm
from tracker.providers.crm.base import CrmAccount
from tracker.providers.http import Http


class Connected:
    """A sandbox account, and our provider with what it journaled and saved."""

    def __init__(self, address: str, account: Account, clock: Clock) -> None:
        self.address = address
        self.account = account
        self.clock = clock
        self.journal: list[JournalEntry] = []
        self.saved: list[Mapping[str, str]] = []
        self.disk_is_full = False
        self.settings = {"base_url": address, "access_token": "demo-token"}

    def crm(self, fields: Mapping[str, str] = DEFAULT_FIELDS, **settings: str) -> AmoCrm:
        """Our provider, as a worker would make it afresh."""
        http = Http("crm/amocrm", self.journal.append)
        return AmoCrm(CrmAccount({**self.settings, **settings}, http, fields, self._save, self.clock))

    def sent(self, method: str, path: str) -> list[object]:
        """Bodies of the journaled requests to a path below `/api/v4/`."""
        url = f"{self.address}/api/v4/{path}"
        return [entry.request for entry in self.journal if (entry.method, entry.url) == (method, url)]

    def _save(self, changed: Mapping[str, str]) -> None:
        if self.disk_is_full:
            raise OSError("disk full")
        self.saved.append(changed)
        self.settings.update(changed)
