"""Pasted lists of numbers, line by line."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.pools.numbers import Problem, read_numbers

FIRST, SECOND = "+74957770001", "+74957770002"

READABLE = {
    "bare": ("8 (495) 777-00-01", [(FIRST, None)]),
    "label in the next column": ("+74957770001;Ads", [(FIRST, "Ads")]),
    "label before": ("Ads\t+74957770001", [(FIRST, "Ads")]),
    "quoted label": ('+74957770001,"Ads, summer"', [(FIRST, "Ads, summer")]),
    "words behind": ("+7 495 777-00-01 — main office", [(FIRST, "main office")]),
    "words before": ("Отдел продаж: 8 495 777-00-01", [(FIRST, "Отдел продаж")]),
    "several on a line": ("84957770001, 84957770002", [(FIRST, None), (SECOND, None)]),
    "lines of Windows": ("84957770001\r\n84957770002\r\n", [(FIRST, None), (SECOND, None)]),
    "lines of old Macs": ("84957770001\r84957770002", [(FIRST, None), (SECOND, None)]),
    "byte order mark": ("\ufeff84957770001", [(FIRST, None)]),
    "empty lines and remarks": ("\n# ours\n\n84957770001\n", [(FIRST, None)]),
    "heading": ("label;number;cost\nAds;84957770001;100", [(FIRST, "Ads")]),
    "Russian heading": ("Номер,Название\n84957770001,Ads\n84957770002,", [(FIRST, "Ads"), (SECOND, None)]),
    "heading hides other columns": ("number;forwards\n84957770001;+74951112233", [(FIRST, None)]),
    "spreadsheet's number": ("74957770001.0", [(FIRST, None)]),
    "spreadsheet's text formula": ('="74957770001"', [(FIRST, None)]),
    "empty": ("", []),
}


@pytest.mark.parametrize(("text", "expected"), READABLE.values(), ids=READABLE.keys())
def test_numbers_are_read(text: str, expected: list[tuple[str, str | None]]) -> None:
    lines = read_numbers(text, "RU")

    assert [(line.number, line.label) for line in lines] == expected
    assert [line.problem for line in lines] == [None] * len(expected)


UNREADABLE = {
    "words": ("hello", Problem.NOTHING),
    "too short": ("101", Problem.NO_NUMBER),
    "too long": ("849577700011", Problem.NO_NUMBER),
    "rounded by a spreadsheet": ("7,49577E+10", Problem.ROUNDED),
    "empty cell under a heading": ("number;label\n;Ads", Problem.NOTHING),
    "short row under a heading": ("label;number\nAds", Problem.NOTHING),
}


@pytest.mark.parametrize(("text", "problem"), UNREADABLE.values(), ids=UNREADABLE.keys())
def test_line_without_a_number_says_why(text: str, problem: Problem) -> None:
    (line,) = read_numbers(text, "RU")

    assert line.number is None
    assert line.problem is problem


def test_lines_are_counted_as_an_editor_counts() -> None:
    lines = read_numbers("number\n\n84957770001\n# x\nwrong", "RU")

    assert [(line.line_no, line.raw) for line in lines] == [(3, "84957770001"), (5, "wrong")]


def test_repeated_number_names_both_lines() -> None:
    lines = read_numbers("84957770001\n84957770002\n+7 495 777 00 01", "RU")

    assert [(line.problem, line.first) for line in lines] == [(None, None), (None, None), (Problem.REPEATED, 1)]


def test_number_repeated_within_a_line_is_named() -> None:
    assert read_numbers("84957770001;+74957770001", "RU")[1].problem is Problem.TWICE


def test_several_numbers_with_one_word_are_ambiguous() -> None:
    lines = read_numbers("84957770001;Ads;84957770002", "RU")

    assert [line.number for line in lines] == [FIRST, SECOND]
    assert {line.problem for line in lines} == {Problem.AMBIGUOUS}


def test_other_countries_have_their_own_writing() -> None:
    assert read_numbers("020 7946 0123 London", "GB")[0].number == "+442079460123"


@given(st.text(alphabet="+0123456789 ()-;,\t\n\r\"'абвE.", max_size=80))
def test_every_line_is_accounted_for(text: str) -> None:
    for line in read_numbers(text, "RU"):
        assert (line.number is not None) or line.problem
        assert line.line_no >= 1
