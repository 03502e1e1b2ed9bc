"""The text of the note about a visit: when, from where, by what device, which pages."""

from __future__ import annotations

from collections.abc import Iterator

from tracker.deliveries.note import local, origin_lines, path_lines
from tracker.deliveries.visit_card import VisitCard
from tracker.deliveries.words import Words, words_for


def visit_note(card: VisitCard) -> str:
    """Returns the note in the card's language, times in the card's zone."""
    words = words_for(card.language)
    lines = [
        words.visit.format(site=card.site_name),
        f"{words.when}: {_when(card)} ({card.timezone})",
        *origin_lines(card.source, None, words),
        *_device(card, words),
        *path_lines(card.path, card.timezone, words),
    ]
    return "\n".join(lines)


def stranger_name(card: VisitCard) -> str:
    """Returns how a contact is called of whom nothing but his visit is known."""
    came_from = card.source.utm_campaign or card.source.utm_source or card.source.channel or card.visitor[:6]
    return words_for(card.language).stranger.format(site=card.site_name, channel=came_from)


def _when(card: VisitCard) -> str:
    began, ended = local(card.at, card.timezone), local(card.ended_at, card.timezone)
    until = f"{ended:%H:%M}" if ended.date() == began.date() else f"{ended:%d.%m.%Y %H:%M}"
    return f"{began:%d.%m.%Y %H:%M} – {until}"


def _device(card: VisitCard, words: Words) -> Iterator[str]:
    facts = ", ".join(filter(None, (card.device, card.city)))
    if facts:
        yield f"{words.device}: {facts}"
