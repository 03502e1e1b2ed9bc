"""The channel of a visit: the default channel group of Google Analytics 4, preceded by our synonyms and site rules.

Source: Google Analytics help, "Default channel group"; the order is Google's, first match wins.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Final

from tracker.errors import InvalidInput
from tracker.values import patterns
from tracker.values.patterns import Patterns
from tracker.visits.hosts import Kind, kind_of_source

DIRECT: Final = "direct"
CROSS_NETWORK: Final = "cross-network"
PAID_SHOPPING: Final = "paid-shopping"
PAID_SEARCH: Final = "paid-search"
PAID_SOCIAL: Final = "paid-social"
PAID_VIDEO: Final = "paid-video"
DISPLAY: Final = "display"
PAID_OTHER: Final = "paid-other"
ORGANIC_SHOPPING: Final = "organic-shopping"
ORGANIC_SOCIAL: Final = "organic-social"
ORGANIC_VIDEO: Final = "organic-video"
ORGANIC_SEARCH: Final = "organic-search"
REFERRAL: Final = "referral"
EMAIL: Final = "email"
AFFILIATES: Final = "affiliates"
AUDIO: Final = "audio"
SMS: Final = "sms"
PUSH: Final = "push"
AI: Final = "ai"  # ours: answers of assistants; Google has no such group in every property yet
UNASSIGNED: Final = "unassigned"

CHANNELS: Final = (
    DIRECT, CROSS_NETWORK, PAID_SHOPPING, PAID_SEARCH, PAID_SOCIAL, PAID_VIDEO, DISPLAY, PAID_OTHER,
    ORGANIC_SHOPPING, ORGANIC_SOCIAL, ORGANIC_VIDEO, ORGANIC_SEARCH, REFERRAL, EMAIL, AFFILIATES, AUDIO, SMS,
    PUSH, AI, UNASSIGNED,
)  # fmt: skip

NO_SOURCE: Final = "(direct)"
NO_MEDIUM: Final = "(none)"
NOT_SET: Final = "(not set)"

# What people write for a place, in the words the lists know.
SOURCE_SYNONYMS: Final = {
    synonym: source
    for source, synonyms in {
        "vk.com": "vk vkontakte vkads vk_ads vk-ads vk.ads vk_target vk_reklama вк вконтакте "
                  "mytarget my_target my-target",
        "ok.ru": "ok odnoklassniki одноклассники",
        "facebook.com": "fb facebook_ads facebook-ads fb_ads meta meta_ads",
        "instagram.com": "ig insta instagram_ads",
        "t.me": "tg telegram telegram_ads tgads tg_ads телеграм",
        "twitter.com": "x tw",
        "tiktok.com": "tt tiktok_ads",
        "linkedin.com": "li linkedin_ads",
        "dzen.ru": "dzen zen yandex_zen yandex.zen дзен",
        "youtube.com": "yt youtube_ads",
        "yandex": "yandex_direct yandex-direct yandexdirect yandex.direct direct.yandex direct.yandex.ru ydirect "
                  "ya_direct ya.direct y.direct yd ya yandex_search яндекс яндекс.директ яндекс_директ",
        "google": "google_ads google-ads googleads google.ads adwords google_adwords google-adwords gads гугл",
        "bing": "bing_ads bingads microsoft_ads",
        "market.yandex.ru": "yandex_market yandex-market yandex.market ymarket",
        "avito.ru": "avito",
        "ozon.ru": "ozon",
        "wildberries.ru": "wildberries wb",
    }.items()
    for synonym in synonyms.split()
}  # fmt: skip

# Media that Russian practice writes and the lists do not know.
MEDIUM_SYNONYMS: Final = {
    synonym: medium
    for medium, synonyms in {
        "social": "smm tg telegram messenger messengers post posts story stories смм",
        "cpc": "context kontekst контекст",
        "email": "mail newsletter mailing rassylka рассылка",
        "referral": "ref",
        "push": "web-push",
    }.items()
    for synonym in synonyms.split()
}
PAID_SOCIAL_MEDIA: Final = frozenset(
    {"target", "targeting", "targeted", "таргет", "paid-social", "paid_social", "paidsocial", "social-paid"}
)  # fmt: skip

DISPLAY_MEDIA: Final = frozenset({"display", "banner", "expandable", "interstitial", "cpm"})
SOCIAL_MEDIA: Final = frozenset({"social", "social-network", "social-media", "sm", "social network", "social media"})
REFERRAL_MEDIA: Final = frozenset({"referral", "app", "link"})

_PAID = re.compile(r"^(.*cp.*|ppc|retargeting|paid.*)$")
_SHOP = re.compile(r"^(.*(([^a-df-z]|^)shop|shopping).*)$")
_EMAIL = re.compile(r"(?:^|[^a-z0-9])e[-_ ]?mail(?:[^a-z0-9]|$)")


@dataclass(frozen=True, slots=True)
class ChannelRule:
    """A rule of one site: visits that fit every given pattern belong to `channel`. None asks nothing."""

    channel: str
    source: Patterns | None = None
    medium: Patterns | None = None
    campaign: Patterns | None = None
    referrer_host: Patterns | None = None

    def match(self, source: str, medium: str, campaign: str, referrer_host: str) -> bool:
        """True when every given pattern fits."""
        return (
            (self.source is None or self.source.match(source))
            and (self.medium is None or self.medium.match(medium))
            and (self.campaign is None or self.campaign.match(campaign))
            and (self.referrer_host is None or self.referrer_host.match(referrer_host))
        )


Rules = tuple[ChannelRule, ...]
_RULE_KEYS = {"utm_source": "source", "utm_medium": "medium", "utm_campaign": "campaign",
              "referrer_host": "referrer_host"}  # fmt: skip
_CHANNEL_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")


def read_rules(items: Iterable[Mapping[str, object]], field: str = "channels") -> Rules:
    """Reads the rules of a site from configuration.

    Args:
        items: `[{"channel": "maps", "utm_source": ["2gis*", "yandex_maps"]}]`; keys utm_source, utm_medium,
            utm_campaign, referrer_host, each a text or a list, `*` allowed at either end. The channel is one
            of `CHANNELS` or a new name in the same style.
        field: dotted path of the list for messages.

    Raises:
        InvalidInput: an unknown key, a bad channel name, a rule without conditions.
    """
    return tuple(_read_rule(item, f"{field}.{index}") for index, item in enumerate(items))


def _read_rule(item: Mapping[str, object], field: str) -> ChannelRule:
    name = item.get("channel")
    if not isinstance(name, str) or not _CHANNEL_NAME.fullmatch(name):
        raise InvalidInput("a channel name such as paid-search is expected", f"{field}.channel")
    for key in item.keys() - _RULE_KEYS.keys() - {"channel"}:
        raise InvalidInput(f"unknown key; known are channel, {', '.join(_RULE_KEYS)}", f"{field}.{key}")
    asked = {_RULE_KEYS[key]: patterns.read(item[key], f"{field}.{key}") for key in item if key != "channel"}
    if not asked:
        raise InvalidInput("a rule needs at least one condition", field)
    return ChannelRule(name, **asked)


def classify(
    source: str | None,
    medium: str | None,
    campaign: str | None = None,
    *,
    rules: Rules = (),
    referrer_host: str = "",
    with_synonyms: bool = True,
) -> str:
    """Returns the channel: the site's own rules first, then our synonyms, then the rules of GA4.

    Args:
        source, medium, campaign: as reported; None and empty mean not set.
        rules: of the site, in order; the first that fits decides.
        referrer_host: lower-case, for the site's rules only.
        with_synonyms: False takes source and medium literally, as GA4 would.
    """
    for rule in rules:
        if rule.match(source or "", medium or "", campaign or "", referrer_host):
            return rule.channel
    words = (source or "").lower(), (medium or "").lower(), (campaign or "").lower()
    return _with_synonyms(*words) if with_synonyms else ga4(*words)


@lru_cache(maxsize=8192)
def _with_synonyms(source: str, medium: str, campaign: str) -> str:
    if medium in PAID_SOCIAL_MEDIA:
        return PAID_SOCIAL
    return ga4(SOURCE_SYNONYMS.get(source, source), MEDIUM_SYNONYMS.get(medium, medium), campaign)


def ga4(source: str, medium: str, campaign: str) -> str:
    """Returns the channel by Google's rules alone, plus `ai`, which takes only what Google leaves as a referral
    or unassigned. All three in lower case, empty when not set.
    """
    kind = kind_of_source(source)
    if source in (NO_SOURCE, "") and medium in (NO_MEDIUM, NOT_SET, ""):
        return DIRECT
    if "cross-network" in campaign:
        return CROSS_NETWORK
    is_shop = kind is Kind.SHOPPING or _SHOP.match(campaign) is not None
    if _PAID.match(medium):
        return _paid(kind, medium, is_shop)
    if medium in DISPLAY_MEDIA:
        return DISPLAY
    found = _organic(kind, medium, is_shop) or _by_words(source, medium)
    if found in (REFERRAL, UNASSIGNED) and (kind is Kind.AI or medium == "ai"):
        return AI
    return found


_PAID_KINDS = {Kind.SEARCH: PAID_SEARCH, Kind.SOCIAL: PAID_SOCIAL, Kind.VIDEO: PAID_VIDEO}


def _paid(kind: Kind | None, medium: str, is_shop: bool) -> str:
    if is_shop:
        return PAID_SHOPPING
    if kind in _PAID_KINDS:
        return _PAID_KINDS[kind]
    return DISPLAY if medium in DISPLAY_MEDIA else PAID_OTHER


def _organic(kind: Kind | None, medium: str, is_shop: bool) -> str | None:
    if is_shop:
        return ORGANIC_SHOPPING
    if kind is Kind.SOCIAL or medium in SOCIAL_MEDIA:
        return ORGANIC_SOCIAL
    if kind is Kind.VIDEO or "video" in medium:
        return ORGANIC_VIDEO
    if kind is Kind.SEARCH or medium == "organic":
        return ORGANIC_SEARCH
    return None


_WORDED: tuple[tuple[str, Callable[[str, str], bool]], ...] = (
    (REFERRAL, lambda source, medium: medium in REFERRAL_MEDIA),
    (EMAIL, lambda source, medium: bool(_EMAIL.search(source) or _EMAIL.search(medium))),
    (AFFILIATES, lambda source, medium: medium == "affiliate"),
    (AUDIO, lambda source, medium: medium == "audio"),
    (SMS, lambda source, medium: "sms" in (source, medium)),
    (PUSH, lambda source, medium: medium.endswith("push") or source == "firebase"),
    (PUSH, lambda source, medium: "mobile" in medium or "notification" in medium),
)


def _by_words(source: str, medium: str) -> str:
    return next((name for name, fits in _WORDED if fits(source, medium)), UNASSIGNED)


def is_paid_medium(medium: str | None) -> bool:
    """True for a medium that is bought: cpc, cpm, ppc, paid…, banners, targeted posts; synonyms included."""
    word = (medium or "").lower()
    word = MEDIUM_SYNONYMS.get(word, word)
    return word in DISPLAY_MEDIA or word in PAID_SOCIAL_MEDIA or _PAID.match(word) is not None
