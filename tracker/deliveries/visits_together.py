"""Several visits noted at once, to spare the CRM's request limit: one request, still never twice."""

from __future__ import annotations

from collections.abc import Sequence

from tracker.deliveries.entities import EntityType
from tracker.deliveries.policy import Policy
from tracker.deliveries.progress import Progress
from tracker.deliveries.target import Crm
from tracker.deliveries.visit_card import VisitCard
from tracker.deliveries.visit_delivery import WantedNote, home_of_visit, write_alone
from tracker.errors import AccessLost, ProviderError, Refused

Outcome = dict[str, str] | ProviderError
"""The card that holds the visit, or why it is not noted."""


def deliver_visits(told: Sequence[tuple[VisitCard, Progress, Crm]], policy: Policy) -> list[Outcome | None]:
    """Notes several visits; those on cards of one type share a request.

    Args:
        told: each with its memory, and the CRM as its journal sees it; a shared request stands in the first one's.

    Returns:
        What became of each, in the same order; None for those that were not tried, because the CRM is away or
        refuses everything.
    """
    outcomes: list[Outcome | None] = [None] * len(told)
    wanted: dict[int, WantedNote] = {}
    for number, (card, progress, crm) in enumerate(told):
        try:
            prepared = _prepared(card, crm, policy, progress)
        except ProviderError as error:
            outcomes[number] = error
            if _concerns_all(error):
                return outcomes
            continue
        if isinstance(prepared, WantedNote):
            wanted[number] = prepared
        else:
            outcomes[number] = prepared
    for type in EntityType:
        group = {number: one for number, one in wanted.items() if one.home.type is type}
        for number, outcome in zip(group, _write(list(group.values())), strict=True):
            outcomes[number] = outcome
    return outcomes


def _prepared(card: VisitCard, crm: Crm, policy: Policy, progress: Progress) -> WantedNote | dict[str, str]:
    """What is to be written; or the cards, when it has been written or there is nowhere to."""
    home = home_of_visit(card, crm, policy, progress)
    if home is None:
        return {}
    wanted = WantedNote(home, card, progress, crm)
    found = crm.find_note(home, card.marker) if progress.is_unclear("note") else None
    if found is not None:
        progress.done("note", found)
    return wanted.cards if progress.done_id("note") is not None else wanted


def _write(group: Sequence[WantedNote]) -> list[Outcome]:
    if not group:
        return []
    for one in group:
        one.progress.begin("note")
    try:
        ids = group[0].crm.add_notes([one.note for one in group])
    except ProviderError as error:
        if not error.maybe_done:
            for one in group:
                one.progress.forget("note")
        return [error for _ in group] if _concerns_all(error) else [_alone(one) for one in group]
    for one, id in zip(group, ids, strict=True):
        one.progress.done("note", id)
    return [one.cards for one in group]


def _alone(one: WantedNote) -> Outcome:
    """One of them is refused: each for itself, so that the others are noted."""
    try:
        write_alone(one)
    except ProviderError as error:
        return error
    return one.cards


def _concerns_all(error: ProviderError) -> bool:
    return not isinstance(error, Refused) or isinstance(error, AccessLost)
