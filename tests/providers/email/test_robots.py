"""Letters of machines are told from those of people."""

from __future__ import annotations

import pytest
from letters import read

from tracker.inquiries.events import LetterClass

CLASSES = {
    "plain letter": ("", LetterClass.HUMAN),
    "auto-submitted no": ("Auto-Submitted: no", LetterClass.HUMAN),
    "vacation": ("Auto-Submitted: auto-replied", LetterClass.AUTO_REPLY),
    "vacation with parameters": ("Auto-Submitted: Auto-Replied; owner-email=x@y", LetterClass.AUTO_REPLY),
    "generated": ("Auto-Submitted: auto-generated", LetterClass.SYSTEM),
    "notified": ("Auto-Submitted: auto-notified", LetterClass.SYSTEM),
    "null return path": ("Return-Path: <>", LetterClass.BOUNCE),
    "return path of a writer": ("Return-Path: <ivan@client.example>", LetterClass.HUMAN),
    "vacation from the null sender": ("Return-Path: <>\nAuto-Submitted: auto-replied", LetterClass.AUTO_REPLY),
    "mailer-daemon": ("From: Mail Delivery <MAILER-DAEMON@mx.example>", LetterClass.BOUNCE),
    "Exim": ("X-Failed-Recipients: x@y.example", LetterClass.BOUNCE),
    "delivery report that says it answers": (
        "Auto-Submitted: auto-replied\nContent-Type: multipart/report; report-type=delivery-status; boundary=a",
        LetterClass.BOUNCE,
    ),
    "read receipt": (
        "Content-Type: multipart/report; report-type=disposition-notification; boundary=a",
        LetterClass.AUTO_REPLY,
    ),
    "abuse report": (
        "Content-Type: multipart/report; report-type=feedback-report; boundary=a",
        LetterClass.SYSTEM,
    ),
    "flag of SpamAssassin": ("X-Spam-Flag: YES", LetterClass.SPAM),
    "status of SpamAssassin": ("X-Spam-Status: Yes, score=7.1 required=5.0", LetterClass.SPAM),
    "status of no spam": ("X-Spam-Status: No, score=-0.1\nX-Spam-Flag: NO", LetterClass.HUMAN),
    "flag of Mailgun": ("X-Mailgun-Sflag: Yes", LetterClass.SPAM),
    "virus found by SES": ("X-SES-Virus-Verdict: FAIL", LetterClass.SPAM),
    "confidence of Microsoft": ("X-Forefront-Antispam-Report: CIP:192.0.2.1;CTRY:;SCL:6;SRV:", LetterClass.SPAM),
    "no confidence of Microsoft": ("X-Forefront-Antispam-Report: CIP:192.0.2.1;SCL:1;PTR:x", LetterClass.HUMAN),
    "quarantined by Google": (
        "Authentication-Results: mx.google.com; spf=fail smtp.mailfrom=x@y.example;\n"
        " dmarc=fail (p=QUARANTINE sp=QUARANTINE dis=QUARANTINE) header.from=y.example",
        LetterClass.SPAM,
    ),
    "rejected by Microsoft": (
        "Authentication-Results: spf=fail; dkim=none; dmarc=fail action=oreject header.from=y.example",
        LetterClass.SPAM,
    ),
    "forwarded, so that SPF fails": (
        "Authentication-Results: mx.google.com; spf=fail; dkim=fail; dmarc=fail (p=NONE dis=NONE)",
        LetterClass.HUMAN,
    ),
    "verdict below that of our side": (
        "Authentication-Results: mx.example.com; dmarc=pass\n"
        "Authentication-Results: x.example; dmarc=fail (p=REJECT dis=REJECT)",
        LetterClass.HUMAN,
    ),
    "spam that is a list": ("X-Spam-Flag: YES\nPrecedence: bulk", LetterClass.LIST),
    "precedence bulk": ("Precedence: bulk", LetterClass.LIST),
    "precedence auto_reply": ("Precedence: auto_reply", LetterClass.AUTO_REPLY),
    "list": ("List-Id: News <news.shop.example>", LetterClass.LIST),
    "newsletter": ("List-Unsubscribe: <https://shop.example/off>", LetterClass.LIST),
    "own distribution address": (
        "List-Id: <sales.example.com>\nPrecedence: list\nList-Post: <mailto:sales@example.com>",
        LetterClass.HUMAN,
    ),
    "x-autoreply": ("X-Autoreply: yes", LetterClass.AUTO_REPLY),
    "suppression asked, as Microsoft programs do": ("X-Auto-Response-Suppress: All", LetterClass.HUMAN),
    "subject alone": ("Subject: Автоответ: ваш заказ", LetterClass.HUMAN),
    "subject and suppression": (
        "Subject: Automatic reply: Price\nX-Auto-Response-Suppress: All",
        LetterClass.AUTO_REPLY,
    ),
    "answer to an automatic reply": (
        "Subject: Re: Automatic reply: Price\nX-Auto-Response-Suppress: All",
        LetterClass.HUMAN,
    ),
    "our own": ("X-Loop: skvoz-1", LetterClass.OWN),
    "somebody else's loop mark": ("X-Loop: other", LetterClass.HUMAN),
    "thirty hops": ("\n".join(["Received: from a by b"] * 30), LetterClass.HUMAN),
    "running in a circle": ("\n".join(["Received: from a by b"] * 31), LetterClass.SYSTEM),
}


@pytest.mark.parametrize("case", CLASSES)
def test_class_of(case: str) -> None:
    headers, expected = CLASSES[case]

    assert read(f"To: sales@example.com\n{headers}".strip()).letter_class is expected


@pytest.mark.parametrize("envelope_from", ["", "<>"])
def test_null_envelope_sender_is_a_bounce(envelope_from: str) -> None:
    assert read(envelope_from=envelope_from).letter_class is LetterClass.BOUNCE


def test_known_envelope_sender_counts_more_than_the_return_path() -> None:
    event = read("Return-Path: <>", envelope_from="ivan@client.example")

    assert event.letter_class is LetterClass.HUMAN
