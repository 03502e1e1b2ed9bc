"""The generic email webhook takes a raw letter from whoever knows the secret."""

from __future__ import annotations

import pytest
from letters import RECEIVED_AT, RULES, found, raw

from tracker.errors import InvalidInput, NotAuthentic
from tracker.providers.email.generic import Generic
from tracker.providers.email.limits import MAX_BYTES
from tracker.providers.shared_secret import signature
from tracker.providers.webhook import Headers, Outcome, WebhookRequest

LETTER = raw("To: undisclosed-recipients:;")


def request(body: bytes = LETTER, **headers: str) -> WebhookRequest:
    return WebhookRequest(
        "POST",
        "/hooks/email/generic/mail",
        Headers({name.replace("_", "-"): value for name, value in headers.items()}),
        (),
        body,
        "message/rfc822",
        "192.0.2.1",
        RECEIVED_AT,
    )


def generic() -> Generic:
    return Generic({"secret": "s3cr3t"}, RULES)


@pytest.mark.parametrize(
    "headers", [{"Authorization": "Bearer s3cr3t"}, {"X_Skvoz_Signature": signature(LETTER, "s3cr3t")}]
)
def test_genuine_letter_is_accepted(headers: dict[str, str]) -> None:
    generic().verify(request(**headers))


@pytest.mark.parametrize(
    "headers", [{}, {"Authorization": "Bearer x"}, {"X_Skvoz_Signature": signature(LETTER + b".", "s3cr3t")}]
)
def test_forged_letter_is_refused(headers: dict[str, str]) -> None:
    with pytest.raises(NotAuthentic):
        generic().verify(request(**headers))


@pytest.mark.parametrize(
    "written",
    ["k3v9xq@in.example.com", "<k3v9xq@in.example.com>", "boss@example.com, sales+K3V9XQ@example.com"],
)
def test_tag_is_taken_from_the_envelope(written: str) -> None:
    (event,) = generic().parse(request(X_Envelope_To=written))

    assert found(event) == [("k3v9xq", "envelope")]


def test_time_of_receipt_is_that_of_the_request() -> None:
    (event,) = generic().parse(request())

    assert event.received_at == RECEIVED_AT


def test_letter_with_a_blank_line_or_mbox_line_first_is_read() -> None:
    for first in (b"\r\n", b"From ivan@client.example Sat Mar 14 09:30:00 2026\n"):
        (event,) = generic().parse(request(first + LETTER))

        assert event.sender == "ivan@client.example"


@pytest.mark.parametrize(
    "body", [b"", b"hello", b"{'a': 1}", b": x", pytest.param(b"A:" + b"x" * MAX_BYTES, id="too large")]
)
def test_what_is_no_letter_names_the_body(body: bytes) -> None:
    with pytest.raises(InvalidInput) as caught:
        generic().parse(request(body))

    assert caught.value.field == "body"


def test_answer_tells_inquiry_and_attribution() -> None:
    answer = generic().answer([Outcome("i1", {"status": "certain"})])

    assert (answer.status, answer.body) == (202, '{"inquiry": "i1", "attribution": {"status": "certain"}}')
