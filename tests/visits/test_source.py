"""Where visits come from: one row per kind of evidence, then which evidence wins."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.values import landing_url
from tracker.visits import channel
from tracker.visits.source import Source, campaign_key, classify

OWN = ("example.com", "example.ru")


def named(query: str = "", referrer: str | None = None) -> Source:
    return classify(landing_url.parse(f"https://www.example.com/page{query}"), referrer, OWN)


OPENSTAT = "direct.yandex.ru;1234;56789;yandex.ru:premium"
CODED = base64.b64encode(OPENSTAT.encode()).decode()

# query, referrer -> named_by, source, medium, channel, is_paid
EVIDENCE = {
    "UTM": ("?utm_source=google&utm_medium=cpc", None, "utm", "google", "cpc", "paid-search", True),
    "UTM, unpaid": ("?utm_source=flyer&utm_medium=offline", None, "utm", "flyer", "offline", "unassigned", False),
    "UTM without medium": ("?utm_source=google", None, "utm", "google", "(not set)", "organic-search", False),
    "UTM without medium, click id": (
        "?utm_source=google&gclid=a", None, "utm", "google", "(not set)", "paid-search", True),
    "UTM synonym": ("?utm_source=vk&utm_medium=target", None, "utm", "vk", "target", "paid-social", True),
    "UTM without source is not enough": ("?utm_medium=cpc", None, "direct", "(direct)", "(none)", "direct", False),
    "gclid": ("?gclid=A", None, "click_id", "google", "cpc", "paid-search", True),
    "gbraid": ("?gbraid=A", None, "click_id", "google", "cpc", "paid-search", True),
    "wbraid": ("?wbraid=A", None, "click_id", "google", "cpc", "paid-search", True),
    "dclid": ("?dclid=A", None, "click_id", "google", "cpm", "paid-search", True),
    "yclid": ("?yclid=1", "https://yandex.ru/", "click_id", "yandex", "cpc", "paid-search", True),
    "msclkid": ("?msclkid=A", None, "click_id", "bing", "cpc", "paid-search", True),
    "rb_clickid": ("?rb_clickid=A", None, "click_id", "vk", "cpc", "paid-social", True),
    "ttclid": ("?ttclid=A", None, "click_id", "tiktok", "cpc", "paid-social", True),
    "openstat in base64": (
        f"?_openstat={CODED}", None, "openstat", "direct.yandex.ru", "(not set)", "unassigned", False),
    "openstat in clear": (
        "?_openstat=market.yandex.ru;a;b;c", None, "openstat", "market.yandex.ru", "(not set)",
        "organic-shopping", False),
    "openstat that cannot be read": ("?_openstat=%%%", None, "direct", "(direct)", "(none)", "direct", False),
    "from": ("?from=partner7", None, "from", "partner7", "(not set)", "unassigned", False),
    "from on a link of the site itself": (
        "?from=menu", "https://example.com/", "direct", "(direct)", "(none)", "direct", False),
    "ysclid kept by the site": (
        "?ysclid=l90c4r6o", "https://example.com/", "direct", "(direct)", "(none)", "direct", False),
    "search": ("", "https://www.google.com/", "referrer", "google", "organic", "organic-search", False),
    "search abroad": ("", "https://www.google.co.uk/", "referrer", "google", "organic", "organic-search", False),
    "search, Yandex mobile": ("", "https://m.yandex.ru/", "referrer", "yandex", "organic", "organic-search", False),
    "search, short Yandex": ("", "https://ya.ru/", "referrer", "yandex", "organic", "organic-search", False),
    "search, Turkey": ("", "https://yandex.com.tr/", "referrer", "yandex", "organic", "organic-search", False),
    "search, application": (
        "", "android-app://com.google.android.googlequicksearchbox/", "referrer", "google", "organic",
        "organic-search", False),
    "search, Mail.ru": ("", "https://go.mail.ru/search?q=x", "referrer", "mail.ru", "organic", "organic-search", False),
    "search, Yahoo": ("", "https://r.search.yahoo.com/", "referrer", "yahoo", "organic", "organic-search", False),
    "ysclid without referrer": (
        "?ysclid=l90c4r6o2s679264207", None, "referrer", "yandex", "organic", "organic-search", False),
    "fbclid alone": ("?fbclid=A", None, "direct", "(direct)", "(none)", "direct", False),
    "fbclid with referrer": (
        "?fbclid=A", "https://l.facebook.com/", "referrer", "facebook.com", "social", "organic-social", False),
    "social": ("", "https://away.vk.com/away.php", "referrer", "vk.com", "social", "organic-social", False),
    "social, short links": ("", "https://t.co/abc", "referrer", "twitter.com", "social", "organic-social", False),
    "messenger application": (
        "", "android-app://org.telegram.messenger/", "referrer", "t.me", "social", "organic-social", False),
    "video": ("", "https://m.youtube.com/watch", "referrer", "youtube.com", "referral", "organic-video", False),
    "shopping": (
        "", "https://market.yandex.ru/", "referrer", "market.yandex.ru", "referral", "organic-shopping", False),
    "assistant": ("", "https://chatgpt.com/", "referrer", "chatgpt.com", "ai", "ai", False),
    "assistant of a search company": (
        "", "https://gemini.google.com/", "referrer", "gemini.google.com", "ai", "ai", False),
    "mail": ("", "https://mail.google.com/", "referrer", "mail.google.com", "email", "email", False),
    "mail, Yandex": ("", "https://mail.yandex.ru/", "referrer", "mail.yandex.ru", "email", "email", False),
    "other service of a search company": (
        "", "https://docs.google.com/", "referrer", "docs.google.com", "referral", "referral", False),
    "other site": ("", "https://www.partner.example/x", "referrer", "partner.example", "referral", "referral", False),
    "lookalike host": (
        "", "https://google.com.evil.example/", "referrer", "google.com.evil.example", "referral", "referral", False),
    "lookalike name": ("", "https://notvk.com/", "referrer", "notvk.com", "referral", "referral", False),
    "search engine named in the path": (
        "", "https://partner.example/google.com/", "referrer", "partner.example", "referral", "referral", False),
    "own page": ("", "https://example.com/", "direct", "(direct)", "(none)", "direct", False),
    "own sub-domain": ("", "https://shop.example.ru:8080/", "direct", "(direct)", "(none)", "direct", False),
    "end of the own name": ("", "https://notexample.com/", "referrer", "notexample.com", "referral", "referral", False),
    "payment page": ("", "https://yoomoney.ru/checkout", "direct", "(direct)", "(none)", "direct", False),
    "sign-in page": ("", "https://accounts.google.com/", "direct", "(direct)", "(none)", "direct", False),
    "nothing": ("", None, "direct", "(direct)", "(none)", "direct", False),
    "empty referrer": ("", "", "direct", "(direct)", "(none)", "direct", False),
    "referrer that is no address": ("", "about:blank", "direct", "(direct)", "(none)", "direct", False),
}  # fmt: skip


@pytest.mark.parametrize(
    ("query", "referrer", "named_by", "source", "medium", "expected_channel", "is_paid"),
    EVIDENCE.values(),
    ids=EVIDENCE.keys(),
)
def test_evidence_is_read(
    query: str,
    referrer: str | None,
    named_by: str,
    source: str,
    medium: str,
    expected_channel: str,
    is_paid: bool,
) -> None:
    found = named(query, referrer)

    assert (found.named_by, found.source, found.medium) == (named_by, source, medium)
    assert (found.channel, found.is_paid) == (expected_channel, is_paid)


def test_better_evidence_wins() -> None:
    marks = ["utm_source=utm", "gclid=A", "_openstat=openstat;;;", "from=label"]
    order = []
    while marks:
        order.append(named("?" + "&".join(marks), "https://www.google.com/").named_by)
        marks.pop(0)
    order.append(named("", "https://www.google.com/").named_by)

    assert order == ["utm", "click_id", "openstat", "from", "referrer"]


def test_utm_stays_as_written() -> None:
    found = named("?utm_source=Google&utm_medium=CPC&utm_campaign=Sale&utm_term=red+shoes&utm_content=b1")

    assert (found.utm_source, found.utm_medium, found.utm_campaign) == ("Google", "CPC", "Sale")
    assert (found.utm_term, found.utm_content) == ("red shoes", "b1")
    assert (found.campaign, found.term, found.content) == ("Sale", "red shoes", "b1")


def test_utm_is_empty_when_the_address_has_none() -> None:
    found = named("?gclid=A", "https://www.google.com/")

    assert (found.utm_source, found.utm_medium, found.utm_campaign) == (None, None, None)
    assert found.click_ids == {"gclid": "A"}


def test_openstat_names_campaign_ad_and_place() -> None:
    found = named(f"?_openstat={CODED.rstrip('=')}")

    assert (found.campaign, found.content, found.term) == ("1234", "56789", "yandex.ru:premium")
    assert found.click_ids == {"_openstat": CODED.rstrip("=")}


def test_search_words_are_kept_when_the_engine_shows_them() -> None:
    assert named("", "https://yandex.ru/search/?text=%D0%BE%D0%BA%D0%BD%D0%B0").term == "окна"


def test_utm_referrer_stands_for_the_referrer() -> None:
    found = named("?utm_referrer=https%3A%2F%2Fvk.com%2Fclub", "https://example.com/")

    assert (found.referrer, found.source) == ("https://vk.com/club", "vk.com")


def test_utm_referrer_without_host_is_ignored() -> None:
    assert named("?utm_referrer=x", "https://vk.com/").referrer == "https://vk.com/"


def test_rules_of_the_site_see_the_referrer() -> None:
    rules = channel.read_rules([{"channel": "maps", "referrer_host": "maps.example.org"}])
    url = landing_url.parse("https://example.com/")

    assert classify(url, "https://maps.example.org/x", OWN, rules).channel == "maps"


def test_landing_page_is_the_address() -> None:
    assert named("?a=1").landing_page == "https://www.example.com/page?a=1"
    assert len(named("?a=" + "x" * 5000).landing_page) == 2048


SAME_CAMPAIGN = {
    "same tags": ("?utm_source=a&utm_medium=b", "?utm_medium=b&utm_source=a", True),
    "other case": ("?utm_source=a", "?utm_source=A", True),
    "another click on the same ad": ("?utm_source=a&gclid=1", "?utm_source=a&gclid=2", True),
    "another page": ("?utm_source=a", "?utm_source=a&page=2", True),
    "other campaign": ("?utm_source=a&utm_campaign=1", "?utm_source=a&utm_campaign=2", False),
    "other content": ("?utm_source=a&utm_content=1", "?utm_source=a&utm_content=2", False),
    "another click without tags": ("?gclid=1", "?gclid=2", False),
    "same click": ("?gclid=1", "?gclid=1&x=2", True),
    "value moved to another field": ("?utm_source=a&utm_term=1", "?utm_source=a&utm_content=1", False),
}


@pytest.mark.parametrize(("first", "second", "is_same"), SAME_CAMPAIGN.values(), ids=SAME_CAMPAIGN.keys())
def test_campaign_key_tells_campaigns_apart(first: str, second: str, is_same: bool) -> None:
    assert (campaign_key(named(first)) == campaign_key(named(second))) is is_same


def test_direct_and_own_pages_have_no_campaign() -> None:
    assert campaign_key(named()) is None
    assert campaign_key(named("", "https://example.com/")) is None
    assert campaign_key(named("", "https://yoomoney.ru/")) is None


def test_referrers_are_campaigns_of_their_own() -> None:
    search = campaign_key(named("", "https://www.google.com/search?q=a"))

    assert search == campaign_key(named("", "https://google.de/search?q=b"))
    assert search != campaign_key(named("", "https://yandex.ru/"))
    assert search is not None
    assert len(search) == 16


@given(st.text(max_size=60), st.text(max_size=60))
def test_any_input_has_a_source(query: str, referrer: str) -> None:
    found = named("?" + query, referrer)

    assert found.source
    assert found.medium
    assert found.channel in channel.CHANNELS
    assert (campaign_key(found) is None) == (found.named_by == "direct")
