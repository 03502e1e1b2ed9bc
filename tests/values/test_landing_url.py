"""What is read from the address of a page."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.values import landing_url

PLACES = {
    "plain": ("https://example.com/a/b", "example.com", "/a/b"),
    "no path": ("https://example.com", "example.com", "/"),
    "query at once": ("https://example.com?a=1", "example.com", "/"),
    "port": ("http://localhost:8000/x", "localhost", "/x"),
    "capitals": ("HTTPS://WWW.Example.COM/Path", "www.example.com", "/Path"),
    "final dot": ("https://example.com./", "example.com", "/"),
    "credentials": ("https://user:pass@example.com/", "example.com", "/"),
    "host in credentials": ("https://google.com@evil.example/", "evil.example", "/"),
    "national letters": ("https://пример.рф/", "xn--e1afmkfd.xn--p1ai", "/"),
    "IPv6": ("http://[::1]:80/x", "[::1]", "/x"),
    "application": ("android-app://org.telegram.messenger/", "org.telegram.messenger", "/"),
    "address inside the query": ("https://a.example/?u=https://b.example/", "a.example", "/"),
    "no address": ("about:blank", "", "about:blank"),
    "empty": ("", "", "/"),
}


@pytest.mark.parametrize(("text", "host", "path"), PLACES.values(), ids=PLACES.keys())
def test_host_and_path_are_read(text: str, host: str, path: str) -> None:
    url = landing_url.parse(text)

    assert (url.host, url.path) == (host, path)
    assert landing_url.host_of(text) == host


VALUES = {
    "plain": ("utm_source=google", "google"),
    "capitals in the name": ("UTM_Source=Google", "Google"),
    "UTF-8": ("utm_source=%D0%B2%D0%BA", "вк"),
    "cp1251": ("utm_source=%E2%EA", "вк"),
    "not encoded": ("utm_source=вк", "вк"),
    "plus is a space": ("utm_source=a+b", "a b"),
    "encoded plus": ("utm_source=a%2Bb", "a+b"),
    "first wins": ("utm_source=a&utm_source=b", "a"),
    "empty does not count": ("utm_source=&utm_source=b", "b"),
    "trimmed": ("utm_source=%20a%20", "a"),
    "cut": ("utm_source=" + "x" * 300, "x" * 255),
    "control characters go": ("utm_source=a%00b%0A", "ab"),
    "equals sign inside": ("utm_source=a=b", "a=b"),
    "ampersand written as an entity": ("x=1&amp;utm_source=a", "a"),
    "encoded name": ("utm%5Fsource=a", "a"),
    "other macro first": ("utm_source={src}&utm_source=b", "b"),
    "macro": ("utm_source={keyword}", None),
    "double macro": ("utm_source={{campaign_id}}", None),
    "encoded macro": ("utm_source=%7Bkeyword%7D", None),
    "per cent macro": ("utm_source=%%KEYWORD%%", None),
    "per cent macro that looks like an escape": ("utm_source=%%CAMPAIGN%%", None),
    "encoded per cent macro": ("utm_source=%25%25CAMPAIGN%25%25", None),
    "macro inside a value": ("utm_source=a_{id}", "a_{id}"),
    "only a space": ("utm_source=+", None),
    "no equals sign": ("utm_source", None),
    "broken escape": ("utm_source=50%zz", "50%zz"),
}


@pytest.mark.parametrize(("query", "value"), VALUES.values(), ids=VALUES.keys())
def test_parameter_is_read(query: str, value: str | None) -> None:
    assert landing_url.parse(f"https://example.com/?{query}").params.get("utm_source") == value


def test_fragment_is_read_when_the_query_has_no_marks() -> None:
    for fragment in ("utm_source=a&x=1", "/route?utm_source=a", "!/route?y=2&utm_source=a"):
        assert landing_url.parse(f"https://example.com/?page=2#{fragment}").params == {
            "page": "2",
            "utm_source": "a",
        }


def test_fragment_is_left_out_when_the_query_has_marks() -> None:
    url = landing_url.parse("https://example.com/?gclid=A#utm_source=a")

    assert url.params == {"gclid": "A"}


def test_click_ids_keep_their_case() -> None:
    url = landing_url.parse("https://example.com/?GCLID=EAIaIQ-x&yclid=123&ScCid=Zz&other=1")

    assert url.click_ids == {"gclid": "EAIaIQ-x", "yclid": "123", "sccid": "Zz"}


@given(st.text(max_size=80))
def test_any_text_is_taken(text: str) -> None:
    url = landing_url.parse("https://example.com/" + text)

    assert url.host == landing_url.host_of(url.text)
    assert all(value and len(value) <= 255 and "\x00" not in value for value in url.params.values())


@given(st.text(max_size=80))
def test_any_address_is_taken(text: str) -> None:
    assert landing_url.parse(text).text == text
