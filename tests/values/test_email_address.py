"""Email addresses, plain and with a tag."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.values import email_address

NORMAL = {
    "plain": ("sales@example.com", "sales@example.com"),
    "capitals": ("Sales@EXAMPLE.com", "Sales@example.com"),
    "spaces": (" sales@example.com ", "sales@example.com"),
    "link": ("mailto:sales@example.com?subject=Hi", "sales@example.com"),
    "encoded plus": ("sales%2Bk3v9xq@example.com", "sales+k3v9xq@example.com"),
    "encoded at": ("sales%40example.com", "sales@example.com"),
    "end of a sentence": ("sales@example.com.", "sales@example.com"),
    "brackets": ("<sales@example.com>", "sales@example.com"),
    "zero-width": ("sales@\u200bexample.com", "sales@example.com"),
    "full-width": ("ｓａｌｅｓ@example.com", "sales@example.com"),
    "national domain": ("info@пример.рф", "info@xn--e1afmkfd.xn--p1ai"),
    "no at": ("sales", None),
    "two ats": ("a@b@example.com", None),
    "no domain": ("sales@", None),
    "no dot in the domain": ("sales@localhost", None),
    "two dots": ("sales@example..com", None),
    "inner space": ("sales example@example.com", None),
    "long local part": ("x" * 65 + "@example.com", None),
    "very long": ("x" * 5000 + "@example.com", None),
    "empty": ("", None),
}


@pytest.mark.parametrize(("text", "expected"), NORMAL.values(), ids=NORMAL.keys())
def test_address_is_normalised(text: str, expected: str | None) -> None:
    assert email_address.normalise(text) == expected


@given(st.text(max_size=60))
def test_normal_address_stays_as_it_is(text: str) -> None:
    address = email_address.normalise(text + "@example.com")

    assert address is None or email_address.normalise(address) == address


def test_mailboxes_are_compared_without_case() -> None:
    assert email_address.for_comparing("Sales@example.com") == email_address.for_comparing("sales@EXAMPLE.com")


def test_tag_is_added_in_the_style_of_the_site() -> None:
    assert email_address.with_tag("sales@example.com", "k3v9xq", "plus") == "sales+k3v9xq@example.com"
    assert email_address.with_tag("sales+a@example.com", "k3v9xq", "plus") == "sales+a+k3v9xq@example.com"
    assert email_address.with_tag("sales@in.example.com", "k3v9xq", "catchall") == "k3v9xq@in.example.com"
    assert (
        email_address.with_tag("sales@example.com", "k3v9xq", "catchall", "in.example.com") == "k3v9xq@in.example.com"
    )


def test_unknown_style_is_refused() -> None:
    with pytest.raises(ValueError, match="style"):
        email_address.with_tag("sales@example.com", "k3v9xq", "minus")


@pytest.mark.parametrize("text", ["", "sales", "@example.com", "sales@"])
def test_text_without_both_sides_is_no_address(text: str) -> None:
    with pytest.raises(ValueError, match="no email address"):
        email_address.split(text)
