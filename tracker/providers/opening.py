"""Opens the other side of a connection: settings unsealed, paced, journaled; renewed tokens kept before use."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping, Sequence
from typing import Any

from tracker.deliveries.crm_delivery import deliver
from tracker.deliveries.dry_run import DryCrm, DryProgress
from tracker.deliveries.entities import Entity
from tracker.deliveries.memory import DeliveryMemory
from tracker.deliveries.policy import Policy
from tracker.deliveries.policy_file import read_policy
from tracker.deliveries.progress import Journal
from tracker.deliveries.undo import Taken, Undoing, undo
from tracker.deliveries.visit_card import Told, VisitCard
from tracker.deliveries.visit_delivery import deliver_visit
from tracker.deliveries.visits_together import Outcome, deliver_visits
from tracker.errors import InvalidInput, ProviderError, RateLimited
from tracker.providers.crm.base import Consenting, CrmAccount, CrmProvider, Finding, HavingLines, Level
from tracker.providers.http import Http
from tracker.providers.pace import Pace
from tracker.providers.registry import ANALYTICS, CRM
from tracker.providers.settings import read_settings

Save = Callable[[Mapping[str, str]], None]

ANALYTICS_PER_SECOND = 50  # nobody limits us there; a backlog shall not look like an attack


class OpenCrm:
    """One CRM connection while a worker owns it; reused for all deliveries of that time.

    Args:
        provider: registry name.
        settings: unsealed.
        policy: the `policy:` mapping of the connection.
        save: keeps renewed settings durably.
        pace: waited for before every request.
    """

    def __init__(
        self,
        provider: str,
        settings: Mapping[str, str],
        policy: Mapping[str, object],
        save: Save,
        pace: Pace,
    ) -> None:
        self._kind = CRM[provider]
        self._settings = dict(read_settings(self._kind.SETTINGS, settings))
        self._policy: Policy = read_policy(policy)
        self._save = save
        self._pace = pace
        self._learned: dict[str, Any] = {}

    def __call__(self, card: Told, memory: DeliveryMemory) -> dict[str, str]:
        """Delivers one card; the `Target` of `deliveries.sending`."""
        crm = self.provider(memory.journal)
        try:
            if isinstance(card, VisitCard):
                return deliver_visit(card, crm, self._policy, memory)
            return deliver(card, crm, self._policy, memory)
        except RateLimited as error:
            self._pace.rest(error.retry_after)
            raise

    def visits(self, told: Sequence[tuple[VisitCard, DeliveryMemory]]) -> list[Outcome | None]:
        """Notes several visits, as few requests as the CRM allows."""
        outcomes = deliver_visits(
            [(card, memory, self.provider(memory.journal)) for card, memory in told], self._policy
        )
        for outcome in outcomes:
            if isinstance(outcome, RateLimited):
                self._pace.rest(outcome.retry_after)
        return outcomes

    def provider(self, journal: Journal) -> CrmProvider:
        """Makes the provider, which writes every request into the given journal."""
        secrets = [self._settings[field.name] for field in self._kind.SETTINGS if field.kind == "secret"]
        http = Http(self._kind.NAME, journal, before=self._pace, secrets=secrets)
        names = self._policy.field_names()
        return self._kind(CrmAccount(self._settings, http, names, self._keep, learned=self._learned))

    def test(self, journal: Journal) -> list[Finding]:
        """Asks the CRM for everything deliveries need."""
        choice = self._policy.choice
        return self.provider(journal).check(choice.pipeline, choice.stage)

    def rehearse(self, card: Told, memory: DeliveryMemory, journal: Journal) -> list[str]:
        """Says what delivering the card would write, and writes nothing."""
        crm = DryCrm(self.provider(journal))
        if isinstance(card, VisitCard):
            deliver_visit(card, crm, self._policy, DryProgress(memory))
        else:
            deliver(card, crm, self._policy, DryProgress(memory))
        return crm.said

    def undo(self, memory: DeliveryMemory, entities: Mapping[str, str], shared: Collection[Entity]) -> list[Taken]:
        """Takes back what a delivery wrote; see `deliveries.undo`."""
        return undo(Undoing(self.provider(memory.journal), memory, entities, shared))

    def register_lines(self, journal: Journal, numbers: Sequence[str], name: str) -> list[str]:
        """Makes our numbers lines of the CRM's telephony, where it has one; returns the new ones."""
        provider = self.provider(journal)
        return provider.register_lines(numbers, name) if isinstance(provider, HavingLines) else []

    def connect(self, journal: Journal, code: str) -> list[Finding]:
        """Takes and keeps the first tokens for the code of an administrator's consent, then tests them.

        Raises:
            InvalidInput: this CRM knows no consent.
        """
        provider = self.provider(journal)
        if not isinstance(provider, Consenting):
            raise InvalidInput(f"{self._kind.NAME} is not connected by consent")
        try:
            provider.connect(code)
        except ProviderError as error:
            return [Finding(Level.ERROR, str(error))]
        return self.test(journal)

    def _keep(self, renewed: Mapping[str, str]) -> None:
        self._save(renewed)
        self._settings |= renewed


class OpenAnalytics:
    """One analytics property while a worker owns it."""

    def __init__(self, provider: str, settings: Mapping[str, str], pace: Pace) -> None:
        self._kind = ANALYTICS[provider]
        self._pace = pace
        self._settings = read_settings(self._kind.SETTINGS, settings)

    def __call__(self, card: Told, memory: DeliveryMemory) -> dict[str, str]:
        """Delivers one card; the `Target` of `deliveries.sending`. Visits it counts by itself."""
        if isinstance(card, VisitCard):
            return {}
        http = Http(self._kind.NAME, memory.journal, before=self._pace, secrets=[self._settings["api_secret"]])
        return self._kind(self._settings, http).deliver(card, memory)


def pace_of(provider: str) -> Pace:
    """Returns a pace that keeps within the provider's limit, rested."""
    kind = CRM.get(provider)
    return Pace(kind.REQUESTS_PER_SECOND, kind.BURST) if kind else Pace(ANALYTICS_PER_SECOND)


def open_target(
    provider: str,
    settings: Mapping[str, str],
    policy: Mapping[str, object],
    save: Save,
    pace: Pace,
) -> OpenCrm | OpenAnalytics:
    """Opens whatever a connection leads to.

    Raises:
        InvalidInput: its settings or policy cannot be used.
    """
    if provider in ANALYTICS:
        return OpenAnalytics(provider, settings, pace)
    return OpenCrm(provider, settings, policy, save, pace)
