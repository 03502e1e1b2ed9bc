"""Notes, calls and tasks on cards."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from demo.sandbox.faults import Fault, FaultKind
from tracker.deliveries.card import CallFacts
from tracker.deliveries.entities import CallRecord, Draft, Entity, EntityType
from tracker.errors import ProviderError, RateLimited
from tracker.inquiries.events import CallStatus

AT = datetime(2026, 1, 1, 12, tzinfo=UTC)
RINGING = CallRecord(
    CallFacts(called="+74957770001", status=CallStatus.RINGING, started_at=AT), "+79161234567", "skvoz:inq-1", "6"
)
ANSWERED = replace(
    RINGING,
    facts=replace(RINGING.facts, status=CallStatus.ANSWERED, answered_by="101", ring_seconds=5, talk_seconds=95),
)
MISSED = replace(RINGING, facts=replace(RINGING.facts, status=CallStatus.MISSED, ring_seconds=30), owner=None)
RECORDED = replace(ANSWERED, facts=replace(ANSWERED.facts, recording_url="https://rec.example/1.mp3"))


BUSY = {"error": "QUERY_LIMIT_EXCEEDED", "error_description": "Too many requests"}


@pytest.fixture
def person(crm):
    return Entity(
        EntityType.CONTACT, crm.create_contact(Draft("Ann", "skvoz:inq-1", phones=("+79161234567",), owner="7"))
    )


@pytest.fixture
def deal(crm, person):
    return Entity(EntityType.DEAL, crm.create_deal(Draft("Call", "skvoz:inq-1", contact=person.id, owner="7")))


def test_note_stands_on_the_timeline_and_is_found_by_its_marker(crm, portal, person):
    id = crm.add_note(person, "From google", "skvoz:inq-1")

    assert portal.comments[int(id)]["COMMENT"] == "From google\nskvoz:inq-1"
    assert crm.find_note(person, "skvoz:inq-1") == id
    assert crm.find_note(person, "skvoz:inq-2") is None


def test_note_is_corrected(crm, portal, person):
    id = crm.add_note(person, "From google", "skvoz:inq-1")

    crm.edit_note(person, id, "From yandex", "skvoz:inq-1")

    assert portal.comments[int(id)]["COMMENT"] == "From yandex\nskvoz:inq-1"


def test_note_that_a_person_deleted_stays_deleted(crm, portal, person):
    id = crm.add_note(person, "From google", "skvoz:inq-1")
    portal.comments.clear()

    crm.edit_note(person, id, "From yandex", "skvoz:inq-1")

    assert portal.comments == {}


def test_markup_in_the_words_of_a_visitor_is_defused(crm, portal, person):
    id = crm.add_note(person, "text: [URL=https://evil.example]bank[/URL] [1]", "skvoz:inq-1")

    assert portal.comments[int(id)]["COMMENT"].startswith("text: [ URL=https://evil.example]bank[ /URL] [1]")


def test_ringing_call_is_shown_and_completed(crm, portal, person):
    id = crm.put_call(person, RINGING, None)
    shown = dict(portal.activities[int(id)])
    again = crm.put_call(person, RECORDED, id)

    completed = portal.activities[int(id)]
    assert again == id
    assert len(portal.activities) == 1
    assert (shown["COMPLETED"], completed["COMPLETED"]) == ("N", "Y")
    assert shown["SUBJECT"] == "Call from +7 916 123-45-67 to +7 495 777-00-01: ringing"
    assert completed["SUBJECT"] == "Call from +7 916 123-45-67 to +7 495 777-00-01: answered, 1:35"
    assert completed["START_TIME"] == "2026-01-01T12:00:00+00:00"
    assert completed["END_TIME"] == "2026-01-01T12:01:40+00:00"
    assert "https://rec.example/1.mp3" in completed["DESCRIPTION"]
    assert completed["COMMUNICATIONS"][0]["VALUE"] == "+79161234567"
    assert completed["RESPONSIBLE_ID"] == "6"


def test_missed_call_stays_open_for_the_owner_of_the_card(crm, portal, person):
    id = crm.put_call(person, MISSED, None)

    call = portal.activities[int(id)]
    assert (call["COMPLETED"], call["RESPONSIBLE_ID"]) == ("N", "7")


def test_call_on_a_deal_belongs_to_its_contact_too(crm, portal, person, deal):
    id = crm.put_call(deal, ANSWERED, None)

    call = portal.activities[int(id)]
    assert (call["OWNER_TYPE_ID"], call["OWNER_ID"]) == ("2", deal.id)
    assert call["COMMUNICATIONS"][0]["ENTITY_ID"] == person.id


def test_withheld_caller_has_a_call_record_as_well(crm, portal, deal):
    id = crm.put_call(deal, replace(ANSWERED, caller=""), None)

    assert portal.activities[int(id)]["SUBJECT"].startswith("Call from number withheld")


def test_call_of_an_unclear_request_is_found_by_its_marker(crm, person):
    id = crm.put_call(person, ANSWERED, None)

    assert crm.find_call(person, "skvoz:inq-1") == id
    assert crm.find_call(person, "skvoz:inq-2") is None


def test_task_is_due_for_its_owner_and_found_by_its_marker(crm, portal, person):
    id = crm.add_task(person, "Call back", AT + timedelta(minutes=15), "skvoz:inq-1", "6")

    task = portal.activities[int(id)]
    assert (task["SUBJECT"], task["RESPONSIBLE_ID"], task["DEADLINE"]) == (
        "Call back",
        "6",
        "2026-01-01T12:15:00+00:00",
    )
    assert crm.find_task(person, "skvoz:inq-1") == id
    assert crm.find_task(person, "skvoz:inq-2") is None


class TestApplication:
    """Calls go through external telephony."""

    def test_call_goes_through_register_finish_and_record(self, application, portal, person):
        ringing = application.crm.put_call(person, RINGING, None)
        assert portal.activities == {}

        finished = application.crm.put_call(person, ANSWERED, ringing)
        recorded = application.crm.put_call(person, RECORDED, finished)
        again = application.crm.put_call(person, RECORDED, recorded)

        [call] = portal.calls.values()
        [activity] = portal.activities.values()
        assert again == recorded
        assert (call["CALL_DURATION"], call["CALL_FAILED_CODE"], call["RECORD"]) == (
            95,
            "200",
            "https://rec.example/1.mp3",
        )
        assert (call["PORTAL_NUMBER"], call["EXTERNAL_CALL_ID"]) == ("+74957770001", "skvoz:inq-1")
        assert (activity["OWNER_ID"], activity["COMPLETED"]) == (person.id, "Y")
        assert call["SHOWN"]

    def test_call_told_after_its_end_pops_nothing_up(self, application, portal, person):
        application.crm.put_call(person, MISSED, None)

        [call] = portal.calls.values()
        assert not call["SHOWN"]
        assert call["CALL_FAILED_CODE"] == "304"
        assert next(iter(portal.activities.values()))["COMPLETED"] == "N"

    def test_call_on_a_deal_shows_in_the_deal_and_its_contact(self, application, portal, person, deal):
        application.crm.put_call(deal, ANSWERED, None)

        [links] = portal.bindings.values()
        assert links == [(3, int(person.id)), (2, int(deal.id))]

    def test_call_on_a_deal_without_contact_is_an_activity(self, application, portal, crm):
        alone = Entity(EntityType.DEAL, crm.create_deal(Draft("Call", "skvoz:inq-1")))

        id = application.crm.put_call(alone, RINGING, None)

        assert application.crm.put_call(alone, ANSWERED, id) == id
        assert portal.activities[int(id)]["COMPLETED"] == "Y"
        assert portal.calls == {}

    @pytest.mark.parametrize("lost", ["telephony.externalCall.register", "telephony.externalCall.finish"])
    def test_call_is_never_doubled_by_a_lost_answer(self, application, portal, person, lost):
        portal.faults.plan(Fault(FaultKind.DROP_AFTER, lost))
        with pytest.raises(ProviderError) as caught:
            application.crm.put_call(person, ANSWERED, None)

        known = application.crm.find_call(person, ANSWERED.marker)
        application.crm.put_call(person, ANSWERED, known)

        assert caught.value.maybe_done
        assert len(portal.calls) == len(portal.activities) == 1

    def test_limit_met_before_the_recording_does_not_double_the_call(self, application, portal, person):
        portal.faults.plan(Fault(FaultKind.ANSWER, "telephony.externalCall.attachRecord", status=503, body=BUSY))
        with pytest.raises(RateLimited) as caught:
            application.crm.put_call(person, RECORDED, None)

        known = application.crm.find_call(person, RECORDED.marker)
        application.crm.put_call(person, RECORDED, known)

        [call] = portal.calls.values()
        assert caught.value.maybe_done
        assert call["RECORD"] == "https://rec.example/1.mp3"
        assert len(portal.activities) == 1

    def test_finish_lost_after_the_ring_was_recorded_is_recognised(self, application, portal, person):
        ringing = application.crm.put_call(person, RINGING, None)
        portal.faults.plan(Fault(FaultKind.DROP_AFTER, "telephony.externalCall.finish"))
        with pytest.raises(ProviderError):
            application.crm.put_call(person, ANSWERED, ringing)

        finished = application.crm.put_call(person, ANSWERED, ringing)

        [activity] = portal.activities
        assert finished == f"{ringing}|{activity}"

    def test_application_without_telephony_records_activities(self, application, portal, person):
        portal.scopes = frozenset({"crm"})

        id = application.crm.put_call(person, ANSWERED, None)

        assert portal.activities[int(id)]["COMPLETED"] == "Y"
        assert portal.calls == {}

    def test_our_numbers_become_lines_once(self, application, portal):
        application.crm.register_lines(["+74957770001"], "Ads")

        assert application.crm.register_lines(["+74957770001", "+74957770002"], "Ads") == ["+74957770002"]
        assert portal.lines["+74957770001"]["NAME"] == "Ads +7 495 777-00-01"
