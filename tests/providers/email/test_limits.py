"""The cost of a letter is known before it is parsed."""

from __future__ import annotations

import pytest
from letters import raw

from tracker.providers.email.limits import MAX_BYTES, is_parsable

HEAD = 'Content-Type: multipart/mixed; boundary="a b"'


def siblings(count: int) -> str:
    return "--a b\r\n\r\nx\r\n" * count + "--a b--\r\n"


def nested(depth: int) -> str:
    inside = "".join(f"--n{level}\nContent-Type: multipart/mixed; boundary=n{level + 1}\n\n" for level in range(depth))
    return f"--a b\nContent-Type: multipart/mixed; boundary=n0\n\n{inside}"


PARSABLE = {
    "plain": raw(),
    "five hundred parts": raw(HEAD, siblings(500)),
    "twenty levels": raw(HEAD, nested(19)),
    "many alternatives side by side": raw(
        HEAD,
        "".join(
            f"--a b\nContent-Type: multipart/alternative; boundary=s{n}\n\n--s{n}\n\nx\n--s{n}--\n" for n in range(100)
        ),
    ),
    "a text full of dashes": raw(body="-- \n--- a\n+++ b\n" * 5000),
}
TOO_MUCH = {
    "five hundred and one parts": raw(HEAD, siblings(501)),
    "twenty-one levels": raw(HEAD, nested(21)),
    "attached letters in attached letters": raw(HEAD, "Content-Type: message/rfc822\n\n" * 21),
    "size": b"A: b\r\n\r\n" + b"x" * MAX_BYTES,
    "headers": b"A: " + b"x" * 300_000 + b"\r\n\r\n",
}


@pytest.mark.parametrize("case", PARSABLE)
def test_parses(case: str) -> None:
    assert is_parsable(PARSABLE[case])


@pytest.mark.parametrize("case", TOO_MUCH)
def test_does_not_parse(case: str) -> None:
    assert not is_parsable(TOO_MUCH[case])
