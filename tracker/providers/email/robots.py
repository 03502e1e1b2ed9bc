"""Tells letters of people from those of machines by their headers.

Everything is kept and matched; only what people wrote is counted. Source: RFC 3834 (automatic answers),
RFC 3464 (delivery reports), RFC 2919 (lists).
"""

from __future__ import annotations

import re
from collections.abc import Collection

from tracker.inquiries.events import LetterClass
from tracker.providers.email.address import ascii_domain
from tracker.providers.email.headers import Headers

MAX_HOPS = 30  # a letter that passed more servers runs in a circle

ROBOT_SENDERS = ("mailer-daemon", "postmaster")
ANSWERING_HEADERS = ("x-autoreply", "x-autorespond", "x-auto-reply-from")
LIST_HEADERS = ("list-id", "list-post", "list-unsubscribe", "feedback-id")
ANSWERING_SUBJECT = re.compile(
    r"^\s*(?:auto:|auto(?:matic)?[ -]?reply|автоответ|автоматический ответ|out of (?:the )?office|abwesenheit)",
    re.IGNORECASE,
)


def letter_class(
    headers: Headers,
    sender: str | None,
    envelope_from: str | None,
    own_domains: Collection[str],
    loop_id: str | None,
) -> LetterClass:
    """Returns who wrote the letter.

    Args:
        sender: the address in From.
        envelope_from: `""` or `"<>"` for the null sender, None when the envelope is not known.
        own_domains: a list run on one of them is the company's own distribution address, not a list.
    """
    empty_return = (headers.word("return-path") if envelope_from is None else envelope_from) in ("", "<>")
    has_null_sender = empty_return and (envelope_from is not None or "return-path" in headers)
    if loop_id and loop_id in (value.strip() for value in headers.texts("x-loop")):
        return LetterClass.OWN
    if _is_bounce(headers, sender):
        return LetterClass.BOUNCE
    if _is_answer(headers, has_null_sender):
        return LetterClass.AUTO_REPLY
    if has_null_sender:
        return LetterClass.BOUNCE
    if _is_list(headers, own_domains):
        return LetterClass.LIST
    return LetterClass.SYSTEM if _is_notification(headers) else LetterClass.HUMAN


def _is_bounce(headers: Headers, sender: str | None) -> bool:
    local = (sender or "").partition("@")[0].lower()
    return (
        local in ROBOT_SENDERS
        or "x-failed-recipients" in headers
        or (_is_report(headers) and "delivery-status" in headers.raw("content-type").lower())
    )


def _is_answer(headers: Headers, has_null_sender: bool) -> bool:
    if headers.word("auto-submitted") == "auto-replied" or headers.word("precedence") == "auto_reply":
        return True
    if any(name in headers for name in ANSWERING_HEADERS) or "autorepl" in headers.word("x-mailer"):
        return True
    if _is_report(headers) and "disposition-notification" in headers.raw("content-type").lower():
        return True
    # Each of these alone also stands on letters of people; two together do not.
    weak = (ANSWERING_SUBJECT.match(headers.text("subject")), "x-auto-response-suppress" in headers, has_null_sender)
    return bool(weak[0]) and any(weak[1:])


def _is_list(headers: Headers, own_domains: Collection[str]) -> bool:
    list_id = re.search(r"<([^<>]+)>", headers.text("list-id"))
    host = ascii_domain(list_id[1]) if list_id else ""
    if any(host == domain or host.endswith(f".{domain}") for domain in own_domains):
        return False
    return headers.word("precedence") in ("bulk", "junk", "list") or any(name in headers for name in LIST_HEADERS)


def _is_notification(headers: Headers) -> bool:
    submitted = headers.word("auto-submitted")
    hops = sum(1 for _ in headers.raws("received"))
    return submitted not in ("", "no") or _is_report(headers) or hops > MAX_HOPS


def _is_report(headers: Headers) -> bool:
    return headers.word("content-type") == "multipart/report"
