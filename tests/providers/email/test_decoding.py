"""Bytes and header words of real letters become storable text."""

from __future__ import annotations

import base64

import pytest

from tracker.providers.email.decoding import decoded, header_text

TEXT = "Сколько стоит доставка в Тверь?"

BODIES = {
    "utf-8": (TEXT.encode(), "utf-8", TEXT),
    "windows-1251": (TEXT.encode("cp1251"), "windows-1251", TEXT),
    "koi8-r": (TEXT.encode("koi8-r"), "KOI8-R", TEXT),
    "none, utf-8": (TEXT.encode(), None, TEXT),
    "none, windows-1251": (TEXT.encode("cp1251"), None, TEXT),
    "none, koi8-r": (TEXT.encode("koi8-r"), None, TEXT),
    "misspelt": (TEXT.encode("cp1251"), "windows-1251x", TEXT),
    "of a database": (TEXT.encode(), "utf8mb4", TEXT),
    "false utf-8": (TEXT.encode("cp1251"), "utf-8", TEXT),
    "false ascii": (TEXT.encode(), "us-ascii", TEXT),
    "no charset at all": (b"plain", "x-unknown", "plain"),
    "codec that is no charset": (b"plain", "zlib", "plain"),
    "codec of domains": (b"xn--e1afmkfd", "idna", "xn--e1afmkfd"),
    "Western European": (b"caf\xe9 ol\xe9", "x-unknown", "café olé"),
    "emoji": ("👍".encode(), "utf-8", "👍"),
    "line ends": (b"a\r\nb\rc", "utf-8", "a\nb\nc"),
    "empty": (b"", "utf-8", ""),
}


@pytest.mark.parametrize("case", BODIES)
def test_body_in(case: str) -> None:
    data, charset, expected = BODIES[case]

    assert decoded(data, charset) == expected


def word(text: str, charset: str) -> str:
    return f"=?{charset}?B?{base64.b64encode(text.encode(charset)).decode()}?="


HEADERS = {
    "plain": ("Price", "Price"),
    "encoded word": (word("Цена", "koi8-r"), "Цена"),
    "quoted-printable": ("=?utf-8?q?=D0=A6=D0=B5=D0=BD=D0=B0?= list", "Цена list"),
    "two words": (f"{word('Це', 'utf-8')}\r\n {word('на', 'utf-8')}", "Цена"),
    "letter split between words": ("=?utf-8?q?=D0?= =?utf-8?q?=A6?=", "Ц"),
    "folded": ("a\r\n\tb", "a\tb"),
    "raw utf-8": ("Цена", "Цена"),
    "raw windows-1251": ("Цена и срок".encode("cp1251").decode("ascii", "surrogateescape"), "Цена и срок"),
    "broken base64": ("=?utf-8?B?A?=", "=?utf-8?B?A?="),
    "unknown charset": ("=?x-none?q?abc?=", "abc"),
}


@pytest.mark.parametrize("case", HEADERS)
def test_header_that_is(case: str) -> None:
    raw, expected = HEADERS[case]

    assert header_text(raw) == expected
