"""The facts of an inquiry by name: what may fill a CRM field, and what may stand in a name template."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from string import Formatter
from zoneinfo import ZoneInfo

from tracker.deliveries.card import InquiryCard, SourceFacts
from tracker.deliveries.words import words_for
from tracker.values import phone

FORM_FIELD_PREFIX = "field."

DEFAULT_FIELDS: Mapping[str, str] = {
    "ga_id": "GA_id",
    "ip": "IP",
    "subscriber": "Subscriber",
    "utm_source": "utm_source",
    "utm_medium": "utm_medium",
    "utm_campaign": "utm_campaign",
    "utm_term": "utm_term",
    "utm_content": "utm_content",
    "referrer": "referrer",
    "landing_page": "First page",
    "channel": "Channel",
    "probability": "Match probability",
}
"""Our values that are written unless the policy says otherwise, and the titles their fields get."""

_SOURCE_FACTS: Mapping[str, Callable[[SourceFacts], str | None]] = {
    "ga_id": lambda source: source.ga_client_id,
    "ip": lambda source: source.ip,
    "utm_source": lambda source: source.utm_source,
    "utm_medium": lambda source: source.utm_medium,
    "utm_campaign": lambda source: source.utm_campaign,
    "utm_term": lambda source: source.utm_term,
    "utm_content": lambda source: source.utm_content,
    "referrer": lambda source: source.referrer,
    "landing_page": lambda source: source.landing_page,
    "channel": lambda source: source.channel,
    "ym_id": lambda source: source.ym_client_id,
    "gclid": lambda source: source.click_ids.get("gclid"),
    "yclid": lambda source: source.click_ids.get("yclid"),
    "fbclid": lambda source: source.click_ids.get("fbclid"),
    "click_id": lambda source: next(iter(source.click_ids.values()), None),
}

_FACTS: Mapping[str, Callable[[InquiryCard], str | None]] = {
    "subscriber": lambda card: "1" if card.subscriber else None,
    "probability": lambda card: _probability(card),
    "page": lambda card: card.page,
    "called": lambda card: card.call.called if card.call else None,
    "kind": lambda card: card.kind.value,
    "site": lambda card: card.site,
    "inquiry": lambda card: card.inquiry,
    "visitor": lambda card: card.attribution.visitor,
    "explanation": lambda card: card.attribution.explanation,
    "sum": lambda card: None if card.sum_minor is None else f"{card.sum_minor / 100:.2f}",
    "currency": lambda card: card.currency,
}
VALUE_NAMES = (*_SOURCE_FACTS, *_FACTS)
UTM_PARTS = ("utm_source", "utm_medium", "utm_campaign", "utm_term", "utm_content")
NAME_PARTS = (
    *("who", "name", "phone", "email", "kind", "subject", "called", "site", "channel", "date"),
    *UTM_PARTS,
)


def values_of(card: InquiryCard) -> dict[str, str]:
    """Returns the known facts by our value names, form fields as `field.<name>`; unknown ones are absent."""
    facts = {name: read(card) for name, read in _FACTS.items()}
    form = {f"{FORM_FIELD_PREFIX}{name}": value for name, value in card.fields.items()}
    return source_values(card.source) | {name: value for name, value in {**facts, **form}.items() if value}


def source_values(source: SourceFacts) -> dict[str, str]:
    """Returns the known facts about where somebody came from, by our value names."""
    facts = {name: read(source) for name, read in _SOURCE_FACTS.items()}
    return {name: value for name, value in facts.items() if value}


def name_by(template: str, card: InquiryCard) -> str:
    """Fills a name template; unknown facts leave nothing behind, and an empty name becomes `who`."""
    parts = _name_parts(card)
    return " ".join(template.format_map(parts).split()).strip(" :,-–—") or parts["who"]


def parts_of_template(template: str) -> list[str]:
    """Returns the names in braces.

    Raises:
        ValueError: the braces do not match, or there is more than a plain name inside.
    """
    found = []
    for _, name, format_spec, conversion in Formatter().parse(template):
        if name is None:
            continue
        if format_spec or conversion:
            raise ValueError("only plain names may stand in braces")
        found.append(name)
    return found


def shown_number(number: str) -> str:
    """Writes E.164 for people; anything else, such as an extension, stays as it is."""
    return phone.display(number) if number.startswith("+") else number


def _name_parts(card: InquiryCard) -> dict[str, str]:
    words = words_for(card.language)
    shown_phone = shown_number(card.phones[0]) if card.phones else ""
    email = card.emails[0] if card.emails else ""
    values = values_of(card)
    return {
        **{name: values.get(name, "") for name in NAME_PARTS},
        "who": card.name or shown_phone or email or words.nobody,
        "name": card.name or "",
        "phone": shown_phone,
        "email": email,
        "kind": words.kinds[card.kind],
        "subject": card.subject,
        "site": card.site_name,
        "called": shown_number(card.call.called) if card.call else "",
        "date": card.at.astimezone(ZoneInfo(card.timezone)).strftime("%d.%m.%Y"),
    }


def _probability(card: InquiryCard) -> str | None:
    probability = card.attribution.probability
    return None if probability is None else f"{probability:.2f}"
