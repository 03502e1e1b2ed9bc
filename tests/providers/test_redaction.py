"""Secrets are hidden in any writing, and nothing else is touched."""

from __future__ import annotations

import pytest

from tracker.providers.redaction import hidden

SECRET = 'k3y/with "signs"'


@pytest.mark.parametrize(
    ("text", "kept"),
    [
        (b"cmd=event&crm_token=plain-key&phone=1", b"cmd=event&crm_token=***&phone=1"),
        (b'{"key":"plain-key","sid":1}', b'{"key":"***","sid":1}'),
        (b"json=%7B%22key%22%3A%22plain-key%22%7D", b"json=%7B%22key%22%3A%22***%22%7D"),
        (b"token=k3y%2Fwith+%22signs%22&a=1", b"token=***&a=1"),
        (b"token=k3y%2Fwith%20%22signs%22", b"token=***"),
        (b'{"key": "k3y/with \\"signs\\""}', b'{"key": "***"}'),
        (b"phone=7plain-key7", b"phone=7plain-key7"),  # a part of something else
        (b"phone=12345", b"phone=12345"),  # too short to be a secret
        (b"\xff\x00 plain-key", b"\xff\x00 ***"),
    ],
)
def test_secret_is_hidden(text: bytes, kept: bytes) -> None:
    assert hidden(text, ["plain-key", SECRET, "12345", ""]) == kept


def test_without_secrets_nothing_changes() -> None:
    assert hidden(b"anything", []) == b"anything"
