"""Email tags: six characters that name a visitor, made from a counter by a keyed permutation.

Every counter has one tag and every tag one counter, so a tag is unique without looking anything up; who lacks
the key cannot tell which tag comes next. Counters are reserved in blocks elsewhere.
"""

from __future__ import annotations

import re
from hashlib import blake2b

ALPHABET = "23456789bcdfghjkmnpqrstvwxyz"  # no 0/o, 1/l/i, no vowels: hardly a word, nothing to mistake
LENGTH = 6
BASE = len(ALPHABET)

# Four rounds make a strong permutation of large halves; these have 14 bits, so there are more.
ROUNDS = 10

# Skeletons of words nobody wants in an address, English and transliterated Russian. The alphabet has no vowels,
# but people read 3 as e, 4 as a, 5 as s: `f3ck` is looked at as `fck`.
WORD_SKELETONS = (
    "fck", "fkk", "sht", "cnt", "dck", "btch", "pnjs", "pns", "fgt", "ngg", "prn", "kkk", "nzs", "rpst",
    "xyj", "xyn", "xyy", "hyj", "hyn", "hyy", "pzd", "bld", "blyd", "zbl", "ybn", "mdk", "pdr", "gnd", "gvn", "srk",
)  # fmt: skip

_DIGIT_OF = {char: value for value, char in enumerate(ALPHABET)}
_CHARACTERS = frozenset(ALPHABET)
_THREE_EQUAL = re.compile(r"(.)\1\1")
_WORDS = re.compile("|".join(WORD_SKELETONS))
_READ_AS_LETTERS = {ord(digit): letter for digit, letter in zip("3456789", ("", "", *"sgtbg"), strict=True)}


def tag(counter: int, key: bytes, length: int = LENGTH) -> str:
    """Returns the tag of a counter.

    Args:
        counter: from 0 to 28**length - 1.
        key: 1 to 64 secret bytes, one per site.

    Raises:
        ValueError: the counter is outside its range, or the key has a wrong size.
    """
    left_size, right_size = _sizes(length)
    if not 0 <= counter < left_size * right_size:
        raise ValueError(f"counters of {length} characters lie between 0 and {left_size * right_size - 1}")
    _check_key(key)
    left, right = divmod(counter, right_size)
    for step in range(0, ROUNDS, 2):
        left = (left + _noise(right, step, key, length)) % left_size
        right = (right + _noise(left, step + 1, key, length)) % right_size
    return _written(left * right_size + right, length)


def counter(tag: str, key: bytes, length: int = LENGTH) -> int:
    """Returns the counter a tag was made from: the inverse of `tag`.

    Raises:
        ValueError: the text has not the form of a tag, or the key has a wrong size.
    """
    if not looks_like_tag(tag, length):
        raise ValueError(f"a tag has {length} characters of {ALPHABET}")
    _check_key(key)
    left_size, right_size = _sizes(length)
    left, right = divmod(_number(tag), right_size)
    for step in range(ROUNDS - 2, -1, -2):
        right = (right - _noise(left, step + 1, key, length)) % right_size
        left = (left - _noise(right, step, key, length)) % left_size
    return left * right_size + right


def make_tags(first: int, count: int, key: bytes, length: int = LENGTH) -> list[str]:
    """Returns the acceptable tags of the counters `first` to `first + count - 1`, in the order of the counters.

    Unacceptable ones are skipped, so there may be a few less than `count`; blocks never share a tag.
    """
    made = (tag(number, key, length) for number in range(first, first + count))
    return [text for text in made if is_acceptable(text)]


def is_acceptable(tag: str) -> bool:
    """False for tags people would misread: all digits, three equal characters in a row, a word."""
    if tag.isdigit() or _THREE_EQUAL.search(tag):
        return False
    return not _WORDS.search(tag) and not _WORDS.search(tag.translate(_READ_AS_LETTERS))


def looks_like_tag(text: str, length: int = LENGTH) -> bool:
    """True when a lower-case text has the form of a tag; whether it was ever given out is asked elsewhere."""
    return len(text) == length and _CHARACTERS.issuperset(text)


def _sizes(length: int) -> tuple[int, int]:
    """The value is split into two halves of whole characters; the right one is longer when the length is odd."""
    return BASE ** (length // 2), BASE ** (length - length // 2)


def _noise(half: int, step: int, key: bytes, length: int) -> int:
    text = f"{length}.{step}.{half}".encode()
    return int.from_bytes(blake2b(text, digest_size=8, key=key).digest(), "big")


def _check_key(key: bytes) -> None:
    if not 1 <= len(key) <= 64:
        raise ValueError("the key of a site's tags has 1 to 64 bytes")  # an empty one would be no secret


def _written(value: int, length: int) -> str:
    characters = []
    for _ in range(length):
        value, digit = divmod(value, BASE)
        characters.append(ALPHABET[digit])
    return "".join(reversed(characters))


def _number(tag: str) -> int:
    value = 0
    for char in tag:
        value = value * BASE + _DIGIT_OF[char]
    return value
