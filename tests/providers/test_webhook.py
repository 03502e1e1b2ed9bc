"""Requests of providers and foreign JSON are read without surprises."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from tracker.errors import InvalidInput
from tracker.inquiries.events import CallStatus
from tracker.providers import reading
from tracker.providers.webhook import Headers, WebhookAnswer, WebhookRequest


def request(body: bytes) -> WebhookRequest:
    return WebhookRequest("POST", "/hooks/x/y/z", Headers(), (), body, "", "192.0.2.1")


def test_headers_are_found_in_any_case_and_the_first_wins() -> None:
    headers = Headers([("X-Sign", "one"), ("x-sign", "two")])

    assert headers["x-SIGN"] == "one"
    assert "X-SIGN" in headers
    assert list(headers) == ["X-Sign"]
    assert headers.get("absent") is None


def test_json_with_a_byte_order_mark_is_read() -> None:
    assert request(b'\xef\xbb\xbf{"a": 1}').json() == {"a": 1}


@pytest.mark.parametrize("body", [b"", b"null", b"1", b'{"a": Infinity}', b'{"a": ' + b"9" * 5000 + b"}", b"\x80"])
def test_json_that_is_no_object_is_refused(body: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        request(body).json()

    assert caught.value.field == "body"


def test_form_keeps_order_repetition_and_empty_values() -> None:
    pairs = request(b"to=1&from=%2B7916&to=2&empty=").form()

    assert pairs == [("to", "1"), ("from", "+7916"), ("to", "2"), ("empty", "")]


def test_form_of_a_thousand_and_one_fields_is_refused() -> None:
    with pytest.raises(InvalidInput):
        request(b"&".join([b"a=1"] * 1001)).form()


def test_json_answer_keeps_letters() -> None:
    assert WebhookAnswer.of_json(202, {"a": "ё"}) == WebhookAnswer(202, '{"a": "ё"}', "application/json")


def test_nested_field_is_named_by_its_path() -> None:
    with pytest.raises(InvalidInput) as caught:
        reading.text({"call": {"from": {}}}, "call.from")

    assert caught.value.field == "call.from"


def test_text_in_place_of_an_object_is_named() -> None:
    with pytest.raises(InvalidInput) as caught:
        reading.text({"call": "x"}, "call.from")

    assert caught.value.field == "call"


@pytest.mark.parametrize("data", [{}, {"a": None}, {"a": ""}, {"a": " "}, {"b": 1}])
def test_absent_null_and_empty_are_the_same(data: dict[str, object]) -> None:
    assert reading.text(data, "a") is None
    assert reading.instant(data, "a") is None
    assert reading.integer(data, "a") is None
    for read in (reading.text, reading.integer, reading.instant):
        with pytest.raises(InvalidInput, match="required"):
            read(data, "a", required=True)


@pytest.mark.parametrize(("value", "expected"), [(95, 95), (95.0, 95), ("95", 95), (" 7 ", 7), (0, 0)])
def test_whole_number_is_read(value: object, expected: int) -> None:
    assert reading.integer({"a": value}, "a") == expected


@pytest.mark.parametrize("value", [True, -1, 1.5, "1.5", "١", [], {}, 10**400, 2**31, "9" * 5000])
def test_what_is_no_whole_number_is_refused(value: object) -> None:
    with pytest.raises(InvalidInput):
        reading.integer({"a": value}, "a")


def test_time_without_zone_is_read_in_the_given_one() -> None:
    zone = ZoneInfo("Europe/Moscow")

    read = reading.instant({"at": "2026-01-01T15:00:00"}, "at", zone=zone)

    assert read == datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_time_without_zone_is_refused_where_none_is_known() -> None:
    with pytest.raises(InvalidInput, match="needs a zone"):
        reading.instant({"at": "2026-01-01T15:00:00"}, "at")


def test_choice_ignores_case_and_lists_the_known() -> None:
    known = (CallStatus.BUSY, CallStatus.FAILED)

    assert reading.choice({"status": "BUSY"}, "status", known) is CallStatus.BUSY
    with pytest.raises(InvalidInput, match="busy, failed"):
        reading.choice({"status": "answered"}, "status", known)
