import pytest
from argon2 import PasswordHasher

from tracker.access.passwords import hash_password, is_outdated, is_right
from tracker.errors import InvalidInput


def test_right_password_fits_its_hash_only() -> None:
    kept = hash_password("correct horse")

    assert kept.startswith("$argon2id$")
    assert is_right(kept, "correct horse")
    assert not is_right(kept, "correct horsf")


def test_nobody_has_no_password() -> None:
    assert not is_right(None, "nobody has this password")


def test_damaged_hash_fits_nothing() -> None:
    assert not is_right("$argon2id$nonsense", "correct horse")


@pytest.mark.parametrize("password", ["", "1234567", "x" * 257])
def test_password_of_wrong_length_is_refused(password: str) -> None:
    with pytest.raises(InvalidInput) as caught:
        hash_password(password)

    assert caught.value.field == "password"


def test_endless_password_is_wrong_without_being_hashed() -> None:
    assert not is_right(hash_password("correct horse"), "x" * 1_000_000)


def test_hash_with_weak_parameters_is_outdated() -> None:
    weak = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1).hash("correct horse")

    assert is_outdated(weak)
    assert not is_outdated(hash_password("correct horse"))
