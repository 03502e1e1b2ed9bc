"""What the steps of one application share: the transaction, the mistakes and the changes so far."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, TypeVar

from sqlalchemy.orm import Session

from tracker.configuration.difference import Change, differences
from tracker.configuration.problems import Problems
from tracker.configuration.schema import Record
from tracker.sites.models import Site

Row = TypeVar("Row")


@dataclass(frozen=True)
class ProviderRules:
    """What the configuration must know of providers.

    Args:
        complete: provider name and settings to the settings checked and completed with defaults; raises
            InvalidInput whose `field` is `provider` or `settings.<name>`.
        settings: provider name to the names of its settings, True for the secret ones; raises InvalidInput when
            there is no such provider.
    """

    complete: Callable[[str, Mapping[str, str]], dict[str, str]]
    settings: Callable[[str], Mapping[str, bool]]


@dataclass(frozen=True)
class Work:
    """One application in progress."""

    session: Session
    problems: Problems
    providers: ProviderRules
    secret_key: str
    changes: list[Change] = field(default_factory=list)

    def note(self, site: Site, subject: str, text: str) -> None:
        """Remembers a change."""
        self.changes.append(Change(site.key, subject, text))

    def update(
        self,
        site: Site,
        subject: str,
        row: Row,
        columns: Mapping[str, Any],
        read: Callable[[Row], Record],
        prefix: str = "",
    ) -> None:
        """Sets columns of an existing row and notes every difference in the words of the file."""
        before = read(row)
        for name, value in columns.items():
            setattr(row, name, value)
        for phrase in differences(before, read(row)):
            self.note(site, subject, prefix + phrase)
