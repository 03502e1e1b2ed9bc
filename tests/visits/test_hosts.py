"""What hosts are: whole labels, never parts of words."""

from __future__ import annotations

import pytest

from tracker.visits.hosts import Kind, kind_of_source, place_of

KNOWN = {
    "google.com": (Kind.SEARCH, "google"),
    "www.google.com.br": (Kind.SEARCH, "google"),
    "images.google.de": (Kind.SEARCH, "google"),
    "yandex.kz": (Kind.SEARCH, "yandex"),
    "cn.bing.com": (Kind.SEARCH, "bing"),
    "uk.search.yahoo.com": (Kind.SEARCH, "yahoo"),
    "m.vk.com": (Kind.SOCIAL, "vk.com"),
    "lm.facebook.com": (Kind.SOCIAL, "facebook.com"),
    "web.telegram.org": (Kind.SOCIAL, "t.me"),
    "zen.yandex.ru": (Kind.SOCIAL, "dzen.ru"),
    "ru.pinterest.com": (Kind.SOCIAL, "pinterest.com"),
    "my.mail.ru": (Kind.SOCIAL, "my.mail.ru"),
    "youtu.be": (Kind.VIDEO, "youtube.com"),
    "video.vk.com": (Kind.VIDEO, "vkvideo.ru"),
    "www.amazon.co.uk": (Kind.SHOPPING, "amazon.co.uk"),
    "market.yandex.ru": (Kind.SHOPPING, "market.yandex.ru"),
    "chat.openai.com": (Kind.AI, "chatgpt.com"),
    "gemini.google.com": (Kind.AI, "gemini.google.com"),
    "e.mail.ru": (Kind.MAIL, "e.mail.ru"),
    "mail.yandex.by": (Kind.MAIL, "mail.yandex.ru"),
    "accounts.google.com": (Kind.PASSAGE, "accounts.google.com"),
}


@pytest.mark.parametrize(("host", "expected"), KNOWN.items(), ids=KNOWN.keys())
def test_host_is_known(host: str, expected: tuple[Kind, str]) -> None:
    place = place_of(host)

    assert place is not None
    assert (place.kind, place.name) == expected


UNKNOWN = ["", "example.com", "google", "notgoogle.com", "google.com.evil.example", "google.example", "docs.google.com",
           "direct.yandex.ru", "metrika.yandex.ru", "mail.ru", "avk.com", "vk.com.example", "com", "t.com"]  # fmt: skip


@pytest.mark.parametrize("host", UNKNOWN)
def test_other_host_is_not(host: str) -> None:
    assert place_of(host) is None


def test_source_may_be_a_word_or_a_host() -> None:
    assert kind_of_source("google") is Kind.SEARCH
    assert kind_of_source("m.vk.com") is Kind.SOCIAL
    assert kind_of_source("youtube") is Kind.VIDEO
    assert kind_of_source("vk") is None
