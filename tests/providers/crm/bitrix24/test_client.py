"""Transport: tokens, limits, failures, and what the journal shows."""

from dataclasses import replace
from datetime import timedelta
from urllib.parse import parse_qsl, urlsplit

import pytest
import requests

from demo.sandbox.faults import Fault, FaultKind
from tracker.deliveries.entities import Draft
from tracker.errors import AccessLost, InvalidInput, RateLimited, Refused, Unavailable
from tracker.providers.crm.bitrix24 import Bitrix24
from tracker.providers.crm.bitrix24.query import encode

DRAFT = Draft("Ann", "skvoz:1", phones=("+79161234567",))


def test_batch_parameters_are_written_the_way_php_reads_them():
    params = {"filter": {">=ID": 1, "@ID": [7, 8]}, "text": "a & b + [c]", "none": None, "empty": []}

    assert encode(params) == ("filter[%3E%3DID]=1&filter[%40ID][0]=7&filter[%40ID][1]=8&text=a+%26+b+%2B+%5Bc%5D&none=")


def test_full_bucket_asks_for_a_pause(crm, portal):
    portal.bucket.capacity = 0

    with pytest.raises(RateLimited) as caught:
        crm.create_contact(DRAFT)

    assert caught.value.retry_after == timedelta(seconds=10)
    assert not caught.value.maybe_done


def test_used_up_method_asks_for_the_wait_that_the_portal_named(crm, portal, clock):
    portal.budget.costs["crm.lead.get"] = 300.0
    crm.get_lead("1")
    clock.at += timedelta(minutes=3)
    crm.get_lead("1")

    with pytest.raises(RateLimited) as caught:
        crm.get_lead("1")

    assert caught.value.retry_after == timedelta(minutes=7)
    assert crm.get_deal("1") is None  # other methods go on
    clock.at += caught.value.retry_after
    assert crm.get_lead("1") is None


def test_limit_met_inside_a_batch_is_a_limit(crm, portal):
    crm.find_contacts_by_values({})
    portal.budget.costs["crm.duplicate.findbycomm"] = 250.0  # contacts and leads
    crm.find_contacts(["+79161234567"], [])

    with pytest.raises(RateLimited):
        crm.find_contacts(["+79161234567"], [])


FAILURES = {
    "server error": (Fault(FaultKind.ANSWER, status=500, body={"error": "INTERNAL_SERVER_ERROR"}), Unavailable, True),
    "proxy page": (Fault(FaultKind.HTML), Unavailable, True),
    "empty answer": (Fault(FaultKind.ANSWER, status=200, body=""), Unavailable, True),
    "broken json": (Fault(FaultKind.ANSWER, status=200, body='{"result":'), Unavailable, True),
    "dropped before": (Fault(FaultKind.DROP_BEFORE), Unavailable, True),
    "dropped after": (Fault(FaultKind.DROP_AFTER), Unavailable, True),
    "blocked": (Fault(FaultKind.ANSWER, status=503, body={"error": "OVERLOAD_LIMIT"}), AccessLost, False),
    "tariff": (Fault(FaultKind.ANSWER, status=403, body={"error": "ACCESS_DENIED"}), AccessLost, False),
    "not paid": (Fault(FaultKind.ANSWER, status=401, body={"error": "PAYMENT_REQUIRED"}), AccessLost, False),
    "deleted": (Fault(FaultKind.ANSWER, status=500, body={"error": "PORTAL_DELETED"}), AccessLost, False),
    "rights": (
        Fault(FaultKind.ANSWER, status=400, body={"error": "", "error_description": "Access denied."}),
        AccessLost,
        False,
    ),
    "moved": (Fault(FaultKind.ANSWER, status=302, headers={"Location": "https://new.bitrix24.ru/"}), AccessLost, False),
    "wrong": (Fault(FaultKind.ANSWER, status=400, body={"error": "ERROR_CORE"}), Refused, False),
}


@pytest.mark.parametrize(("fault", "kind", "maybe_done"), FAILURES.values(), ids=FAILURES)
def test_failure_of_a_write_is_told_in_our_words(crm, portal, fault, kind, maybe_done):
    portal.faults.plan(replace(fault, method="crm.contact.add"))

    with pytest.raises(kind) as caught:
        crm.create_contact(DRAFT)

    assert type(caught.value) is kind
    assert caught.value.maybe_done is maybe_done


def test_failed_reading_has_certainly_changed_nothing(crm, portal):
    portal.faults.plan(Fault(FaultKind.DROP_AFTER), times=2)

    with pytest.raises(Unavailable) as caught:
        crm.get_contact("1")

    assert not caught.value.maybe_done


@pytest.mark.parametrize("kind", [FaultKind.DROP_BEFORE, FaultKind.HTML])
def test_read_that_failed_is_sent_once_more_and_a_write_is_not(crm, portal, kind):
    portal.faults.plan(Fault(kind, method="crm.lead.get"))
    portal.faults.plan(Fault(kind, method="crm.contact.add"))

    assert crm.get_lead("1") is None
    with pytest.raises(Unavailable):
        crm.create_contact(DRAFT)


def test_wrong_webhook_code_loses_the_access(connect, address):
    crm = connect(webhook_url=f"{address}/rest/1/guessed/").crm

    with pytest.raises(AccessLost):
        crm.get_contact("1")


def test_missing_right_is_named(crm, portal):
    portal.scopes = frozenset({"user"})

    with pytest.raises(AccessLost, match="grant crm"):
        crm.get_contact("1")


def test_email_that_the_portal_refuses_is_refused(crm, portal):
    with pytest.raises(Refused, match="incorrect"):
        crm.create_contact(Draft("Ann", "skvoz:1", emails=("nonsense",)))

    assert portal.cards["CONTACT"] == {}


def test_expired_token_is_renewed_once_and_kept(application, portal, clock):
    portal.application.expires_at = clock()

    application.crm.create_contact(DRAFT)

    assert portal.application.refreshed == 1
    assert len(portal.cards["CONTACT"]) == 1
    assert application.saved["access_token"] == "access-2"
    assert application.saved["refresh_token"] == "refresh-2"


def test_token_lives_its_hour(application, portal, clock):
    portal.application.expires_at = clock()
    application.crm.get_contact("1")
    clock.at += timedelta(minutes=59)
    application.crm.get_contact("1")
    assert portal.application.refreshed == 1

    clock.at += timedelta(minutes=1)
    application.crm.get_contact("1")

    assert portal.application.refreshed == 2


def test_dead_refresh_token_loses_the_access(application, portal, clock):
    portal.application.expires_at = clock()
    portal.application.refresh_token = "another"

    with pytest.raises(AccessLost, match="connect the application again"):
        application.crm.get_contact("1")

    assert application.saved == {}


def test_revoked_token_loses_the_access(application, portal):
    portal.application.access_token = "another"

    with pytest.raises(AccessLost):
        application.crm.get_contact("1")


@pytest.fixture
def fresh(connect, address):
    """An application that nobody has let in yet."""
    return connect(base_url=address, client_id="app.demo", client_secret="app-secret", oauth_url=address)


def consent(address):
    url = Bitrix24.consent_url({"base_url": address, "client_id": "app.demo"}, "state-1")
    back = requests.get(url, allow_redirects=False, timeout=5).headers["Location"]
    return dict(parse_qsl(urlsplit(back).query))


def test_application_is_connected_by_the_code_of_a_consent(fresh, address, portal):
    back = consent(address)

    fresh.crm.connect(back["code"])

    assert back["state"] == "state-1"
    assert fresh.crm.get_contact("1") is None
    assert fresh.saved["access_token"] == portal.application.access_token


def test_code_of_a_consent_dies_after_half_a_minute(fresh, address, clock):
    code = consent(address)["code"]
    clock.at += timedelta(seconds=30)

    with pytest.raises(AccessLost):
        fresh.crm.connect(code)


def test_application_that_nobody_let_in_has_no_access(fresh):
    with pytest.raises(AccessLost, match="not connected yet"):
        fresh.crm.get_contact("1")


def test_journal_shows_no_secret(application, connect, portal, clock):
    webhook = connect()
    portal.application.expires_at = clock()

    webhook.crm.create_contact(DRAFT)
    application.crm.create_contact(DRAFT)

    shown = repr(webhook.journal + application.journal)
    for secret in ("/secret/", "app-secret", "access-1", "access-2", "refresh-1", "refresh-2"):
        assert secret not in shown


def test_settings_need_one_complete_way_in(connect):
    with pytest.raises(InvalidInput) as caught:
        connect(base_url="https://demo.bitrix24.ru", client_id="app.demo")
    assert caught.value.field == "settings.client_secret"

    with pytest.raises(InvalidInput) as caught:
        connect(webhook_url="https://demo.bitrix24.ru/rest/1/")
    assert caught.value.field == "settings.webhook_url"
