"""What all CRM providers share in shape: how one is made, tested and named, and how a number may be written.

A provider translates `deliveries.target.Crm` into requests; it decides nothing.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, ClassVar, Protocol, runtime_checkable

from tracker import clock
from tracker.deliveries.target import Crm
from tracker.providers.http import Http
from tracker.providers.settings import SettingField


def _keep_nothing(changed: Mapping[str, str]) -> None:
    """For connections whose settings never change by themselves."""


@dataclass(frozen=True)
class CrmAccount:
    """Everything a CRM provider is made from.

    Args:
        settings: the connection's settings as `read_settings` returned them.
        http: the client of this connection.
        fields: our value names to fields of the CRM, from the policy: `{"ga_id": "GA_id"}`. The right side
            is a title (created when missing), a code or an id.
        save_settings: persists changed settings (rotated tokens), durably, before it returns.
        now: the clock.
        learned: what a provider found out about the account and need not ask again (fields, rights); lives as
            long as one worker owns the connection.
    """

    settings: Mapping[str, str]
    http: Http
    fields: Mapping[str, str]
    save_settings: Callable[[Mapping[str, str]], None] = _keep_nothing
    now: Callable[[], datetime] = clock.now
    learned: dict[str, Any] = field(default_factory=dict)


class Level(StrEnum):
    """How a finding of the self-test is to be read."""

    OK = "ok"  # works
    WARNING = "warning"  # deliveries go on, something is left out
    ERROR = "error"  # deliveries cannot succeed


@dataclass(frozen=True)
class Finding:
    """One line of "test it now": a sentence fit to be shown, which says what to do when it is not ok."""

    level: Level
    text: str
    about: Mapping[str, str] = field(default_factory=dict)  # what stands for %(name)s in a translatable text


class CrmProvider(Crm, Protocol):
    """A class in the registry: made from an account, and able to test itself."""

    NAME: ClassVar[str]
    SETTINGS: ClassVar[tuple[SettingField, ...]]
    REQUESTS_PER_SECOND: ClassVar[float]  # in the long run, for the connection's `Pace`
    BURST: ClassVar[int]  # how many at once after a rest

    def __init__(self, account: CrmAccount) -> None: ...

    def check(self, pipeline: str | None = None, stage: str | None = None) -> list[Finding]:
        """Asks the CRM for what deliveries need: access, rights, fields, the pipeline and stage.

        Never raises `ProviderError`: an unreachable CRM is a finding too.
        """

    @staticmethod
    def card_url(settings: Mapping[str, str], name: str, card: str) -> str | None:
        """Where people open a card: `name` is contact, deal or lead; None when it has no page of its own."""


@runtime_checkable
class Consenting(Protocol):
    """A CRM that an administrator lets us into on a page of its own (OAuth 2)."""

    @staticmethod
    def consent_url(settings: Mapping[str, str], state: str) -> str:
        """Returns that page; it sends him back to us with a code and the state."""

    def connect(self, code: str) -> None:
        """Takes and keeps the first tokens for the code.

        Raises:
            ProviderError: the code is old or used, or the application's settings are wrong.
        """


@runtime_checkable
class HavingLines(Protocol):
    """A CRM with telephony of its own, whose reports know lines by number."""

    def register_lines(self, numbers: Sequence[str], name: str) -> list[str]:
        """Makes our numbers (E.164) its lines under this name; returns the new ones."""
