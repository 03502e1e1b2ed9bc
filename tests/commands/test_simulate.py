"""`skvoz simulate-call` and `simulate-email`: through the real intake, marked as tests."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

EXAMPLE = Path(__file__).parents[1] / "web" / "example.yaml"


@pytest.fixture
def configured(skvoz: Callable[..., Any], redis_url: str, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setenv("REDIS_URL", redis_url)
    assert skvoz("apply", str(EXAMPLE)).code == 0
    return skvoz


def test_pretend_call_says_whose_it_is(configured: Callable[..., Any]) -> None:
    done = configured("simulate-call", "--site", "example", "--from", "8 916 123-45-67", "--to", "8 495 777-01-00")

    said = json.loads(done.out)
    assert (done.code, said["status"], said["visitor"]) == (0, "static", None)
    assert said["inquiry"]
    assert said["explanation"]


def test_pretend_letter_says_whose_it_is(configured: Callable[..., Any]) -> None:
    done = configured("simulate-email", "--site", "example", "--from", "anna@mail.example", "--to", "flyer@example.com")

    assert (done.code, json.loads(done.out)["status"]) == (0, "static")


WRONG = {
    "no such site": ("simulate-call", "--site", "none", "--from", "+79161234567", "--to", "+74957770001"),
    "no caller": ("simulate-call", "--site", "example", "--from", "me", "--to", "+74957770001"),
    "no sender": ("simulate-email", "--site", "example", "--from", "me", "--to", "sales@example.com"),
}


@pytest.mark.parametrize("name", WRONG)
def test_wrong_words_get_a_sentence(configured: Callable[..., Any], name: str) -> None:
    done = configured(*WRONG[name])

    assert done.code != 0
    assert done.err.strip()
    assert "Traceback" not in done.err
