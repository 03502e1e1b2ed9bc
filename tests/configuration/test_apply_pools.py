from collections.abc import Callable

import pytest
from sqlalchemy import select
from sqlalchemy.orm import Session

from tracker.errors import WrongDocument
from tracker.pools.models import Number, Overflow, Pool

Apply = Callable[..., list[str]]

SITE = "sites:\n  - key: example\n    domains: [example.com]\n    pools:\n"
ADS = "      - {key: ads, kind: dynamic, swap: 8 495 111-22-33, numbers: [+74957770001, +74957770002]}\n"
MAPS = "      - {key: maps, kind: static, swap: +74951112233, source: {utm_source: maps}, numbers: [+74957770003]}\n"


def numbers(session: Session) -> list[tuple[str, str, bool]]:
    """Pool, number and whether it is enabled."""
    query = select(Pool.key, Number.e164, Number.enabled).join(Number.pool).order_by(Number.e164)
    return [(pool, e164, enabled) for pool, e164, enabled in session.execute(query)]


def test_pools_are_created_with_their_numbers(session: Session, apply_text: Apply) -> None:
    changes = apply_text(SITE + ADS + MAPS)

    assert numbers(session) == [
        ("ads", "+74957770001", True),
        ("ads", "+74957770002", True),
        ("maps", "+74957770003", True),
    ]
    assert changes[1:] == [
        "pool ads: created",
        "pool ads: + number +74957770001",
        "pool ads: + number +74957770002",
        "pool maps: created",
        "pool maps: + number +74957770003",
    ]


def test_every_option_of_a_pool_is_stored(session: Session, apply_text: Apply) -> None:
    options = "hold: 20m, max_age: 12h, sticky: 7d, overflow: +74951112299, when: {device: mobile}, messengers: yes"

    apply_text(SITE + ADS.replace("kind:", f"{options}, kind:"))

    pool = session.scalars(select(Pool)).one()
    assert (pool.swap, pool.hold_seconds, pool.max_age_seconds, pool.sticky_seconds) == (
        "+74951112233",
        1200,
        43_200,
        604_800,
    )
    assert (pool.overflow, pool.overflow_number) == (Overflow.STATIC, "+74951112299")
    assert (pool.conditions, pool.messengers) == ({"device": "mobile"}, True)


def test_change_of_a_pool_is_told_in_the_words_of_the_file(session: Session, apply_text: Apply) -> None:
    apply_text(SITE + ADS)

    changes = apply_text(
        SITE + ADS.replace("numbers", "hold: 90s, overflow: shared, when: {channel: [email]}, numbers")
    )

    assert changes == [
        'pool ads: when none → {"channel": ["email"]}',
        "pool ads: hold 15m → 90s",
        "pool ads: overflow original → shared",
    ]


def test_absent_number_is_switched_off_and_comes_back(session: Session, apply_text: Apply) -> None:
    apply_text(SITE + ADS)

    gone = apply_text(SITE + ADS.replace(", +74957770002", ""))
    after = numbers(session)
    back = apply_text(SITE + ADS)

    assert gone == ["pool ads: - number +74957770002"]
    assert after == [("ads", "+74957770001", True), ("ads", "+74957770002", False)]
    assert back == ["pool ads: + number +74957770002"]


def test_absent_pool_is_switched_off_with_its_numbers_kept(session: Session, apply_text: Apply) -> None:
    apply_text(SITE + ADS + MAPS)

    gone = apply_text(SITE + MAPS)
    back = apply_text(SITE + ADS + MAPS)

    assert gone == ["pool ads: switched off: absent from the file"]
    assert back == ["pool ads: switched on"]


def test_number_moves_to_another_pool_in_one_file(session: Session, apply_text: Apply) -> None:
    apply_text(SITE + ADS + MAPS)

    changes = apply_text(
        SITE + ADS.replace(", +74957770002", "") + MAPS.replace("+74957770003]", "+74957770003, +74957770002]")
    )

    assert changes == ["pool ads: - number +74957770002", "pool maps: + number +74957770002"]
    assert ("maps", "+74957770002", True) in numbers(session)


def test_number_of_another_pool_is_refused_by_name(session: Session, apply_text: Apply) -> None:
    apply_text(SITE + ADS)
    other = "sites:\n  - key: other\n    domains: [other.example]\n    pools:\n" + ADS.replace(", +74957770002", "")

    with pytest.raises(WrongDocument) as caught:
        apply_text(other, only=["other"])

    assert str(caught.value) == (
        "skvoz.yaml, line 5: sites.0.pools.0.numbers.0: +74957770001 belongs to pool ads of site example"
    )


def test_number_of_a_switched_off_pool_may_be_taken(session: Session, apply_text: Apply) -> None:
    apply_text(SITE + ADS)
    apply_text(SITE + MAPS)

    changes = apply_text(SITE + MAPS.replace("+74957770003]", "+74957770003, +74957770001]"))

    assert changes == ["pool maps: + number +74957770001"]
    assert ("maps", "+74957770001", True) in numbers(session)


def test_details_of_a_number_are_stored_and_told(session: Session, apply_text: Apply) -> None:
    apply_text(SITE + ADS)

    changes = apply_text(
        SITE + ADS.replace("+74957770002", "{number: +74957770002, label: Second, cost: 450.50, quarantined: true}")
    )

    row = session.scalars(select(Number).where(Number.e164 == "+74957770002")).one()
    assert (row.label, row.cost_minor, row.quarantined) == ("Second", 45_050, True)
    assert changes == [
        "pool ads: number +74957770002 label none → Second",
        "pool ads: number +74957770002 cost none → 450.5",
        "pool ads: number +74957770002 quarantined false → true",
    ]


def test_quarantine_stays_when_the_file_does_not_speak_of_it(session: Session, apply_text: Apply) -> None:
    apply_text(SITE + ADS.replace("+74957770002", "{number: +74957770002, quarantined: true}"))

    assert apply_text(SITE + ADS) == []
    assert session.scalars(select(Number.quarantined).order_by(Number.e164)).all() == [False, True]
