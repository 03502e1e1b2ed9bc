"""The token that carries a visitor to another domain."""

from __future__ import annotations

import pytest

from tracker.visits.link import VALID_SECONDS, token, visitor_of

ANN, BOB = "a" * 32, "b" * 32
NOW = 1_767_225_600.5


def test_token_carries_the_visitor() -> None:
    assert visitor_of(token(ANN, "example", "secret", NOW), "example", "secret", NOW + 60) == ANN


def test_token_lives_two_minutes() -> None:
    made = token(ANN, "example", "secret", NOW)

    assert visitor_of(made, "example", "secret", NOW + VALID_SECONDS - 1) == ANN
    assert visitor_of(made, "example", "secret", NOW + VALID_SECONDS + 1) is None


def test_token_of_the_future_is_refused() -> None:
    assert visitor_of(token(ANN, "example", "secret", NOW + 3600), "example", "secret", NOW) is None


@pytest.mark.parametrize(
    "forged",
    [
        token(ANN, "example", "secret", NOW).replace(ANN, BOB),
        token(ANN, "other", "secret", NOW),
        token(ANN, "example", "guess", NOW),
        token(ANN, "example", "secret", NOW) + "x",
        token(ANN, "example", "secret", NOW)[:-1],
        "é" * 32 + ".6955b9f8." + "A" * 22,
        "",
        None,
    ],
)
def test_forged_token_is_refused(forged: str | None) -> None:
    assert visitor_of(forged, "example", "secret", NOW) is None
