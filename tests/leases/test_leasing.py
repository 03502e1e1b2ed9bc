"""The lease script against a real store: one behaviour each."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest
from lease_stage import MINUTE, NUMBERS, ORIGINAL, Stage, a_pool, visitor_id

from tracker.leases.leasing import StoreRefused

MakeStage = Callable[..., Stage]

# --- one visitor, one number ----------------------------------------------------------------------


def test_visitor_keeps_his_number_while_he_stays(stage: Stage) -> None:
    first = stage.number(stage.view("ann"))

    for _ in range(5):
        stage.wait(10 * MINUTE)
        assert stage.number(stage.beat("ann")) == first


def test_every_visitor_has_a_number_of_his_own(stage: Stage) -> None:
    assert sorted(str(stage.number(stage.view(who))) for who in "abcde") == NUMBERS


def test_number_rests_until_the_hold_has_passed(make_stage: MakeStage) -> None:
    stage = make_stage(size=1)
    stage.view("ann")

    stage.wait(14.9 * MINUTE)
    early = stage.view("bob")
    stage.wait(0.1 * MINUTE)
    late = stage.view("bob")

    assert (early.numbers, early.reason) == ((), "exhausted")
    assert stage.number(late) == NUMBERS[0]


def test_longest_idle_number_goes_first(stage: Stage) -> None:
    for who in "abcde":
        stage.view(who)
        stage.wait(MINUTE)
    stage.beat("a")
    stage.wait(20 * MINUTE)

    given = [stage.number(stage.view(who)) for who in "vwxyz"]

    assert given == [*NUMBERS[1:], NUMBERS[0]]


def test_returning_visitor_gets_his_former_number(stage: Stage) -> None:
    former = stage.number(stage.view("ann"))
    stage.wait(timedelta(days=3))

    assert stage.number(stage.view("ann")) == former


def test_former_number_is_forgotten_after_the_sticky_time(make_stage: MakeStage) -> None:
    stage = make_stage(sticky_ms=60_000)
    former = stage.number(stage.view("ann"))
    stage.wait(20 * MINUTE)

    assert stage.number(stage.view("ann")) != former


def test_former_number_of_another_holder_stays_with_him(make_stage: MakeStage) -> None:
    stage = make_stage(size=2)
    former = stage.number(stage.view("ann"))
    stage.view("bob")
    stage.wait(20 * MINUTE)
    assert stage.number(stage.view("eve")) == former

    assert stage.number(stage.view("ann")) == NUMBERS[1]


def test_nobody_keeps_a_number_longer_than_its_greatest_age(make_stage: MakeStage) -> None:
    stage = make_stage(max_age_ms=30 * 60_000)
    first = stage.number(stage.view("ann"))
    for _ in range(2):
        stage.wait(10 * MINUTE)
        stage.beat("ann")

    stage.wait(10 * MINUTE)
    second = stage.number(stage.beat("ann"))

    assert second not in (None, first)
    assert stage.number(stage.view("bob")) not in (first, second)  # the old one still rests


def test_leaving_never_shortens_the_hold(make_stage: MakeStage) -> None:
    stage = make_stage(size=1)
    stage.view("ann")
    stage.wait(10 * MINUTE)

    stage.leave("ann")

    stage.wait(14 * MINUTE)
    assert stage.view("bob").reason == "exhausted"


def test_event_is_a_sign_of_life(make_stage: MakeStage) -> None:
    stage = make_stage(size=1)
    stage.view("ann")
    stage.wait(10 * MINUTE)

    stage.event("ann")

    stage.wait(10 * MINUTE)
    assert stage.number(stage.beat("ann")) == NUMBERS[0]


def test_leaving_takes_no_number(stage: Stage) -> None:
    stage.view("ann")
    stage.wait(20 * MINUTE)

    assert stage.leave("ann").numbers == ()


def test_lease_says_for_how_long(make_stage: MakeStage) -> None:
    shown = make_stage(hold_ms=600_000).view("ann").numbers[0]

    assert shown.ttl_seconds == 600
    assert shown.original.swap == ORIGINAL
    assert not shown.is_shared


# --- when a number is given -----------------------------------------------------------------------


def test_engagement_is_waited_for(make_stage: MakeStage) -> None:
    stage = make_stage(on_arrival=False)

    assert stage.view("ann").reason == "not-engaged"
    assert stage.beat("ann", engaged=False).reason == "not-engaged"
    assert stage.number(stage.beat("ann", engaged=True)) == NUMBERS[0]


def test_paid_click_is_served_at_once(make_stage: MakeStage) -> None:
    stage = make_stage(on_arrival=False)

    assert stage.number(stage.view("ann", is_paid=True)) == NUMBERS[0]


def test_bot_gets_neither_number_nor_tag(stage: Stage) -> None:
    stage.client.rpush(stage.keys.tags, "k3v9xq")

    granted = stage.view("crawler", bot="crawler")

    assert (granted.numbers, granted.tag, granted.reason) == ((), None, "bot")
    assert stage.beat("crawler").numbers == ()
    assert stage.decisions()[0].visitor == visitor_id("crawler")  # recorded all the same


def test_person_whom_we_took_for_a_bot_once_gets_no_tag_as_a_bot(stage: Stage) -> None:
    stage.client.rpush(stage.keys.tags, "k3v9xq")
    assert stage.view("ann").tag == "k3v9xq"

    assert stage.view("ann", bot="webdriver").tag is None
    assert stage.view("ann").tag == "k3v9xq"


def test_view_sent_late_gets_no_number(stage: Stage) -> None:
    assert stage.view("ann", late_ms=5000).reason == "late"


def test_numbers_nobody_asked_for_are_not_leased(stage: Stage) -> None:
    assert stage.view("ann", numbers=["+74950000000"]).numbers == ()
    assert stage.client.zcount(stage.keys.pool("1"), 1_000_000, "+inf") == 0


def test_network_has_only_so_many_numbers_at_a_time(make_stage: MakeStage) -> None:
    stage = make_stage(network_limit=2)
    stage.view("ann", ip="203.0.113.1")
    stage.view("bob", ip="203.0.113.2")

    assert stage.view("eve", ip="203.0.113.3").reason == "limited"
    assert stage.number(stage.view("dan", ip="198.51.100.1")) == NUMBERS[2]
    stage.wait(16 * MINUTE)
    assert stage.view("eve", ip="203.0.113.3").numbers


def test_renewal_does_not_count_against_the_network(make_stage: MakeStage) -> None:
    stage = make_stage(network_limit=1)
    stage.view("ann")

    assert stage.number(stage.beat("ann")) == NUMBERS[0]


def test_reserve_is_kept_for_paid_clicks(make_stage: MakeStage) -> None:
    stage = make_stage(size=2, reserve=1)

    assert stage.number(stage.view("ann")) == NUMBERS[0]
    assert stage.view("bob").reason == "exhausted"
    assert stage.number(stage.view("eve", is_paid=True)) == NUMBERS[1]


# --- overflow -------------------------------------------------------------------------------------


def test_exhausted_pool_shows_its_static_number(make_stage: MakeStage) -> None:
    stage = make_stage(size=1, overflow="+74951112299")
    stage.view("ann")

    shown = stage.view("bob").numbers[0]

    assert (shown.number, shown.until) == ("+74951112299", None)


def test_shared_lease_is_marked_for_both(make_stage: MakeStage) -> None:
    stage = make_stage(size=1, overflow="shared")
    assert not stage.view("ann").numbers[0].is_shared

    shown = stage.view("bob").numbers[0]

    assert (shown.number, shown.is_shared) == (NUMBERS[0], True)
    assert stage.beat("ann").numbers[0].is_shared
    assert stage.beat("bob").numbers[0].is_shared


def test_mark_goes_with_the_last_who_shared(make_stage: MakeStage) -> None:
    stage = make_stage(size=1, overflow="shared")
    stage.view("ann")
    stage.view("bob")
    stage.wait(10 * MINUTE)
    stage.beat("ann")

    stage.wait(10 * MINUTE)

    assert not stage.beat("ann").numbers[0].is_shared


def test_first_holder_who_stayed_away_shares_like_anybody(make_stage: MakeStage) -> None:
    stage = make_stage(size=1, overflow="shared")
    stage.view("ann")
    since = stage.decisions()[0].leases[0].since
    stage.view("bob")
    stage.wait(10 * MINUTE)
    stage.beat("bob")

    stage.wait(10 * MINUTE)
    stage.view("ann")

    again = stage.decisions()[-1].leases[0]
    assert again.shared
    assert again.since != since


def test_number_is_free_only_when_the_last_of_those_who_share_it_is_gone(make_stage: MakeStage) -> None:
    stage = make_stage(size=1, overflow="shared")
    stage.view("ann")
    stage.wait(10 * MINUTE)
    stage.view("bob")

    stage.wait(10 * MINUTE)
    assert stage.view("eve").numbers[0].is_shared
    stage.wait(16 * MINUTE)
    assert not stage.view("dan").numbers[0].is_shared


def test_sharing_goes_round(make_stage: MakeStage) -> None:
    stage = make_stage(size=2, overflow="shared")
    stage.view("ann")
    stage.wait(MINUTE)
    stage.view("bob")
    stage.wait(MINUTE)

    assert [stage.number(stage.view(who)) for who in ("v", "w")] == NUMBERS[:2]


def test_sharing_leaves_the_reserve_alone(make_stage: MakeStage) -> None:
    stage = make_stage(size=2, reserve=1, overflow="shared")
    stage.view("ann")

    assert stage.view("bob").numbers[0].number == NUMBERS[0]
    assert stage.number(stage.view("eve", is_paid=True)) == NUMBERS[1]


# --- visits ---------------------------------------------------------------------------------------


def test_visit_ends_after_half_an_hour_of_silence(stage: Stage) -> None:
    first = stage.view("ann").visit
    stage.wait(29 * MINUTE)
    second = stage.view("ann").visit
    stage.wait(31 * MINUTE)

    assert first == second
    assert stage.view("ann").visit != second


def test_other_campaign_begins_a_visit(stage: Stage) -> None:
    first = stage.view("ann", campaign="google/cpc/a").visit

    assert stage.view("ann").visit == first
    assert stage.view("ann", campaign="google/cpc/b").visit != first


def test_beat_begins_no_visit(stage: Stage) -> None:
    first = stage.view("ann").visit
    stage.wait(40 * MINUTE)

    assert stage.beat("ann").visit == first


def test_late_view_begins_only_a_first_visit(stage: Stage) -> None:
    first = stage.view("ann", late_ms=60_000).visit
    stage.wait(40 * MINUTE)

    assert stage.view("ann", late_ms=1000).visit == first


def test_new_visit_within_the_hold_keeps_the_number(stage: Stage) -> None:
    number = stage.number(stage.view("ann", campaign="a"))

    assert stage.number(stage.view("ann", campaign="b")) == number


# --- pools ----------------------------------------------------------------------------------------


@pytest.fixture
def two_pools(stage: Stage) -> Stage:
    """Pool 1 for visitors from search, pool 2 for everybody else but direct ones."""
    stage.serve(
        [
            a_pool("1", conditions={"channel": "organic-search"}),
            a_pool("2", conditions={"channel": ["referral", "email"]}),
        ]
    )
    stage.put("+74950000001", pool="2")
    return stage


def test_pool_is_chosen_by_its_conditions(two_pools: Stage) -> None:
    assert two_pools.number(two_pools.view("ann", facts={"channel": "organic-search"})) == NUMBERS[0]
    assert two_pools.number(two_pools.view("bob", facts={"channel": "email"})) == "+74950000001"


def test_pool_stays_for_the_visit(two_pools: Stage) -> None:
    two_pools.view("ann", facts={"channel": "organic-search"})

    assert two_pools.number(two_pools.view("ann", facts={"channel": "email"})) == NUMBERS[0]


def test_visit_without_a_pool_stays_without(two_pools: Stage) -> None:
    assert two_pools.view("ann").reason == "no-pool"

    assert two_pools.view("ann", facts={"channel": "organic-search"}).reason == "no-pool"


def test_next_visit_chooses_anew(two_pools: Stage) -> None:
    two_pools.view("ann")

    granted = two_pools.view("ann", campaign="letter", facts={"channel": "email"})

    assert two_pools.number(granted) == "+74950000001"


def test_new_and_returning_visitors_are_told_apart(stage: Stage) -> None:
    stage.serve([a_pool("1", conditions={"visitor": "new"}), a_pool("2", conditions={"visitor": "returning"})])
    stage.put("+74950000001", pool="2")

    assert stage.number(stage.view("ann")) == NUMBERS[0]
    assert stage.number(stage.view("ann")) == NUMBERS[0]  # still his first visit
    stage.wait(40 * MINUTE)
    assert stage.number(stage.view("ann")) == "+74950000001"


def test_visitor_outside_the_share_is_excluded(stage: Stage) -> None:
    stage.serve([a_pool("1", conditions={"share": "0.0001%"})])

    assert stage.view("ann").reason == "excluded"
    assert stage.beat("ann").reason == "excluded"


def test_static_pool_shows_its_number(stage: Stage) -> None:
    stage.serve([a_pool("1", static_number="+74957770100")])

    shown = stage.view("ann").numbers[0]

    assert (shown.number, shown.until, shown.ttl_seconds) == ("+74957770100", None, None)


def test_number_taken_out_of_the_pool_is_replaced(stage: Stage) -> None:
    stage.view("ann")
    stage.client.zrem(stage.keys.pool("1"), NUMBERS[0])

    assert stage.number(stage.beat("ann")) == NUMBERS[1]


# --- tags -----------------------------------------------------------------------------------------


def test_tag_is_one_per_visitor_and_stays(stage: Stage) -> None:
    stage.client.rpush(stage.keys.tags, "k3v9xq", "m4w8yr")

    assert stage.view("ann").tag == "k3v9xq"
    assert stage.view("bob").tag == "m4w8yr"
    assert stage.beat("ann").tag == "k3v9xq"


def test_visitor_without_a_tag_gets_one_when_there_are_some(stage: Stage) -> None:
    assert stage.view("ann").tag is None
    stage.client.rpush(stage.keys.tags, "k3v9xq")

    assert stage.view("ann").tag == "k3v9xq"


# --- refusals -------------------------------------------------------------------------------------


def test_other_version_of_the_site_is_refused(stage: Stage) -> None:
    stage.client.hset(stage.keys.meta, "version", "2")

    with pytest.raises(StoreRefused, match="stale"):
        stage.view("ann")


def test_store_that_lost_the_site_says_so(stage: Stage) -> None:
    stage.client.flushall()

    with pytest.raises(StoreRefused, match="lost"):
        stage.view("ann")


def test_full_stream_refuses_and_counts(stage: Stage) -> None:
    stage.client.hset(stage.keys.meta, "capacity", "1")
    stage.view("ann")

    with pytest.raises(StoreRefused, match="full"):
        stage.view("bob")
    assert stage.client.hget(stage.keys.meta, "dropped") == b"1"


def test_address_that_sends_too_much_is_refused(stage: Stage) -> None:
    stage.client.set(stage.keys.rate("203.0.113.7"), "600")

    with pytest.raises(StoreRefused, match="limited"):
        stage.view("ann")
    assert stage.view("bob", ip="198.51.100.1").numbers


# --- recognition and coverage ---------------------------------------------------------------------


def test_visitor_is_recognised_by_google_id_and_address_together(stage: Stage) -> None:
    stage.view("ann", ga="123.456")

    assert stage.store.recognised("example", "123.456", "203.0.113.7") == visitor_id("ann")
    assert stage.store.recognised("example", "123.456", "203.0.113.8") is None


def test_coverage_counts_a_visit_once(make_stage: MakeStage) -> None:
    stage = make_stage(size=1)
    for who in ("ann", "ann", "bob", "bob"):
        stage.view(who)
    stage.wait(16 * MINUTE)
    stage.view("bob")

    facts = [fact for decision in stage.decisions() for fact in decision.coverage]

    assert [(fact.first, fact.granted) for fact in facts] == [(True, True), (True, False), (False, True)]
