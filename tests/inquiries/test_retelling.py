import pytest

from tracker.inquiries.retelling import SPANS, retold
from tracker.inquiries.sentences import WORDS

VALUES = {
    "number": "+44 20 7946 0111", "since": "11:49:29", "at": "12:00:20", "beat": "11:57:00", "ago": "3 min", "n": "3",
    "tap": "11:59:01", "day": "19.11 21:15", "count": "4", "who": "sales@northlight.example", "percent": "41%",
    "tag": "k3v9xq",
}  # fmt: skip
SENTENCES = sorted(WORDS["en"].keys() - set(SPANS))


def said(name: str, language: str, **values: str) -> str:
    return WORDS[language][name].format_map(VALUES | values)


@pytest.mark.parametrize("name", SENTENCES)
def test_every_sentence_is_told_in_the_other_language_and_back(name: str) -> None:
    russian = retold(said(name, "en"), "ru")

    assert russian == said(name, "ru", ago="3 мин")
    assert retold(russian, "en") == said(name, "en")


def test_every_part_of_a_long_sentence_is_told() -> None:
    parts = ("left", "shared", "tapped", "many_callers", "others")

    told = retold("".join(said(name, "ru", ago="5 ч") for name in parts), "en")

    assert told == "".join(said(name, "en", ago="5 h") for name in parts)


@pytest.mark.parametrize("sentence", ["", "as somebody else wrote it", said("shared", "en") + "; and by hand"])
def test_what_is_not_ours_stays_as_it_stands(sentence: str) -> None:
    assert retold(sentence, "ru") == sentence
