"""Channels: Google's rules row by row, then what we add before them."""

from __future__ import annotations

import pytest

from tracker.errors import InvalidInput
from tracker.visits import channel

GOOGLE = {
    "nothing known": ("", "", "", "direct"),
    "direct": ("(direct)", "(none)", "", "direct"),
    "direct, medium not set": ("(direct)", "(not set)", "", "direct"),
    "cross-network campaign": ("google", "cpc", "cross-network", "cross-network"),
    "paid search, Google": ("google", "cpc", "", "paid-search"),
    "paid search, Yandex": ("yandex", "cpc", "", "paid-search"),
    "cpm contains cp, so a search engine is paid search": ("google", "cpm", "", "paid-search"),
    "ppc": ("bing", "ppc", "", "paid-search"),
    "search engine by host": ("yandex.ru", "cpc", "", "paid-search"),
    "display": ("newsite", "cpm", "", "display"),
    "banner": ("newsite", "banner", "", "display"),
    "paid social": ("vk.com", "cpc", "", "paid-social"),
    "paid social by sub-domain": ("m.vk.com", "cpc", "", "paid-social"),
    "vk is not in the list": ("vk", "cpc", "", "paid-other"),
    "cpv contains cp": ("youtube", "cpv", "", "paid-video"),
    "retargeting": ("ex", "retargeting", "", "paid-other"),
    "paid anything": ("ex", "paid-posts", "", "paid-other"),
    "paid shopping by campaign": ("google", "cpc", "eshop", "paid-shopping"),
    "paid shopping by part of a campaign": ("google", "cpc", "my-shop", "paid-shopping"),
    "paid shopping by word": ("google", "cpc", "autumn shopping", "paid-shopping"),
    "a workshop is no shop": ("google", "cpc", "workshop", "paid-search"),
    "paid shopping by source": ("ozon.ru", "cpc", "", "paid-shopping"),
    "organic shopping": ("amazon.de", "referral", "", "organic-shopping"),
    "organic social by source": ("facebook.com", "referral", "", "organic-social"),
    "organic social by medium": ("club", "social", "", "organic-social"),
    "organic social by spaced medium": ("club", "social media", "", "organic-social"),
    "organic video by source": ("youtube.com", "referral", "", "organic-video"),
    "organic video by medium": ("club", "video-post", "", "organic-video"),
    "organic search by source": ("google", "(not set)", "", "organic-search"),
    "organic search, no medium": ("google", "", "", "organic-search"),
    "organic search by medium": ("unknown-engine", "organic", "", "organic-search"),
    "referral": ("partner", "referral", "", "referral"),
    "link": ("partner", "link", "", "referral"),
    "email": ("mail", "email", "", "email"),
    "email with a dash": ("list", "e-mail", "", "email"),
    "email in the source": ("e_mail", "august", "", "email"),
    "email as one word of several": ("list", "weekly email", "", "email"),
    "email inside another word is none": ("list", "femailer", "", "unassigned"),
    "affiliate": ("ex", "affiliate", "", "affiliates"),
    "audio": ("ex", "audio", "", "audio"),
    "sms": ("ex", "sms", "", "sms"),
    "sms in the source": ("sms", "x", "", "sms"),
    "push": ("ex", "web-push", "", "push"),
    "mobile": ("ex", "mobile", "", "push"),
    "notification": ("ex", "notification-a", "", "push"),
    "firebase": ("firebase", "x", "", "push"),
    "nothing matches": ("flyer", "offline", "", "unassigned"),
    "source without medium": ("flyer", "", "", "unassigned"),
    "assistant": ("chatgpt.com", "", "", "ai"),
    "assistant, referral": ("perplexity.ai", "referral", "", "ai"),
    "our label": ("other", "ai", "", "ai"),
    "paid assistant stays paid": ("chatgpt.com", "cpc", "", "paid-other"),
    "part of a name is not the name": ("notgoogle", "referral", "", "referral"),
    "part of a host is not the host": ("notvk.com", "referral", "", "referral"),
    "host as sub-domain of another": ("google.com.evil.example", "x", "", "unassigned"),
    "another service of the company": ("docs.google.com", "x", "", "unassigned"),
}


@pytest.mark.parametrize(("source", "medium", "campaign", "expected"), GOOGLE.values(), ids=GOOGLE.keys())
def test_google_rules(source: str, medium: str, campaign: str, expected: str) -> None:
    assert channel.ga4(source, medium, campaign) == expected


OURS = {
    "vk": ("vk", "cpc", "paid-social"),
    "vk, unpaid": ("VK", "post", "organic-social"),
    "Yandex Direct": ("yandex_direct", "cpc", "paid-search"),
    "Yandex Direct with a dot": ("Yandex.Direct", "CPC", "paid-search"),
    "Google Ads": ("adwords", "cpc", "paid-search"),
    "smm": ("club", "smm", "organic-social"),
    "targeted posts": ("vk", "target", "paid-social"),
    "targeted posts, network not named": ("autumn", "target", "paid-social"),
    "paid_social": ("autumn", "paid_social", "paid-social"),
    "Telegram": ("tg", "", "organic-social"),
    "Telegram as a medium": ("channel-one", "tg", "organic-social"),
    "newsletter": ("base", "newsletter", "email"),
    "context": ("yandex", "context", "paid-search"),
    "a word that contains a synonym": ("vkusno", "cpc", "paid-other"),
    "nothing": (None, None, "direct"),
}


@pytest.mark.parametrize(("source", "medium", "expected"), OURS.values(), ids=OURS.keys())
def test_synonyms_come_before_the_rules(source: str | None, medium: str | None, expected: str) -> None:
    assert channel.classify(source, medium) == expected


def test_rules_of_the_site_come_first() -> None:
    rules = channel.read_rules(
        [
            {"channel": "maps", "utm_source": ["2gis*", "yandex_maps"]},
            {"channel": "referral", "referrer_host": "*.forum.example"},
            {"channel": "brand-search", "utm_medium": "cpc", "utm_campaign": "*brand*"},
        ]
    )

    assert channel.classify("2GIS-spb", "cpc", rules=rules) == "maps"
    assert channel.classify("a", "b", rules=rules, referrer_host="x.forum.example") == "referral"
    assert channel.classify("google", "cpc", "my-brand-1", rules=rules) == "brand-search"
    assert channel.classify("google", "organic", "my-brand-1", rules=rules) == "organic-search"


WRONG_RULES = {
    "unknown key": ({"channel": "maps", "utm_sorce": "x"}, "channels.0.utm_sorce"),
    "no channel": ({"utm_source": "x"}, "channels.0.channel"),
    "channel with capitals": ({"channel": "Maps", "utm_source": "x"}, "channels.0.channel"),
    "no condition": ({"channel": "maps"}, "channels.0"),
    "empty list": ({"channel": "maps", "utm_source": []}, "channels.0.utm_source"),
    "wildcard in the middle": ({"channel": "maps", "utm_source": "a*b"}, "channels.0.utm_source"),
}


@pytest.mark.parametrize(("rule", "field"), WRONG_RULES.values(), ids=WRONG_RULES.keys())
def test_wrong_rule_is_refused(rule: dict[str, object], field: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        channel.read_rules([rule])

    assert refused.value.field == field


@pytest.mark.parametrize("medium", ["cpc", "CPM", "ppc", "paid-search", "banner", "target", "retargeting", "context"])
def test_bought_medium_is_paid(medium: str) -> None:
    assert channel.is_paid_medium(medium)


@pytest.mark.parametrize("medium", [None, "", "organic", "social", "email", "referral", "offline"])
def test_other_medium_is_not_paid(medium: str | None) -> None:
    assert not channel.is_paid_medium(medium)
