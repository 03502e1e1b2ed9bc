"""The delivery algorithm against a CRM in memory: finding, adding, revisions, unclear outcomes."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from crm_fakes import CALLER, NOON, CardMap, FakeCrm, Memory, make_call, make_card

from tracker.deliveries.card import AttributionFacts, SourceFacts
from tracker.deliveries.crm_delivery import deliver
from tracker.deliveries.entities import Additions, Entity, EntityType
from tracker.deliveries.policy_file import read_policy
from tracker.errors import Unavailable
from tracker.inquiries.events import CallStatus, InquiryKind

DEFAULT = read_policy(None)
RINGING = make_card(call=make_call(CallStatus.RINGING))


def test_first_call_makes_contact_deal_note_and_call(crm: FakeCrm, memory: Memory) -> None:
    entities = deliver(make_card(), crm, DEFAULT, memory)

    contact, deal = crm.contacts[entities["contact"]], crm.deals[entities["deal"]]
    assert contact.phones == (CALLER,)
    assert contact.values["utm_source"] == deal.values["utm_source"] == "google"
    assert crm.contact_of[deal.id] == contact.id
    assert [on for _, on, _, _ in crm.notes] == [Entity(EntityType.CONTACT, contact.id)]
    assert [on for on, _ in crm.calls.values()] == [Entity(EntityType.DEAL, deal.id)]


def test_note_tells_page_date_utm_path_and_probability(crm: FakeCrm, memory: Memory) -> None:
    deliver(make_card(), crm, DEFAULT, memory)

    text = crm.notes[0][2]
    for part in (
        "Call from +7 916 123-45-67 to +7 495 777-00-01",
        "01.01.2026 15:00 (Europe/Moscow)",
        "utm_campaign=spring",
        "Page of the inquiry: https://example.com/price",
        "01.01 14:57 Catalogue https://example.com/",
        "probability 97%",
    ):
        assert part in text


def test_letter_is_noted_with_subject_and_text_in_russian(crm: FakeCrm, memory: Memory) -> None:
    letter = make_card(
        kind=InquiryKind.EMAIL,
        call=None,
        phones=(),
        emails=("ann@example.org",),
        subject="Цена",
        text="Сколько стоит?",
        language="ru",
    )

    deliver(letter, crm, DEFAULT, memory)

    assert crm.notes[0][2].startswith("Письмо\nКогда: 01.01.2026 15:00")
    assert "Тема: Цена\nСколько стоит?" in crm.notes[0][2]


@pytest.mark.parametrize("written", ["+7 (916) 123-45-67", "8 916 123 45 67", "9161234567", "8-916-123-4567 доб. 12"])
def test_known_contact_is_recognised_in_any_writing(crm: FakeCrm, memory: Memory, written: str) -> None:
    crm.add_contact("7", [written])

    entities = deliver(make_card(), crm, DEFAULT, memory)

    assert entities == {"contact": "7"}
    assert crm.contacts["7"].phones == (written,)


def test_decoy_with_the_same_last_digits_is_not_believed(crm: FakeCrm, memory: Memory) -> None:
    crm.add_contact("7", ["+74951234567"])

    assert deliver(make_card(), crm, DEFAULT, memory)["contact"] != "7"


def test_new_phone_and_email_are_added_and_filled_fields_left_alone(crm: FakeCrm, memory: Memory) -> None:
    crm.add_contact("7", ["+79990000000"], emails=("Ann@Example.org",), values={"utm_source": "yandex"})

    deliver(make_card(emails=("ann@example.org",)), crm, DEFAULT, memory)

    ann = crm.contacts["7"]
    assert ann.phones == ("+79990000000", CALLER)
    assert ann.emails == ("Ann@Example.org",)
    assert (ann.values["utm_source"], ann.values["utm_medium"]) == ("yandex", "cpc")


def test_field_filled_always_overwrites(crm: FakeCrm, memory: Memory) -> None:
    crm.add_contact("7", [CALLER], values={"utm_source": "yandex"})

    policy = read_policy({"fields": {"utm_source": {"field": "utm_source", "fill": "always"}}})
    deliver(make_card(), crm, policy, memory)

    assert crm.contacts["7"].values["utm_source"] == "google"


@pytest.mark.parametrize(
    ("ga_id", "ip", "is_he"),
    [
        ("147852369.3692587411", "203.0.113.9", True),
        ("147852369.3692587411", "198.51.100.1", False),
        ("1.2", "203.0.113.9", False),
    ],
)
def test_ga_id_counts_only_together_with_ip(crm: FakeCrm, memory: Memory, ga_id: str, ip: str, is_he: bool) -> None:
    crm.add_contact("7", ["+74950000001"], values={"ga_id": ga_id, "ip": ip})

    assert (deliver(make_card(), crm, DEFAULT, memory)["contact"] == "7") == is_he


def test_oldest_contact_with_an_open_deal_is_chosen_and_the_rest_named(crm: FakeCrm, memory: Memory) -> None:
    crm.add_contact("7", [CALLER], created_at=NOON - timedelta(days=30))
    crm.add_contact("8", [CALLER], created_at=NOON - timedelta(days=20))
    crm.add_contact("9", [CALLER], created_at=NOON - timedelta(days=10))
    crm.add_deal("1", "7", is_open=False)
    crm.add_deal("2", "8")
    crm.add_deal("3", "9")

    entities = deliver(make_card(), crm, DEFAULT, memory)

    assert entities == {"contact": "8", "deal": "2"}
    assert "contacts 7, 9" in crm.notes[0][2]


def test_open_deal_takes_the_call_and_no_second_deal_is_made(crm: FakeCrm, memory: Memory) -> None:
    crm.add_contact("7", [CALLER])
    crm.add_deal("1", "7", is_open=False)
    crm.add_deal("2", "7")

    deliver(make_card(), crm, DEFAULT, memory)

    assert list(crm.deals) == ["1", "2"]
    assert [on.id for on, _ in crm.calls.values()] == ["2"]


def test_our_map_finds_whom_a_search_would_miss(crm: FakeCrm) -> None:
    known = CardMap()
    first = deliver(make_card(), crm, DEFAULT, Memory(known))
    crm.find_contacts = lambda phones, emails: []

    second = deliver(make_card(inquiry="a2"), crm, DEFAULT, Memory(known))

    assert second == first


def test_contact_that_was_merged_by_hand_is_found_again(crm: FakeCrm) -> None:
    known = CardMap()
    first = deliver(make_card(), crm, DEFAULT, Memory(known))
    del crm.contacts[first["contact"]]
    crm.add_contact("7", ["8 (916) 123-45-67"])

    second = deliver(make_card(inquiry="a2"), crm, DEFAULT, Memory(known))

    assert second["contact"] == "7"
    assert Entity(EntityType.CONTACT, first["contact"]) not in known.rows[CALLER]


def test_number_that_moved_to_another_contact_is_followed(crm: FakeCrm) -> None:
    known = CardMap()
    first = deliver(make_card(), crm, DEFAULT, Memory(known))
    crm.contacts[first["contact"]] = replace(crm.contacts[first["contact"]], phones=("+74950000009",))
    crm.add_contact("7", [CALLER])

    assert deliver(make_card(inquiry="a2"), crm, DEFAULT, Memory(known))["contact"] == "7"


def test_ring_end_and_recording_complete_one_card(memory: Memory) -> None:
    crm = FakeCrm(shows_ringing=True)
    ended = make_card()
    recorded = replace(ended, call=replace(ended.call, recording_url="https://rec.example.com/1.mp3"))

    for card in (RINGING, ended, recorded):
        deliver(card, crm, DEFAULT, memory)

    assert (len(crm.contacts), len(crm.deals), len(crm.notes), len(crm.calls)) == (1, 1, 1, 1)
    (_, record), *_ = crm.calls.values()
    assert (record.facts.talk_seconds, record.facts.recording_url) == (95, "https://rec.example.com/1.mp3")


def test_call_record_waits_for_the_end_where_a_ring_cannot_be_shown(crm: FakeCrm, memory: Memory) -> None:
    deliver(RINGING, crm, DEFAULT, memory)
    assert (len(crm.notes), len(crm.calls)) == (1, 0)

    deliver(make_card(), crm, DEFAULT, memory)
    assert (len(crm.notes), len(crm.calls)) == (1, 1)


def test_missed_call_makes_one_task_for_the_owner(crm: FakeCrm, memory: Memory) -> None:
    crm.add_contact("7", [CALLER], owner="502")
    missed = make_card(call=make_call(CallStatus.MISSED))

    deliver(missed, crm, DEFAULT, memory)
    deliver(missed, crm, DEFAULT, memory)

    assert [(on.id, due, owner) for _, on, _, due, owner in crm.tasks] == [("7", NOON + timedelta(minutes=15), "502")]


def test_owner_reviews_a_call_that_somebody_else_answered(crm: FakeCrm, memory: Memory) -> None:
    crm.add_contact("7", [CALLER], owner="503")

    deliver(make_card(), crm, read_policy({"extensions": {"101": 502}, "review_task": True}), memory)

    assert [(on.id, owner) for _, on, _, _, owner in crm.tasks] == [("7", "503")]
    assert crm.contacts["7"].owner == "503"


@pytest.mark.parametrize("answered_by", ["101", None])
def test_nobody_reviews_his_own_call_or_that_of_a_stranger(
    crm: FakeCrm, memory: Memory, answered_by: str | None
) -> None:
    crm.add_contact("7", [CALLER], owner="502")
    card = make_card(call=make_call(answered_by=answered_by))

    deliver(card, crm, read_policy({"extensions": {"101": 502}, "review_task": True}), memory)

    assert crm.tasks == []


def test_unmapped_extension_is_reported_to_whoever_keeps_the_settings(crm: FakeCrm, memory: Memory) -> None:
    policy = read_policy({"extensions": {"102": 502}, "extension_task": 501})

    deliver(make_card(), crm, policy, memory)
    deliver(make_card(), crm, policy, memory)

    assert [owner for *_, owner in crm.tasks] == ["501"]


def test_who_answers_becomes_responsible_for_what_is_new(crm: FakeCrm, memory: Memory) -> None:
    policy = read_policy({"extensions": {"101": 502}})
    deliver(RINGING, crm, policy, memory)

    entities = deliver(make_card(), crm, policy, memory)

    assert crm.contacts[entities["contact"]].owner == "502"
    assert crm.deals[entities["deal"]].owner == "502"


def test_owner_that_a_person_has_set_is_kept(crm: FakeCrm, memory: Memory) -> None:
    policy = read_policy({"extensions": {"101": 502}})
    entities = deliver(RINGING, crm, policy, memory)
    crm.assign(Entity(EntityType.DEAL, entities["deal"]), "503")

    deliver(make_card(), crm, policy, memory)

    assert crm.deals[entities["deal"]].owner == "503"


def test_owner_of_a_known_contact_is_never_replaced(crm: FakeCrm, memory: Memory) -> None:
    crm.add_contact("7", [CALLER], owner="503")

    deliver(make_card(), crm, read_policy({"extensions": {"101": 502}}), memory)

    assert crm.contacts["7"].owner == "503"


def test_correction_replaces_our_values_and_the_note_but_no_persons_entry(crm: FakeCrm, memory: Memory) -> None:
    entities = deliver(make_card(), crm, DEFAULT, memory)
    crm.update(Entity(EntityType.CONTACT, entities["contact"]), Additions(values={"utm_campaign": "by hand"}))
    corrected = make_card(
        source=SourceFacts(utm_source="yandex", utm_campaign="winter", channel="paid-search"),
        attribution=AttributionFacts("certain", "Corrected by a person.", 1.0),
    )

    deliver(corrected, crm, DEFAULT, memory)

    values = crm.contacts[entities["contact"]].values
    assert (values["utm_source"], values["utm_campaign"], values["utm_medium"]) == ("yandex", "by hand", "")
    assert len(crm.notes) == 1
    assert "Corrected by a person." in crm.notes[0][2]


@pytest.mark.parametrize("method", ["create_contact", "create_deal", "add_note"])
@pytest.mark.parametrize("how", ["before", "after"])
def test_lost_answer_doubles_nothing(crm: FakeCrm, memory: Memory, method: str, how: str) -> None:
    crm.fails[method] = how
    with pytest.raises(Unavailable):
        deliver(make_card(), crm, DEFAULT, memory)

    deliver(make_card(), crm, DEFAULT, memory)

    assert (len(crm.contacts), len(crm.deals), len(crm.notes), len(crm.calls)) == (1, 1, 1, 1)


def test_contact_made_by_another_inquiry_meanwhile_is_not_doubled(crm: FakeCrm) -> None:
    known, interrupted = CardMap(), Memory()
    interrupted.map = known
    crm.fails["create_contact"] = "before"
    with pytest.raises(Unavailable):
        deliver(make_card(), crm, DEFAULT, interrupted)
    deliver(make_card(inquiry="a2"), crm, DEFAULT, Memory(known))

    deliver(make_card(), crm, DEFAULT, interrupted)

    assert (len(crm.contacts), len(crm.deals), len(crm.notes)) == (1, 1, 2)


def test_waiting_lead_takes_the_event_and_no_contact_is_made(crm: FakeCrm) -> None:
    known, policy = CardMap(), read_policy({"first": "lead"})
    first = deliver(make_card(), crm, policy, Memory(known))

    second = deliver(make_card(inquiry="a2"), crm, policy, Memory(known))

    assert second == first == {"lead": first["lead"]}
    assert (len(crm.contacts), len(crm.leads), len(crm.notes)) == (0, 1, 2)


def test_deal_without_contact_is_remembered(crm: FakeCrm) -> None:
    known, policy = CardMap(), read_policy({"first": "deal"})
    first = deliver(make_card(), crm, policy, Memory(known))

    second = deliver(make_card(inquiry="a2"), crm, policy, Memory(known))

    assert second == first == {"deal": first["deal"]}
    assert (len(crm.contacts), len(crm.deals)) == (0, 1)


def test_contact_deleted_after_the_ring_is_not_made_again(crm: FakeCrm, memory: Memory) -> None:
    entities = deliver(RINGING, crm, DEFAULT, memory)
    del crm.contacts[entities["contact"]]

    deliver(make_card(), crm, DEFAULT, memory)

    assert crm.contacts == {}
    assert [on.id for on, _ in crm.calls.values()] == [entities["deal"]]


def test_card_only_policy_notes_the_origin_without_the_event(crm: FakeCrm, memory: Memory) -> None:
    form = make_card(kind=InquiryKind.FORM, call=None, text="Call me", fields={"city": "Perm"})

    deliver(form, crm, read_policy({"first": "contact"}), memory)

    assert "utm_source=google" in crm.notes[0][2]
    assert "Perm" not in crm.notes[0][2]


def test_names_follow_the_templates(crm: FakeCrm, memory: Memory) -> None:
    policy = read_policy({"contact_name": "{name} ({utm_source})", "deal_name": "{kind} {called}"})

    entities = deliver(make_card(name="Ann"), crm, policy, memory)

    assert crm.contacts[entities["contact"]].name == "Ann (google)"
    assert crm.drafts[entities["deal"]].name == "Call +7 495 777-00-01"
