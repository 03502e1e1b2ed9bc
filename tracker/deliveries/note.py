"""The text of the note about an inquiry: page, date, UTM, path of the visit, probability, and what was said.

A note does not depend on how a call goes on, so later revisions leave it as it is unless the match changed.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import datetime
from zoneinfo import ZoneInfo

from tracker.deliveries.card import InquiryCard, PageSeen, SourceFacts
from tracker.deliveries.facts import UTM_PARTS, name_by, shown_number
from tracker.deliveries.words import Words, words_for

LONGEST_TEXT = 8000  # letters and transcripts beyond this are cut; both CRMs take longer notes only at a price


def note_text(card: InquiryCard, *, with_event: bool, others: Sequence[str] = ()) -> str:
    """Returns the note in the card's language, times in the card's zone.

    Args:
        with_event: also what was said: subject and text, fields of a form, transcript of a chat.
        others: ids of further contacts that hold the same phone or email.
    """
    words = words_for(card.language)
    lines = [*_headline(card, words), *origin_lines(card.source, card.page, words)]
    lines += [f"{words.match}: {_match(card, words)}", *path_lines(card.path, card.timezone, words)]
    if with_event:
        lines += _said(card, words)
    if others:
        lines.append(words.other_contacts.format(ids=", ".join(others)))
    return "\n".join(lines)


def _headline(card: InquiryCard, words: Words) -> Iterator[str]:
    if card.is_test:
        yield words.test
    title = words.kinds[card.kind]
    if card.call:
        title += " " + words.from_to.format(who=name_by("{phone}", card), called=shown_number(card.call.called))
    yield title
    yield f"{words.when}: {local(card.at, card.timezone):%d.%m.%Y %H:%M} ({card.timezone})"
    if card.sum_minor is not None:
        yield f"{words.sum}: {card.sum_minor / 100:.2f} {card.currency or ''}".rstrip()


def origin_lines(source: SourceFacts, page: str | None, words: Words) -> Iterator[str]:
    """Yields where somebody came from; `page` is where he then turned to us."""
    if summary := _summary(source, words):
        yield f"{words.source}: {summary}"
    for name in UTM_PARTS:
        if value := getattr(source, name):
            yield f"{name}={value}"
    for name, value in source.click_ids.items():
        yield f"{name}={value}"
    for label, address in (
        (words.referrer, source.referrer),
        (words.landing_page, source.landing_page),
        (words.page, page),
    ):
        if address:
            yield f"{label}: {address}"


def _summary(source: SourceFacts, words: Words) -> str:
    triple = " / ".join(filter(None, (source.utm_source, source.utm_medium, source.utm_campaign)))
    channel = f"{words.channel} {source.channel}" if source.channel else ""
    return ", ".join(filter(None, (triple, channel)))


def _match(card: InquiryCard, words: Words) -> str:
    facts = card.attribution
    if facts.probability is None:
        return facts.explanation
    return f"{words.probability} {facts.probability:.0%}. {facts.explanation}"


def path_lines(path: Sequence[PageSeen], timezone: str, words: Words) -> Iterator[str]:
    """Yields the pages somebody saw, times in the given zone."""
    if path:
        yield f"{words.path}:"
    for page in path:
        yield f"{local(page.at, timezone):%d.%m %H:%M} {page.title} {page.url}".replace("  ", " ")


def _said(card: InquiryCard, words: Words) -> Iterator[str]:
    if card.subject:
        yield f"{words.subject}: {card.subject}"
    for name, value in card.fields.items():
        yield f"{name}: {value}"
    if card.text:
        yield card.text[:LONGEST_TEXT]


def local(at: datetime, timezone: str) -> datetime:
    """Returns the instant on the clocks of the zone."""
    return at.astimezone(ZoneInfo(timezone))
