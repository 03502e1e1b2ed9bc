"""Lists of texts with wildcards at the ends."""

from __future__ import annotations

import pytest

from tracker.errors import InvalidInput
from tracker.values import patterns

MATCHES: dict[str, tuple[object, str | None, bool]] = {
    "same": ("google", "google", True),
    "other case": ("Google", "gOOGLE", True),
    "part": ("google", "google.com", False),
    "one of a list": (["a", "b"], "b", True),
    "start": ("yandex*", "yandex_direct", True),
    "start alone": ("yandex*", "yandex", True),
    "not the start": ("yandex*", "my yandex", False),
    "end": ("*sale", "summer-sale", True),
    "not the end": ("*sale", "sale-summer", False),
    "inside": ("*mid*", "a-mid-b", True),
    "not inside": ("*mid*", "a-m-b", False),
    "anything": ("*", "x", True),
    "anything, even nothing": ("*", None, True),
    "nothing": ("x", None, False),
    "number": (2026, "2026", True),
    "spaces around": (" x ", "x", True),
}


@pytest.mark.parametrize(("written", "text", "expected"), MATCHES.values(), ids=MATCHES.keys())
def test_pattern_fits_the_whole_text(written: object, text: str | None, expected: bool) -> None:
    assert patterns.read(written, "f").match(text) is expected


@pytest.mark.parametrize("written", [[], "", ["a", ""], None, True, {"a": 1}, [["a"]], "a*b", "*a*b*"])
def test_wrong_pattern_is_refused(written: object) -> None:
    with pytest.raises(InvalidInput) as refused:
        patterns.read(written, "pools.0.when.utm_source")

    assert refused.value.field == "pools.0.when.utm_source"


def test_wildcard_is_refused_where_none_is_possible() -> None:
    with pytest.raises(InvalidInput, match="wildcard"):
        patterns.read("a*", "f", wildcards=False)
