"""Tokens, failures and the self-test."""

from __future__ import annotations

from datetime import timedelta

import pytest
from connected_account import Connected

from demo.sandbox.faults import Fault, FaultKind
from tracker import clock
from tracker.deliveries.entities import Draft
from tracker.errors import AccessLost, ProviderError, RateLimited, Refused, Unavailable
from tracker.providers.crm.amocrm import AmoCrm
from tracker.providers.crm.base import Level
from tracker.providers.settings import read_settings

CALLBACK = "https://track.example.com/oauth/crm/amocrm/callback"
OAUTH = {"client_id": "id", "client_secret": "secret", "redirect_uri": CALLBACK, "refresh_token": "refresh-1"}


def test_expiring_token_is_refreshed_and_saved_before_it_is_used(amo: Connected) -> None:
    soon = clock.to_iso(amo.clock.at + timedelta(minutes=4))

    amo.crm(**OAUTH, expires_at=soon).get_contact("1")

    assert [entry.url.rpartition("/")[2] for entry in amo.journal] == ["access_token", "1"]
    assert amo.saved[0]["refresh_token"] == amo.account.application.refresh_token
    assert clock.parse(amo.saved[0]["expires_at"]) == amo.clock.at + timedelta(days=1)


def test_token_that_died_early_is_refreshed_once_and_the_request_repeated(amo: Connected) -> None:
    crm = amo.crm(**{**OAUTH, "access_token": "dead"})

    assert crm.create_deal(Draft("Call", "m"))
    assert len(amo.saved) == 1


def test_new_pair_that_cannot_be_saved_is_not_used(amo: Connected) -> None:
    crm = amo.crm(**{**OAUTH, "access_token": "dead"})
    amo.disk_is_full = True

    with pytest.raises(OSError, match="disk full"):
        crm.create_deal(Draft("Call", "m"))
    assert amo.account.leads == {}


def test_spent_refresh_token_breaks_the_connection(amo: Connected) -> None:
    amo.crm(**{**OAUTH, "access_token": "dead"}).get_contact("1")

    with pytest.raises(AccessLost, match="connect the account again"):
        amo.crm(**{**OAUTH, "access_token": "dead"}).get_contact("1")


def test_revoked_long_lived_token_breaks_the_connection(amo: Connected) -> None:
    amo.account.tokens.clear()

    with pytest.raises(AccessLost):
        amo.crm().get_contact("1")
    assert len(amo.journal) == 1


def test_code_of_the_consent_page_gives_the_first_pair(amo: Connected) -> None:
    application = amo.account.application
    assert application is not None
    application.codes["def502"] = amo.clock.at
    crm = amo.crm(**{**OAUTH, "access_token": "", "refresh_token": ""})

    crm.connect("def502")

    assert crm.create_deal(Draft("Call", "m"))
    with pytest.raises(AccessLost):
        crm.connect("def502")


def test_consent_page_is_on_the_common_host() -> None:
    settings = {"base_url": "https://mycompany.kommo.com/", "client_id": "id"}

    assert AmoCrm.consent_url(settings, "s1") == "https://www.kommo.com/oauth?client_id=id&state=s1"


@pytest.mark.parametrize(
    ("fault", "error", "maybe_done"),
    [
        (Fault(FaultKind.ANSWER, status=429, body="slow down"), RateLimited, False),
        (Fault(FaultKind.ANSWER, status=403, body="blocked"), AccessLost, False),
        (Fault(FaultKind.ANSWER, status=402, body={"status": 402}), AccessLost, False),
        (Fault(FaultKind.ANSWER, status=422, body={"detail": "no"}), Refused, False),
        (Fault(FaultKind.ANSWER, status=301, body=""), Refused, False),
        (Fault(FaultKind.ANSWER, status=500, body=""), Unavailable, True),
        (Fault(FaultKind.ANSWER, status=504, body=""), Unavailable, True),
        (Fault(FaultKind.ANSWER, status=200, body="<html>"), Unavailable, True),
        (Fault(FaultKind.HTML), Unavailable, True),
        (Fault(FaultKind.DROP_BEFORE), Unavailable, True),
        (Fault(FaultKind.DROP_AFTER), Unavailable, True),
    ],
)
def test_failure_of_a_write_says_whether_it_may_have_been_obeyed(
    amo: Connected, fault: Fault, error: type[ProviderError], maybe_done: bool
) -> None:
    crm = amo.crm()
    crm.ensure_fields([])
    amo.account.faults.plan(fault)

    with pytest.raises(error) as caught:
        crm.create_deal(Draft("Call", "m"))

    assert caught.value.maybe_done == maybe_done
    assert len(amo.account.leads) == (1 if fault.kind is FaultKind.DROP_AFTER else 0)


def test_journal_holds_no_token(amo: Connected) -> None:
    amo.crm(**{**OAUTH, "access_token": "dead"}).get_contact("1")

    assert "refresh-1" not in repr(amo.journal)
    assert amo.saved[0]["access_token"] not in repr(amo.journal)


def _findings(amo: Connected, level: Level, **wanted: str) -> list[str]:
    return [finding.text for finding in amo.crm().check(**wanted) if finding.level is level]


def test_self_test_of_a_good_account_finds_nothing_wrong_and_writes_nothing(amo: Connected) -> None:
    findings = amo.crm().check("3300", "33001")

    assert {finding.level for finding in findings} == {Level.OK}
    assert findings[0].text == "Connected to Demo (demo)"
    assert {entry.method for entry in amo.journal} == {"GET"}


def test_self_test_names_missing_fields_that_nobody_may_create(amo: Connected) -> None:
    amo.account.is_admin = False

    (contacts, leads) = _findings(amo, Level.WARNING)

    assert "GA_id, IP" in contacts
    assert "administrator" in leads


@pytest.mark.parametrize(
    ("pipeline", "stage", "sentence"),
    [
        ("1", None, "There is no pipeline 1; there are: 3300 (Sales), 3400 (Service)"),
        ("3400", "33001", "Pipeline Service has no stage 33001"),
    ],
)
def test_self_test_names_what_can_be_chosen(amo: Connected, pipeline: str, stage: str | None, sentence: str) -> None:
    (finding,) = [one for one in amo.crm().check(pipeline, stage) if one.level is Level.ERROR]

    assert finding.text.startswith(sentence)


def test_self_test_of_an_account_without_access_says_so(amo: Connected) -> None:
    amo.account.tokens.clear()
    assert _findings(amo, Level.ERROR) == ["amoCRM no longer accepts our access: connect the account again"]


def test_self_test_tells_that_unsorted_is_off(amo: Connected) -> None:
    amo.account.is_unsorted_on = False

    assert "a deal is made" in _findings(amo, Level.WARNING)[0]


def test_settings_need_only_the_address() -> None:
    settings = read_settings(AmoCrm.SETTINGS, {"base_url": "https://example.amocrm.ru", "access_token": "t"})

    assert settings["refresh_token"] == ""


def test_read_that_failed_is_sent_once_more_and_a_write_is_not(amo: Connected) -> None:
    amo.account.faults.plan(Fault(FaultKind.HTML, method="GET"))
    amo.account.faults.plan(Fault(FaultKind.HTML, method="POST"))
    crm = amo.crm()

    assert crm.get_contact("1") is None
    with pytest.raises(Unavailable):
        crm.create_deal(Draft("Call", "m"))


def test_known_contact_and_its_deals_cost_one_request_each(amo: Connected) -> None:
    crm = amo.crm()
    contact = crm.create_contact(Draft("Ann", "m"))
    deal = crm.create_deal(Draft("Call", "m", contact=contact))
    before = len(amo.journal)

    crm.get_contact(contact)
    assert [one.id for one in crm.deals_of(contact)] == [deal]

    assert len(amo.journal) - before == 2
    assert [one.id for one in crm.deals_of(contact)] == [deal]
