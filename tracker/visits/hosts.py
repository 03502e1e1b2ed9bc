"""Which hosts and source names belong to search engines, social networks, shops, video sites, assistants and mail.

Data only, with one question: what is this host or name. Whole labels are compared, never parts of words:
`m.vk.com` is vk.com, `notvk.com` is not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache


class Kind(StrEnum):
    """What sort of place a visitor came from."""

    SEARCH = "search"
    SOCIAL = "social"
    SHOPPING = "shopping"
    VIDEO = "video"
    AI = "ai"
    MAIL = "mail"
    PASSAGE = "passage"  # payment and sign-in pages that send the visitor back


@dataclass(frozen=True, slots=True)
class Place:
    """A known place: its kind, the name sources are reported under, the query parameter of the search words."""

    kind: Kind
    name: str
    keyword: str | None = None


# Engines with a domain per country: brand.<tld>, brand.co.<tld>, brand.com.<tld>. Only these sub-domains are
# the search itself; mail., docs., direct. or metrika. are other services of the same company.
_WORLDWIDE_ENGINES = {"google": "q", "yandex": "text"}
_WORLDWIDE = re.compile(
    r"(?:(?:www|m|images|ipv4|ipv6)\.)?(google|yandex)\.(?:com|cat|eu|[a-z]{2}|(?:co|com)\.[a-z]{2})"
)
_WORLDWIDE_PLACES = (
    (re.compile(r"market\.yandex\.[a-z]{2,3}"), Place(Kind.SHOPPING, "market.yandex.ru")),
    (re.compile(r"e?mail\.yandex\.[a-z]{2,3}(?:\.tr)?"), Place(Kind.MAIL, "mail.yandex.ru")),
    (re.compile(r"(?:www\.)?(?:amazon|ebay)\.(?:com|[a-z]{2}|(?:co|com)\.[a-z]{2})"), Place(Kind.SHOPPING, "")),
    (re.compile(r"(?:www\.|[a-z]{2}\.)?pinterest\.(?:com|[a-z]{2}|(?:co|com)\.[a-z]{2})"),
     Place(Kind.SOCIAL, "pinterest.com")),
)  # fmt: skip

# host (with its sub-domains) -> (name, parameter of the search words)
_ENGINES = {
    "ya.ru": ("yandex", "text"),
    "com.google.android.googlequicksearchbox": ("google", "q"),
    "bing.com": ("bing", "q"),
    "search.yahoo.com": ("yahoo", "p"),
    "search.yahoo.co.jp": ("yahoo", "p"),
    "duckduckgo.com": ("duckduckgo", "q"),
    "go.mail.ru": ("mail.ru", "q"),
    "nova.rambler.ru": ("rambler", "query"),
    "sputnik.ru": ("sputnik.ru", "q"),
    "baidu.com": ("baidu", "wd"),
    "ecosia.org": ("ecosia.org", "q"),
    "search.brave.com": ("brave", "q"),
    "qwant.com": ("qwant", "q"),
    "startpage.com": ("startpage", "query"),
    "search.naver.com": ("naver", "query"),
    "search.seznam.cz": ("seznam", "q"),
    "search.daum.net": ("daum", "q"),
    "sogou.com": ("sogou", "query"),
    "ask.com": ("ask", "q"),
    "search.aol.com": ("aol", "q"),
    "meta.ua": ("meta.ua", "q"),
    "nigma.ru": ("nigma.ru", "s"),
}
# Source names that mean an engine without being a host.
_ENGINE_NAMES = frozenset(
    {"google", "yandex", "bing", "yahoo", "duckduckgo", "baidu", "brave", "qwant", "startpage", "naver", "seznam",
     "daum", "sogou", "ask", "aol", "rambler", "mail.ru", "ecosia", "msn"}
)  # fmt: skip

# name of the network -> its hosts (with their sub-domains); the first one is the name
_SOCIAL = (
    ("vk.com", "vkontakte.ru", "vk.ru"),
    ("ok.ru", "odnoklassniki.ru"),
    ("facebook.com", "fb.me", "fb.com"),
    ("instagram.com",),
    ("t.me", "telegram.org", "telegram.me", "org.telegram.messenger", "telegram.dog"),
    ("twitter.com", "x.com", "t.co"),
    ("linkedin.com", "lnkd.in"),
    ("tiktok.com",),
    ("threads.net", "threads.com"),
    ("reddit.com",),
    ("my.mail.ru",),
    ("livejournal.com",),
    ("dzen.ru", "zen.yandex.ru", "zen.yandex.com"),
    ("pikabu.ru",),
    ("habr.com",),
    ("discord.com", "discord.gg"),
    ("snapchat.com",),
    ("bsky.app",),
    ("whatsapp.com", "wa.me"),
    ("tumblr.com",),
    ("weibo.com",),
    ("wechat.com",),
    ("stackoverflow.com",),
    ("github.com",),
    ("flickr.com",),
    ("pinterest.com", "pin.it"),
    ("quora.com",),
    ("medium.com",),
    ("viber.com",),
    ("max.ru",),
)
_SOCIAL_NAMES = frozenset(
    {"facebook", "instagram", "twitter", "linkedin", "tiktok", "pinterest", "reddit", "snapchat", "threads",
     "tumblr", "quora", "livejournal", "whatsapp", "weibo", "wechat", "messenger"}
)  # fmt: skip

_VIDEO = (
    ("youtube.com", "youtu.be", "com.google.android.youtube"),
    ("rutube.ru",),
    ("vimeo.com",),
    ("twitch.tv",),
    ("dailymotion.com",),
    ("vkvideo.ru", "video.vk.com"),
    ("netflix.com",),
    ("ted.com",),
)
_VIDEO_NAMES = frozenset({"youtube", "vimeo", "twitch", "dailymotion", "rutube", "netflix"})

_SHOPPING = (
    ("ozon.ru",),
    ("wildberries.ru", "wb.ru"),
    ("avito.ru",),
    ("aliexpress.com", "aliexpress.ru"),
    ("alibaba.com",),
    ("etsy.com",),
    ("walmart.com",),
    ("shopify.com", "shop.app"),
    ("megamarket.ru",),
    ("price.ru",),
    ("shopping.google.com",),
)
_SHOPPING_NAMES = frozenset({"amazon", "ebay", "etsy", "walmart", "alibaba", "aliexpress", "shopify"})

_AI = (
    ("chatgpt.com", "chat.openai.com"),
    ("claude.ai",),
    ("copilot.microsoft.com", "copilot.com"),
    ("gemini.google.com",),
    ("perplexity.ai",),
    ("chat.deepseek.com",),
    ("grok.com",),
    ("chat.mistral.ai",),
    ("meta.ai",),
    ("you.com",),
    ("duck.ai",),
    ("chat.qwen.ai",),
    ("alice.yandex.ru",),
)
_AI_NAMES = frozenset({"chatgpt", "openai", "claude", "copilot", "gemini", "perplexity", "deepseek", "grok"})

_MAIL = (
    ("mail.google.com", "com.google.android.gm"),
    ("e.mail.ru", "light.mail.ru", "touch.mail.ru"),
    ("mail.rambler.ru",),
    ("mail.yahoo.com",),
    ("outlook.live.com", "outlook.office.com", "outlook.office365.com"),
)

_PASSAGE = (
    ("yookassa.ru", "yoomoney.ru", "money.yandex.ru"),
    ("paypal.com",),
    ("checkout.stripe.com", "hooks.stripe.com"),
    ("securepay.tinkoff.ru", "securepay.tbank.ru", "securepayments.tinkoff.ru"),
    ("securepayments.sberbank.ru", "3dsec.sberbank.ru", "id.sber.ru"),
    ("auth.robokassa.ru",),
    ("qr.nspk.ru",),
    ("accounts.google.com",),
    ("passport.yandex.ru", "oauth.yandex.ru"),
    ("id.vk.com", "oauth.vk.com", "login.vk.com", "id.vk.ru"),
    ("appleid.apple.com",),
    ("login.microsoftonline.com", "login.live.com"),
    ("esia.gosuslugi.ru",),
)


def _table() -> dict[str, Place]:
    places = {host: Place(Kind.SEARCH, name, keyword) for host, (name, keyword) in _ENGINES.items()}
    for kind, groups in (
        (Kind.SOCIAL, _SOCIAL),
        (Kind.VIDEO, _VIDEO),
        (Kind.SHOPPING, _SHOPPING),
        (Kind.AI, _AI),
        (Kind.MAIL, _MAIL),
        (Kind.PASSAGE, _PASSAGE),
    ):
        places.update((host, Place(kind, group[0])) for group in groups for host in group)
    return places


_PLACES = _table()
_NAMES = {
    name: Place(kind, name)
    for kind, names in (
        (Kind.SEARCH, _ENGINE_NAMES),
        (Kind.SOCIAL, _SOCIAL_NAMES),
        (Kind.VIDEO, _VIDEO_NAMES),
        (Kind.SHOPPING, _SHOPPING_NAMES),
        (Kind.AI, _AI_NAMES),
    )
    for name in names
}


@lru_cache(maxsize=4096)
def place_of(host: str) -> Place | None:
    """Tells what a host is, None when it is not known.

    Args:
        host: lower-case, without port, e.g. `www.google.co.uk`, `away.vk.com`.
    """
    engine = _WORLDWIDE.fullmatch(host)
    if engine:
        return Place(Kind.SEARCH, engine[1], _WORLDWIDE_ENGINES[engine[1]])
    for pattern, place in _WORLDWIDE_PLACES:
        if pattern.fullmatch(host):
            return place if place.name else Place(place.kind, host.removeprefix("www."))
    name = host
    while "." in name:
        if name in _PLACES:
            return _PLACES[name]
        name = name.partition(".")[2]
    return None


@lru_cache(maxsize=4096)
def kind_of_source(source: str) -> Kind | None:
    """Tells what sort of place a lower-case source names, be it a word (`google`) or a host (`m.vk.com`)."""
    place = _NAMES.get(source) or place_of(source)
    return place.kind if place else None
