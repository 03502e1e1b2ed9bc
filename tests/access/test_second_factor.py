from datetime import UTC, datetime

import pytest

from tracker.access import second_factor
from tracker.access.second_factor import hashed, recovery_codes, step_of, without

SECRET = "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ"  # of the examples in RFC 6238, appendix B
AT_59 = datetime.fromtimestamp(59, UTC)  # step 1, code 287082


@pytest.mark.parametrize(
    ("code", "second", "last", "step"),
    [
        ("287082", 59, None, 1),
        (" 287 082 ", 59, None, 1),
        ("287082", 89, None, 1),  # the step after
        ("287082", 29, None, 1),  # the step before
        ("287082", 90, None, None),  # too late
        ("287082", 59, 1, None),  # used before
        ("287082", 59, 0, 1),
        ("287083", 59, None, None),
        ("", 59, None, None),
        ("２８７０８２", 59, None, None),
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
