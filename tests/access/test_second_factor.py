from datetime import UTC, datetime

import pytest

from tracker.access import second_factor
from tracker.access.second_factor import hashed, recovery_codes, step_of, without

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # of the examples in RFC 6238, appendix B
CODE, STEP = "081804", 37_037_036  # of the second 1,111,111,109, the last one of its step


@pytest.mark.parametrize(
    ("code", "second", "last", "step"),
    [
        (CODE, 1_111_111_109, None, STEP),
        (" 081 804 ", 1_111_111_109, None, STEP),
        (CODE, 1_111_111_139, None, STEP),  # in the step after
        (CODE, 1_111_111_079, None, STEP),  # in the step before
        (CODE, 1_111_111_140, None, None),  # too late
        (CODE, 1_111_111_109, STEP, None),  # used before
        (CODE, 1_111_111_109, STEP - 1, STEP),
        ("081805", 1_111_111_109, None, None),
        ("", 1_111_111_109, None, None),
        ("０８１８０４", 1_111_111_109, None, None),
    ],
)
def test_code_of_now_is_good_once(code: str, second: int, last: int | None, step: int | None) -> None:
    assert step_of(SECRET, code, datetime.fromtimestamp(second, UTC), last) == step


def test_address_names_the_user_and_us() -> None:
    assert second_factor.address(SECRET, "anna@example.com").startswith(
        "otpauth://totp/Skvoz:anna%40example.com?secret="
    )


def test_recovery_code_is_good_once_however_it_is_typed() -> None:
    codes = recovery_codes()
    kept = [hashed(code) for code in codes]

    left = without(kept, codes[3].upper().replace("-", " "))

    assert left == kept[:3] + kept[4:]
    assert without(left, codes[3]) is None
    assert len(set(codes)) == second_factor.RECOVERY_CODES
