"""Notes, calls and tasks on cards."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from connected_account import Connected

from tracker.deliveries.card import CallFacts
from tracker.deliveries.entities import CallRecord, Draft, Entity, EntityType
from tracker.inquiries.events import CallStatus

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)
CALL = CallFacts("+74957770001", CallStatus.ANSWERED, NOON, "101", 8, 95)
RECORD = CallRecord(CALL, "+79161234567", "skvoz:a1", "502")


@pytest.fixture
def deal(amo: Connected) -> Entity:
    return Entity(EntityType.DEAL, amo.crm().create_deal(Draft("Call", "skvoz:a1")))


def test_note_is_found_by_its_marker_and_edited(amo: Connected, deal: Entity) -> None:
    crm = amo.crm()
    crm.add_note(deal, "other", "skvoz:a10")
    note = crm.add_note(deal, "one", "skvoz:a1")

    crm.edit_note(deal, note, "two", "skvoz:a1")

    assert crm.find_note(deal, "skvoz:a1") == note
    assert crm.find_note(deal, "skvoz:none") is None
    assert amo.account.notes[int(note)].params == {"text": "two\nskvoz:a1"}


def test_call_is_a_native_record_of_who_answered(amo: Connected, deal: Entity) -> None:
    call = amo.crm().put_call(deal, RECORD, None)

    note = amo.account.notes[int(call)]
    assert (note.note_type, note.created_by, note.responsible_user_id) == ("call_in", 502, 502)
    assert note.created_at == int(NOON.timestamp())
    assert note.params == {
        "uniq": "skvoz:a1",
        "duration": 95,
        "source": "Skvoz",
        "phone": "+79161234567",
        "call_status": 4,
        "call_result": "answered",
        "call_responsible": 502,
    }


def test_recording_completes_the_same_call(amo: Connected, deal: Entity) -> None:
    crm = amo.crm()
    call = crm.put_call(deal, RECORD, None)
    recorded = CallFacts("+74957770001", CallStatus.ANSWERED, NOON, "101", 8, 95, "https://rec.example.com/1.mp3")

    again = crm.put_call(deal, CallRecord(recorded, "+79161234567", "skvoz:a1", "502"), call)

    assert again == call == crm.find_call(deal, "skvoz:a1")
    assert amo.account.notes[int(call)].params["link"] == "https://rec.example.com/1.mp3"
    assert amo.account.notes[int(call)].params["uniq"] == "skvoz:a1"


@pytest.mark.parametrize(("status", "number"), [(CallStatus.MISSED, 6), (CallStatus.BUSY, 7), (CallStatus.FAILED, 6)])
def test_call_without_an_answer_says_why(amo: Connected, deal: Entity, status: CallStatus, number: int) -> None:
    missed = CallRecord(CallFacts("+74957770001", status, NOON), "", "skvoz:a1")

    call = amo.crm().put_call(deal, missed, None)

    params = amo.account.notes[int(call)].params
    assert (params["duration"], params["call_status"]) == (0, number)
    assert "call_responsible" not in params


def test_task_is_found_by_its_marker_on_its_card_only(amo: Connected, deal: Entity) -> None:
    crm = amo.crm()
    other = Entity(EntityType.DEAL, crm.create_deal(Draft("Other", "skvoz:a2")))

    task = crm.add_task(deal, "Call back", NOON + timedelta(minutes=15), "skvoz:a1", "503")

    made = amo.account.tasks[int(task)]
    assert (made.complete_till, made.responsible_user_id) == (int(NOON.timestamp()) + 900, 503)
    assert crm.find_task(deal, "skvoz:a1") == task
    assert crm.find_task(other, "skvoz:a1") is None
