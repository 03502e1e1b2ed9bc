"""Tasks for people, each once: a missed call, somebody else's client, an extension nobody has mapped."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from tracker.deliveries.assigning import owner_of_task, who_answered
from tracker.deliveries.entities import EntityType
from tracker.deliveries.facts import name_by
from tracker.deliveries.policy import answered_or_missed
from tracker.deliveries.steps import once
from tracker.deliveries.words import words_for
from tracker.deliveries.work import Cards, Work, home_of

TO_REVIEW = timedelta(days=1)


@dataclass(frozen=True)
class Task:
    """A task that is wanted; `step` names it among those of one inquiry."""

    step: str
    text: str
    due: datetime
    owner: str | None


def write_tasks(work: Work, cards: Cards) -> None:
    """Makes the tasks that the policy wants, on the deal if there is one."""
    for task in _wanted(work, cards):
        _write(work, cards, task)


def _wanted(work: Work, cards: Cards) -> Iterator[Task]:
    call = work.card.call
    outcome = answered_or_missed(call.status) if call else None
    if outcome == "missed":
        yield from _missed(work, cards)
    elif outcome == "answered":
        yield from _review(work, cards)
        yield from _unknown_extension(work)


def _missed(work: Work, cards: Cards) -> Iterator[Task]:
    """For whoever owns the card, else for the duty manager."""
    wanted = work.plan.choice.missed_task
    if wanted is not None:
        owner = owner_of_task(work.card, work.plan.choice, cards.owner())
        text = words_for(work.card.language).missed.format(who=_who(work))
        yield Task("task", text, work.card.at + wanted.after, owner)


def _review(work: Work, cards: Cards) -> Iterator[Task]:
    """For the owner of a known card whose client somebody else has spoken with."""
    answering, owner = who_answered(work.card, work.policy), cards.owner()
    if work.plan.choice.review_task and work.found and answering and owner and owner != answering:
        text = words_for(work.card.language).review.format(who=_who(work))
        yield Task("review-task", text, work.card.at + TO_REVIEW, owner)


def _unknown_extension(work: Work) -> Iterator[Task]:
    """For whoever looks after the settings, when the extension map does not know who answered."""
    answered_by = work.card.call.answered_by if work.card.call else None
    owner = work.plan.choice.extension_task
    if owner and answered_by and answered_by not in work.policy.extensions:
        text = words_for(work.card.language).unknown_extension.format(extension=answered_by)
        yield Task("extension-task", text, work.card.at + TO_REVIEW, owner)


def _write(work: Work, cards: Cards, task: Task) -> None:
    home = home_of(work, cards, task.step, EntityType.DEAL)
    if home is None:
        return
    marker = f"{work.card.marker}:{task.step}"
    once(
        work.progress,
        task.step,
        lambda: work.crm.find_task(home, marker),
        lambda: work.crm.add_task(home, task.text, task.due, marker, task.owner),
    )


def _who(work: Work) -> str:
    return name_by("{name} {phone}", work.card)
