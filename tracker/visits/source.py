"""Where a visit came from: UTM marks beat click ids, then openstat, `from`, the referrer, and nothing at all.

Plain function of the address, the referrer and the site's own hosts; the channel is decided in `channel`.
"""

from __future__ import annotations

import base64
import binascii
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from hashlib import blake2b
from typing import Literal, NamedTuple

from tracker.values import landing_url
from tracker.values.landing_url import LandingUrl
from tracker.visits import channel as channels
from tracker.visits.channel import NO_MEDIUM, NO_SOURCE, NOT_SET, Rules
from tracker.visits.hosts import Kind, place_of

NamedBy = Literal["utm", "click_id", "openstat", "from", "referrer", "direct"]

MAX_ADDRESS = 2048  # characters of an address that are kept

# Click ids that prove a paid click, with the source and medium they stand for; the first one present decides.
# fbclid, ysclid, _openstat and roistat come with unpaid clicks too.
PAID_CLICK_IDS = {
    "gclid": ("google", "cpc"),
    "gbraid": ("google", "cpc"),
    "wbraid": ("google", "cpc"),
    "yclid": ("yandex", "cpc"),
    "msclkid": ("bing", "cpc"),
    "rb_clickid": ("vk", "cpc"),
    "ttclid": ("tiktok", "cpc"),
    "dclid": ("google", "cpm"),
}


class Naming(NamedTuple):
    """What one kind of evidence says; None is not set."""

    named_by: NamedBy
    source: str
    medium: str
    campaign: str | None = None
    term: str | None = None
    content: str | None = None


@dataclass(frozen=True, slots=True)
class Source:
    """Where a visit came from.

    Args:
        source, medium: always set, as reports group them: `google`/`cpc`, `vk.com`/`social`,
            `example.org`/`referral`, `(direct)`/`(none)`; `(not set)` for a medium nobody named.
        campaign, term, content: from UTM or openstat; term also the search words, if the referrer shows them.
        utm_source … utm_content: exactly what stood in the address, None when absent.
        click_ids: parameter to value as received, `{"gclid": "EAIa…"}`.
        referrer: as received, or what `utm_referrer` put in its place; None when empty.
        channel: see `channel.CHANNELS`; sites may have their own besides.
        landing_page: the address of the visit's first page, cut at 2048 characters.
        is_paid: a paid medium or a click id that only ads carry.
        named_by: which evidence decided.
    """

    source: str
    medium: str
    channel: str
    landing_page: str
    is_paid: bool
    named_by: NamedBy
    campaign: str | None = None
    term: str | None = None
    content: str | None = None
    utm_source: str | None = None
    utm_medium: str | None = None
    utm_campaign: str | None = None
    utm_term: str | None = None
    utm_content: str | None = None
    referrer: str | None = None
    click_ids: Mapping[str, str] = field(default_factory=dict)


def classify(url: LandingUrl, referrer: str | None, own_hosts: Collection[str], rules: Rules = ()) -> Source:
    """Names the source of a page view.

    Args:
        url: the page, already parsed.
        referrer: `document.referrer`; None or empty when there is none.
        own_hosts: domains of the site, lower-case; sub-domains are covered, and so is the host of `url`.
        rules: the site's own channel rules.
    """
    params = url.params
    referrer = _referrer(params.get("utm_referrer"), referrer)
    click_ids = url.click_ids
    host = landing_url.host_of(referrer)
    is_inside = bool(host) and is_own(host, url.host, own_hosts)
    naming = (
        _from_utm(params)
        or _from_click_id(click_ids)
        or _from_openstat(click_ids.get("_openstat"))
        or (None if is_inside else _from_label(params.get("from")))  # sites use `from` among their own pages too
        or (None if is_inside else _from_referrer(referrer, host))
        or (None if host else _from_search_mark(click_ids))
        or Naming("direct", NO_SOURCE, NO_MEDIUM)
    )
    paid_by_click = not PAID_CLICK_IDS.keys().isdisjoint(click_ids)
    return Source(
        source=naming.source,
        medium=naming.medium,
        channel=_channel(naming, click_ids, host, rules),
        landing_page=url.text[:MAX_ADDRESS],
        is_paid=paid_by_click or channels.is_paid_medium(naming.medium),
        named_by=naming.named_by,
        campaign=naming.campaign,
        term=naming.term,
        content=naming.content,
        utm_source=params.get("utm_source"),
        utm_medium=params.get("utm_medium"),
        utm_campaign=params.get("utm_campaign"),
        utm_term=params.get("utm_term"),
        utm_content=params.get("utm_content"),
        referrer=referrer[:MAX_ADDRESS] if referrer else None,
        click_ids=click_ids,
    )


def campaign_key(source: Source) -> str | None:
    """Returns the fingerprint of the campaign, 16 hex digits; another one ends the visit.

    None when nothing was said (direct, the site's own pages, payment pages): such a page view continues
    whatever visit there is. A click id counts only where no UTM marks name the campaign: two clicks on one ad are
    one campaign. Letter case does not matter.
    """
    if source.named_by == "direct":
        return None
    parts = [source.named_by, source.source, source.medium, source.campaign, source.term, source.content]
    if source.named_by == "click_id":
        parts += [f"{name}={source.click_ids[name]}" for name in PAID_CLICK_IDS if name in source.click_ids]
    elif source.named_by == "referrer":
        parts = parts[:3]
    text = "\n".join((part or "").casefold() for part in parts)
    return blake2b(text.encode("utf-8", "replace"), digest_size=8).hexdigest()


def _referrer(override: str | None, referrer: str | None) -> str | None:
    if override and landing_url.host_of(override):
        return override
    return referrer or None


def _channel(naming: Naming, click_ids: Mapping[str, str], referrer_host: str, rules: Rules) -> str:
    medium = naming.medium
    if naming.named_by == "utm" and medium == NOT_SET:  # the tags forgot the medium, the click id tells it
        medium = next((PAID_CLICK_IDS[name][1] for name in PAID_CLICK_IDS if name in click_ids), medium)
    return channels.classify(
        naming.source,
        medium,
        naming.campaign,
        rules=rules,
        referrer_host=referrer_host,
        with_synonyms=naming.named_by != "openstat",  # "direct.yandex.ru" there is a paid click or an unpaid one
    )


def _from_utm(params: Mapping[str, str]) -> Naming | None:
    source = params.get("utm_source")
    if source is None:
        return None
    medium = params.get("utm_medium") or NOT_SET
    return Naming("utm", source, medium, params.get("utm_campaign"), params.get("utm_term"), params.get("utm_content"))


def _from_click_id(click_ids: Mapping[str, str]) -> Naming | None:
    name = next((name for name in PAID_CLICK_IDS if name in click_ids), None) if click_ids else None
    return Naming("click_id", *PAID_CLICK_IDS[name]) if name else None


def _from_openstat(value: str | None) -> Naming | None:
    """`service;campaign;ad;place`, in clear or base64; the service is the source, the medium stays open since
    openstat also marks clicks that nobody paid for.
    """
    if value is None:
        return None
    text = value if ";" in value else _from_base64(value)
    service, campaign, ad, place = ([part.strip() for part in text.split(";")] + [""] * 4)[:4]
    if not service:
        return None
    return Naming("openstat", service, NOT_SET, campaign or None, place or None, ad or None)


def _from_base64(value: str) -> str:
    standard = value.replace("-", "+").replace("_", "/").replace(" ", "+").rstrip("=")
    try:
        octets = base64.b64decode(standard + "=" * (-len(standard) % 4), validate=True)
        text = octets.decode("utf-8")
    except (binascii.Error, UnicodeDecodeError):
        return ""
    return text if ";" in text and text.isprintable() else ""


def _from_label(value: str | None) -> Naming | None:
    return Naming("from", value, NOT_SET) if value else None


_MEDIUM_OF_KIND = {Kind.SEARCH: "organic", Kind.SOCIAL: "social", Kind.AI: "ai", Kind.MAIL: "email"}


def _from_referrer(referrer: str | None, host: str) -> Naming | None:
    if not referrer or not host:
        return None
    place = place_of(host)
    if place is None:
        return Naming("referrer", host.removeprefix("www."), "referral")
    if place.kind is Kind.PASSAGE:
        return None
    medium = _MEDIUM_OF_KIND.get(place.kind, "referral")
    words = landing_url.parse(referrer).params.get(place.keyword) if place.keyword else None
    return Naming("referrer", place.name, medium, term=words)


def _from_search_mark(click_ids: Mapping[str, str]) -> Naming | None:
    """Yandex marks clicks from its search with `ysclid` also where the browser sends no referrer."""
    return Naming("referrer", "yandex", "organic") if "ysclid" in click_ids else None


def is_own(host: str, page_host: str, own_hosts: Collection[str]) -> bool:
    """True when a referrer is the site itself: the page's host or one of the domains with its sub-domains."""
    if host.removeprefix("www.") == page_host.removeprefix("www.") or host in own_hosts:
        return True
    return any(host.endswith("." + domain) for domain in own_hosts)
