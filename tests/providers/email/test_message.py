"""A letter gives its tags with the place they stood in, its writer, its text and its class."""

from __future__ import annotations

import base64

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from letters import RECEIVED_AT, RULES, found, raw, read

from tracker.inquiries.events import LetterClass, TagCandidate
from tracker.providers.email.message import read_letter, taken_apart
from tracker.providers.email.tag_places import TagRules

TAGS_IN_HEADERS = {
    "plus": ('To: "Sales" <sales+k3v9xq@example.com>', "k3v9xq", "to"),
    "capitals": ("To: SALES+K3V9XQ@EXAMPLE.COM", "k3v9xq", "to"),
    "copy": ("To: boss@example.com\nCc: sales+k3v9xq@example.com", "k3v9xq", "to"),
    "resent": ("To: sales@example.com\nResent-To: sales+k3v9xq@example.com", "k3v9xq", "to"),
    "delivered-to": (
        "Delivered-To: sales+k3v9xq@example.com\nTo: sales@example.com",
        "k3v9xq",
        "delivered_to",
    ),
    "second delivered-to": (
        "Delivered-To: box@host.example\nDelivered-To: sales+k3v9xq@example.com",
        "k3v9xq",
        "delivered_to",
    ),
    "x-original-to": ("X-Original-To: k3v9xq@in.example.com", "k3v9xq", "delivered_to"),
    "original-recipient": ("Original-Recipient: rfc822;k3v9xq@in.example.com", "k3v9xq", "delivered_to"),
    "google forward": ("X-Forwarded-To: sales+k3v9xq@example.com", "k3v9xq", "delivered_to"),
    "received for": (
        "Received: from a by mx.example.com with ESMTP id 1\n\tfor <sales+k3v9xq@example.com>; Sat, 14 Mar 2026",
        "k3v9xq",
        "received",
    ),
    "whole local part": ("To: k3v9xq@in.example.com", "k3v9xq", "to"),
    "plus on tag domain": ("To: sales+k3v9xq@in.example.com", "k3v9xq", "to"),
    "extension behind tag": ("To: k3v9xq+news@in.example.com", "k3v9xq", "to"),
    "label of tag domain": ("To: sales@k3v9xq.in.example.com", "k3v9xq", "to"),
    "two extensions": ("To: sales+spring+k3v9xq@example.com", "k3v9xq", "to"),
    "percent plus": ("To: sales%2Bk3v9xq@example.com", "k3v9xq", "to"),
    "percent at": ("To: sales%2bk3v9xq%40example.com", "k3v9xq", "to"),
    "blank after plus": ("To: sales+ k3v9xq@example.com", "k3v9xq", "to"),
    "blank before plus": ("To: sales +k3v9xq@example.com", "k3v9xq", "to"),
    "plus became a blank": ("To: sales k3v9xq@example.com", "k3v9xq", "to"),
    "plus lost": ("To: salesk3v9xq@example.com", "k3v9xq", "to"),
    "non-breaking blank": ("To: sales+\u00a0k3v9xq@example.com", "k3v9xq", "to"),
    "zero-width": ("To: sales+k3v\u200b9xq@example.com", "k3v9xq", "to"),
    "full-width": ("To: sales＋ｋ３ｖ９ｘｑ＠example.com", "k3v9xq", "to"),
    "Cyrillic look-alikes": ("To: sales+к3v9хq@example.com", "k3v9xq", "to"),
    "Russian layout": ("To: sales+л3м9чй@example.com", "k3v9xq", "to"),
    "Exchange": ("To: IMCEASMTP-sales+2Bk3v9xq+40example+2Ecom@x.example", "k3v9xq", "to"),
    "quoted local part": ('To: "sales+k3v9xq"@example.com', "k3v9xq", "to"),
    "encoded word": ("To: =?utf-8?q?sales=2Bk3v9xq=40example.com?=", "k3v9xq", "to"),
    "mailto": ("To: <mailto:sales+k3v9xq@example.com>", "k3v9xq", "to"),
    "apostrophes": ("To: 'sales+k3v9xq@example.com'", "k3v9xq", "to"),
    "no closing bracket": ("To: <sales+k3v9xq@example.com", "k3v9xq", "to"),
    "address as a name": ("To: a@evil.example <sales+k3v9xq@example.com>", "k3v9xq", "to"),
    "second To": ("To: boss@example.com\nTo: sales+k3v9xq@example.com", "k3v9xq", "to"),
    "group": ("To: Team: a@x.example, sales+k3v9xq@example.com;", "k3v9xq", "to"),
    "folded": ("To: a@x.example,\n sales+k3v9xq@example.com", "k3v9xq", "to"),
    "full stop": ("To: sales+k3v9xq@example.com.", "k3v9xq", "to"),
    "subject in brackets": ("Subject: Re: [#k3v9xq] price\nTo: sales@example.com", "k3v9xq", "subject"),
    "subject in parentheses": ("Subject: price (K3V9XQ)\nTo: sales@example.com", "k3v9xq", "subject"),
    "subject with hash": ("Subject: #k3v9xq, price\nTo: sales@example.com", "k3v9xq", "subject"),
}


@pytest.mark.parametrize("case", TAGS_IN_HEADERS)
def test_tag_is_found_in(case: str) -> None:
    headers, tag, place = TAGS_IN_HEADERS[case]

    assert found(read(headers))[0] == (tag, place)


NO_TAG = {
    "a word of letters no tag has": "To: sales+spring@example.com",
    "five characters": "To: sales+k3v9x@example.com",
    "seven characters": "To: sales+k3v9xqq@example.com",
    "foreign domain": "To: other+k3v9xq@gmail.com",
    "sub-domain of a plus domain": "To: sales+k3v9xq@mail.example.com",
    "domain that ends like ours": "To: sales+k3v9xq@notexample.com",
    "base name of six letters": "To: bcdfgh+spring@example.com",
    "bare word in the subject": "Subject: k3v9xq",
    "undisclosed": "To: undisclosed-recipients:;",
    "nothing": "To:",
}


@pytest.mark.parametrize("case", NO_TAG)
def test_no_tag_is_found_in(case: str) -> None:
    assert found(read(NO_TAG[case])) == []


def test_envelope_is_found_for_a_blind_copy() -> None:
    event = read("To: undisclosed-recipients:;", envelope_to=("k3v9xq@in.example.com",))

    assert event.candidates == (TagCandidate("k3v9xq", "in.example.com", "envelope"),)
    assert event.recipients == ("k3v9xq@in.example.com",)


def test_envelope_is_trusted_more_than_headers() -> None:
    event = read("To: sales+zzzzzz@example.com", envelope_to=("sales+k3v9xq@example.com",))

    assert found(event) == [("k3v9xq", "envelope"), ("zzzzzz", "to")]


def test_first_of_two_tags_in_to_leads_and_the_second_is_kept() -> None:
    event = read("To: sales+k3v9xq@example.com, B <sales+zzzzzz@example.com>")

    assert found(event) == [("k3v9xq", "to"), ("zzzzzz", "to")]


def test_address_in_angle_brackets_leads_over_one_in_the_name() -> None:
    event = read('To: "sales+zzzzzz@example.com" <sales+k3v9xq@example.com>')

    assert found(event) == [("k3v9xq", "to"), ("zzzzzz", "to")]


def test_repeated_tag_keeps_its_best_place() -> None:
    event = read("Delivered-To: sales+k3v9xq@example.com\nTo: sales+k3v9xq@example.com")

    assert found(event) == [("k3v9xq", "delivered_to")]


def test_other_delimiters_and_lengths_are_read_when_configured() -> None:
    rules = TagRules.of_addresses(["sales@example.com"], lengths=(6, 7), delimiters="+-")

    event = read("To: sales-k3v9xq@example.com, sales+k3v9xqq@example.com", rules=rules)

    assert [one.tag for one in event.candidates] == ["k3v9xq", "k3v9xqq"]


def test_international_domain_is_compared_in_either_form() -> None:
    rules = TagRules.of_addresses(["info@пример.рф"])

    written = read("To: info+k3v9xq@пример.рф", rules=rules)
    encoded = read("To: info+k3v9xq@xn--e1afmkfd.xn--p1ai", rules=rules)

    assert found(written) == found(encoded) == [("k3v9xq", "to")]


def test_recipients_are_listed_best_evidence_first() -> None:
    event = read(
        "Delivered-To: box@host.example\nTo: Flyer@Example.com\nCc: boss@example.com",
        envelope_to=("in@in.example.com",),
    )

    assert event.recipients == (
        "in@in.example.com",
        "box@host.example",
        "Flyer@example.com",
        "boss@example.com",
    )


def test_time_is_the_receipt_not_the_date_header() -> None:
    assert read("Date: Fri, 01 Jan 1999 00:00:00 +9900").received_at == RECEIVED_AT


def test_thread_is_listed_oldest_first() -> None:
    event = read("References: <first@x>\n <second\n @x>\nIn-Reply-To: <third@x> (a comment)")

    assert event.references == ("first@x", "second@x", "third@x")


FORWARD_IN_TEXT = """Ivan, please answer.

---------- Forwarded message ---------
From: Anna Petrova <anna@client.example>
Date: Sat, 14 Mar 2026 at 09:30
Subject: Price
To: <sales+k3v9xq@example.com>

How much is it?
"""
FORWARD_BY_OUTLOOK = """Посмотри

________________________________
От: Анна Петрова <anna@client.example>
Отправлено: 14 марта 2026 г. 9:30
Кому: sales+k3v9xq@example.com
Тема: Цена

Сколько стоит?
"""
FORWARD_BY_APPLE = """See below

Begin forwarded message:

> From: Anna Petrova <anna@client.example>
> Subject: Price
> To: "Sales" <sales+k3v9xq@example.com>
>
> How much is it?
"""


@pytest.mark.parametrize("text", [FORWARD_IN_TEXT, FORWARD_BY_OUTLOOK, FORWARD_BY_APPLE])
def test_forward_by_a_colleague_gives_inner_tag_and_writer(text: str) -> None:
    event = read("From: Colleague <boss@example.com>\nTo: sales@example.com\nSubject: Fwd: Price", text)

    assert found(event) == [("k3v9xq", "forward")]
    assert event.sender == "anna@client.example"
    assert event.sender_name in ("Anna Petrova", "Анна Петрова")


ATTACHED = """--b1
Content-Type: text/plain

See attached.
--b1
Content-Type: message/rfc822

From: Anna <anna@client.example>
To: sales+k3v9xq@example.com
Subject: Price

How much is it?
--b1--
"""


def test_attached_letter_gives_inner_tag_and_writer() -> None:
    event = read('From: boss@example.com\nContent-Type: multipart/mixed; boundary="b1"', ATTACHED)

    assert found(event) == [("k3v9xq", "forward")]
    assert (event.sender_name, event.sender) == ("Anna", "anna@client.example")
    assert event.text == "See attached."


def test_writer_stays_when_the_letter_itself_is_tagged() -> None:
    event = read("From: boss@example.com\nTo: sales+zzzzzz@example.com", FORWARD_IN_TEXT)

    assert found(event) == [("zzzzzz", "to"), ("k3v9xq", "forward")]
    assert event.sender == "boss@example.com"


def test_own_words_come_before_the_quotation() -> None:
    text = "Write to sales+k3v9xq@example.com\n\nOn 14 Mar 2026 Ivan <i@x.example> wrote:\nsales+zzzzzz@example.com\n"

    assert found(read(body=text)) == [("k3v9xq", "body"), ("zzzzzz", "quote")]


def test_quoted_reply_is_the_last_resort() -> None:
    event = read(body="Yes.\n> To: sales+k3v9xq@example.com\n")

    assert found(event) == [("k3v9xq", "quote")]
    assert event.sender == "ivan@client.example"


BOUNCE = """--b1
Content-Type: text/plain

Could not be delivered to sales+k3v9xq@example.com
--b1
Content-Type: message/delivery-status

Action: failed
--b1
Content-Type: message/rfc822

From: anna@client.example
To: sales+k3v9xq@example.com

text
--b1--
"""


def test_bounce_does_not_give_the_tag_of_the_returned_letter() -> None:
    headers = 'To: sales@example.com\nContent-Type: multipart/report; report-type=delivery-status; boundary="b1"'

    event = read(headers, BOUNCE, envelope_from="<>")

    assert event.letter_class is LetterClass.BOUNCE
    assert event.candidates == ()


def test_automatic_answer_is_classed_and_still_matched() -> None:
    event = read("To: sales+k3v9xq@example.com\nAuto-Submitted: auto-replied (vacation)")

    assert event.letter_class is LetterClass.AUTO_REPLY
    assert found(event) == [("k3v9xq", "to")]


def test_misspelt_charset_is_read_by_guess() -> None:
    text = "Сколько стоит доставка?"

    event = read(
        "Content-Type: text/plain; charset=windows-1251x\nContent-Transfer-Encoding: 8bit", text.encode("cp1251")
    )

    assert event.text == text


def test_html_alone_gives_text_with_marked_quotation() -> None:
    markup = (
        "<html><head><title>x</title><style>p{color:red}</style></head><body><p>Good&nbsp;day,<br>Ivan</p>"
        "<script>alert('sales+zzzzzz@example.com')</script><!-- sales+zzzzzz@example.com -->"
        "<blockquote><div>sales+k3v9xq@example.com</div></blockquote></body></html>"
    )

    event = read("Content-Type: text/html; charset=utf-8", markup)

    assert event.text.startswith("Good day,\nIvan")
    assert found(event) == [("k3v9xq", "quote")]


def test_plain_part_is_preferred_and_attachments_are_left_out() -> None:
    body = (
        "--a\nContent-Type: multipart/alternative; boundary=b\n\n"
        "--b\nContent-Type: text/plain; charset=koi8-r\nContent-Transfer-Encoding: base64\n\n"
        f"{base64.b64encode('Добрый день'.encode('koi8-r')).decode()}\n"
        "--b\nContent-Type: text/html\n\n<p>HTML</p>\n--b--\n"
        "--a\nContent-Type: text/plain\nContent-Disposition: attachment; filename=../../etc/x.txt\n\nsecret\n--a--\n"
    )

    assert read("Content-Type: multipart/mixed; boundary=a", body).text == "Добрый день"


def test_flowed_lines_are_joined() -> None:
    body = "One long \nline.\n-- \nIvan\n"

    assert read('Content-Type: text/plain; format="flowed"', body).text == "One long line.\n-- \nIvan"


def test_missing_closing_boundary_loses_nothing() -> None:
    body = "--a\nContent-Type: text/plain\n\nHow much is it?\n"

    assert read("Content-Type: multipart/mixed; boundary=a", body).text == "How much is it?"


def test_characters_no_database_takes_are_removed() -> None:
    event = read("Subject: a\x00b\nTo: sales@example.com", "x\x00y \ud800".encode("utf-8", "surrogatepass"))

    for text in (event.subject, event.text):
        assert "\x00" not in text
        text.encode()
    assert event.subject == "ab"


def test_long_subject_and_text_are_cut() -> None:
    event = read(f"Subject: {'x' * 100_000}", "y" * 200_000)

    assert len(event.subject) == 1000
    assert len(event.text) == 100_000


def test_mbox_line_before_the_headers_is_skipped() -> None:
    letter = b">From ivan@client.example Sat Mar 14 09:30:00 2026\r\n" + raw("To: sales+k3v9xq@example.com")

    event = read_letter(taken_apart(letter), RULES, received_at=RECEIVED_AT)

    assert found(event) == [("k3v9xq", "to")]


def test_sender_in_windows_1251_bytes_is_read() -> None:
    letter = "From: Иван <ivan@client.example>\r\nSubject: Цена и доставка\r\n\r\n".encode("cp1251")

    event = read_letter(taken_apart(letter), RULES, received_at=RECEIVED_AT)

    assert (event.sender_name, event.sender, event.subject) == ("Иван", "ivan@client.example", "Цена и доставка")


def test_sender_is_taken_from_the_envelope_when_from_is_missing() -> None:
    event = read("From:", envelope_from="SRS0=HHH=TT=client.example=ivan@forwarder.example")

    assert event.sender == "ivan@client.example"


@pytest.mark.parametrize(
    "body",
    [
        pytest.param("--a\n" * 20_000, id="parts"),
        pytest.param(
            "".join(f"--a{n}\nContent-Type: multipart/mixed; boundary=a{n + 1}\n\n" for n in range(100)),
            id="nesting",
        ),
        pytest.param("--a\nContent-Type: message/rfc822\n\n" * 100, id="attached letters"),
    ],
)
def test_letter_beyond_the_limits_keeps_headers_only(body: str) -> None:
    boundary = "a0" if "a0" in body else "a"

    event = read(f"To: sales+k3v9xq@example.com\nContent-Type: multipart/mixed; boundary={boundary}", body)

    assert found(event) == [("k3v9xq", "to")]
    assert event.text == ""


@pytest.mark.parametrize("letter", [b"", b"\r\n\r\n", b"\x00", b"no headers at all", b"To:\r\n" * 5000])
def test_rubbish_is_read_without_failing(letter: bytes) -> None:
    event = read_letter(taken_apart(letter), RULES, received_at=RECEIVED_AT)

    assert event.message_id.startswith("sha256:")
    assert event.candidates == ()


SENDERS = {
    "name and address": ('"Ivan Petrov" <ivan@client.example>', "Ivan Petrov", "ivan@client.example"),
    "address alone": ("ivan@client.example", None, "ivan@client.example"),
    "brackets alone": ("<ivan@client.example>", None, "ivan@client.example"),
    "comment": ("ivan@client.example (Ivan Petrov)", "Ivan Petrov", "ivan@client.example"),
    "quotes in the name": (r'"Ivan \"The\" Petrov" <ivan@client.example>', 'Ivan "The" Petrov', "ivan@client.example"),
    "address as the name": ('"boss@example.com" <ivan@client.example>', "boss@example.com", "ivan@client.example"),
    "bare address as the name": ("boss@example.com <ivan@client.example>", "boss@example.com", "ivan@client.example"),
    "encoded name": ("=?utf-8?q?=D0=98=D0=B2=D0=B0=D0=BD?= <ivan@client.example>", "Иван", "ivan@client.example"),
    "two writers": ("A <ivan@client.example>, B <b@x.example>", "A", "ivan@client.example"),
    "no address": ("Ivan", None, None),
    "brackets without end": ("(" * 60_000, None, None),
}


@pytest.mark.parametrize("case", SENDERS)
def test_sender_is_read_from(case: str) -> None:
    written, name, address = SENDERS[case]

    event = read(f"From: {written}")

    assert (event.sender_name, event.sender) == (name, address)


PIECES = st.sampled_from(
    [
        b"To: ", b"From: ", b"Subject: ", b"Content-Type: ", b"multipart/mixed; boundary=a", b"message/rfc822",
        b"text/html", b"; charset=", b"\r\n", b"\n\n", b"--a", b"--a--", b"=?utf-8?b?", b"?=", b"=?x?q?=ZZ", b"<", b">",
        b"sales+k3v9xq@example.com", b"\xff\xfe", b"\x00", b" ", b"@", b'"', b"(", b"Content-Transfer-Encoding: ",
        b"base64", b"quoted-printable", b"x-uuencode", b"zlib", b"<blockquote>", b"<![", b"&#xd800;", b"Message-ID: ",
    ]
)  # fmt: skip


@settings(max_examples=300, deadline=None)
@given(st.lists(PIECES | st.binary(max_size=6), max_size=40).map(b"".join))
def test_any_bytes_are_read_and_can_be_stored(letter: bytes) -> None:
    event = read_letter(taken_apart(letter), RULES, received_at=RECEIVED_AT)

    texts = [event.message_id, event.subject, event.text, event.sender or "", event.sender_name or ""]
    for text in [*texts, *event.recipients, *event.references]:
        assert "\x00" not in text
        text.encode()
