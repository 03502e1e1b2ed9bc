"""The same letter is recognised when it arrives again, another one is not taken for it."""

from __future__ import annotations

import pytest
from letters import read

IDS = {
    "plain": ("Message-ID: <Abc.1@Client.example>", "Abc.1@Client.example"),
    "folded before": ("Message-ID:\n <abc@x>", "abc@x"),
    "folded inside": ("Message-ID: <ab\n c@x>", "abc@x"),
    "without brackets": ("Message-ID: abc@x", "abc@x"),
    "with a comment": ("Message-ID: <abc@x> (added by relay)", "abc@x"),
    "twice": ("Message-ID: <abc@x>\nMessage-ID: <other@x>", "abc@x"),
}


@pytest.mark.parametrize("case", IDS)
def test_message_id_that_is(case: str) -> None:
    headers, expected = IDS[case]

    assert read(headers).message_id == expected


@pytest.mark.parametrize("headers", ["Message-ID:", "Message-ID: <>", "Message-ID: < >"])
def test_letter_without_id_is_known_by_its_content(headers: str) -> None:
    first, again, other = read(headers), read(headers), read(headers, "Another question")

    assert first.message_id == again.message_id
    assert first.message_id.startswith("sha256:")
    assert other.message_id != first.message_id


def test_content_includes_the_written_date() -> None:
    assert read("Message-ID:\nDate: one").message_id != read("Message-ID:\nDate: two").message_id


def test_endless_id_is_shortened() -> None:
    assert len(read(f"Message-ID: <{'x' * 5000}@y>").message_id) < 100


def test_body_hash_ignores_line_breaks_and_transfer_encoding() -> None:
    plain = read(body="How much is it?")
    folded = read("Content-Transfer-Encoding: quoted-printable", "How much=20is\r\n it=3F\r\n\r\n")

    assert plain.body_hash == folded.body_hash


def test_same_id_with_another_text_has_another_hash() -> None:
    first, second = read("Message-ID: <0@localhost>", "one"), read("Message-ID: <0@localhost>", "two")

    assert first.message_id == second.message_id
    assert first.body_hash != second.body_hash


def test_endless_thread_keeps_both_ends() -> None:
    ids = " ".join(f"<{number}@x>" for number in range(1000))

    references = read(f"References: {ids}").references

    assert (references[0], references[-1], len(references)) == ("0@x", "999@x", 200)
