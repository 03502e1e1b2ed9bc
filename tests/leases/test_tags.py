"""Tags: one per counter, back again, and unlike what people read."""

from __future__ import annotations

from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.leases import tags

KEY = b"a secret of one site"
keys = st.binary(min_size=1, max_size=64)
lengths = st.sampled_from([6, 7])


@st.composite
def numbered(draw: st.DrawFn) -> tuple[int, int]:
    length = draw(lengths)
    return draw(st.integers(0, tags.BASE**length - 1)), length


@given(numbered(), keys)
def test_tag_leads_back_to_its_counter(counted: tuple[int, int], key: bytes) -> None:
    number, length = counted

    tag = tags.tag(number, key, length)

    assert tags.looks_like_tag(tag, length)
    assert tags.counter(tag, key, length) == number


@pytest.mark.parametrize("length", [2, 3])
def test_whole_space_is_permuted(length: int) -> None:
    space = tags.BASE**length

    made = {tags.tag(number, KEY, length) for number in range(space)}

    assert len(made) == space


def test_neighbours_are_not_in_order() -> None:
    made = [tags.tag(number, KEY) for number in range(1000)]

    rises = sum(first < second for first, second in pairwise(made))
    assert len(set(made)) == 1000
    assert 400 < rises < 600
    assert len({tag[:2] for tag in made}) > 400


@given(st.integers(0, tags.BASE**6 - 1), keys, keys)
def test_other_key_gives_another_order(number: int, first: bytes, second: bytes) -> None:
    if first != second:
        block = range(number - number % 8, number - number % 8 + 4)
        assert [tags.tag(n, first) for n in block] != [tags.tag(n, second) for n in block]


def test_tag_of_a_counter_never_changes() -> None:
    """Tags are found again by their counter for years: another algorithm would lose them."""
    assert [tags.tag(number, b"key") for number in (0, 1, 481_890_303)] == ["rv664y", "22psqh", "5vw7g7"]
    assert tags.tag(0, b"key", 7) == "27qwngn"


@pytest.mark.parametrize("number", [-1, tags.BASE**6])
def test_counter_outside_the_space_is_refused(number: int) -> None:
    with pytest.raises(ValueError, match="lie between"):
        tags.tag(number, KEY)


@pytest.mark.parametrize("key", [b"", b"x" * 65])
def test_key_of_a_wrong_size_is_refused(key: bytes) -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        tags.tag(1, key)


@pytest.mark.parametrize("text", ["", "k3v9x", "k3v9xqq", "K3V9XQ", "k3v9xa", "k3v9x0", "k3v9x ", "к3v9xq"])
def test_other_text_is_no_tag(text: str) -> None:
    assert not tags.looks_like_tag(text)
    with pytest.raises(ValueError, match="characters"):
        tags.counter(text, KEY)


ACCEPTABLE = ["k3v9xq", "23456b", "bb22bb"]
UNACCEPTABLE = {
    "all digits": "234567",
    "three equal": "kzzzq2",
    "word": "zfckqv",
    "word with a digit for a vowel": "zf3ckq",
    "word with a digit for a letter": "qk5htk",
    "transliterated word": "qxyjkv",
}


@pytest.mark.parametrize("tag", ACCEPTABLE)
def test_ordinary_tag_is_acceptable(tag: str) -> None:
    assert tags.is_acceptable(tag)


@pytest.mark.parametrize("tag", UNACCEPTABLE.values(), ids=UNACCEPTABLE.keys())
def test_tag_that_people_misread_is_not(tag: str) -> None:
    assert not tags.is_acceptable(tag)


def test_block_leaves_out_a_few() -> None:
    block = tags.make_tags(5000, 3000, KEY)

    assert 0.97 * 3000 < len(block) < 3000
    assert all(tags.is_acceptable(tag) for tag in block)
    assert [tags.counter(tag, KEY) for tag in block] == sorted(tags.counter(tag, KEY) for tag in block)


def test_blocks_share_nothing() -> None:
    first, second = tags.make_tags(0, 500, KEY, 7), tags.make_tags(500, 500, KEY, 7)

    assert not set(first) & set(second)
    assert all(len(tag) == 7 for tag in first)
