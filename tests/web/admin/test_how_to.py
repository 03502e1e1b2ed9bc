"""The Russian pages of the manual say what the English ones say: the same headings, examples, names and rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import pytest

from tracker.web.admin import how_to

TRANSLATED = sorted(page for folder in (how_to.FOLDER, how_to.INSTALLATION) for page in (folder / "ru").glob("*.md"))
FENCED = re.compile(r"^```.*?^```$", re.MULTILINE | re.DOTALL)


def headings(text: str) -> list[str]:
    return re.findall(r"^#+ ", FENCED.sub("", text), re.MULTILINE)


def examples(text: str) -> list[str]:
    return FENCED.findall(text)


def names(text: str) -> set[str]:
    return set(re.findall(r"`([^`\n]+)`", FENCED.sub("", text)))


def rows(text: str) -> int:
    return len(re.findall(r"^(\||- )", FENCED.sub("", text), re.MULTILINE))


@pytest.mark.parametrize("told", [headings, examples, names, rows])
@pytest.mark.parametrize("page", TRANSLATED, ids=lambda page: page.stem)
def test_both_languages_have_the_same(page: Path, told: Callable[[str], object]) -> None:
    english = page.parent.parent / page.name

    assert told(page.read_text()) == told(english.read_text())


def test_every_installation_page_has_a_translation() -> None:
    assert {page.name for page in how_to.INSTALLATION.glob("*.md")} == {
        page.name for page in (how_to.INSTALLATION / "ru").glob("*.md")
    }


@pytest.mark.parametrize("page", TRANSLATED, ids=lambda page: page.stem)
def test_links_lead_to_pages(page: Path) -> None:
    targets = re.findall(r"\]\(([^)#:]+)\)", page.read_text())

    assert [target for target in targets if not (page.parent / target).is_file()] == []


def test_page_without_translation_is_english() -> None:
    russian, english = how_to.file_of("telephony/mango", "ru"), how_to.file_of("telephony/twilio", "ru")

    assert russian is not None
    assert english is not None
    assert (how_to.language_of(russian), how_to.language_of(english)) == ("ru", "en")
