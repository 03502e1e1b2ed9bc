"""Rows: other answers of the server: several originals, other lengths, messengers, nothing at all."""

from __future__ import annotations

from typing import Any

from page import Page
from stub_server import NUMBER

from tracker.values.phone import writings


def number(**changes: Any) -> dict[str, Any]:
    return {**NUMBER, **changes}


LONDON = number(swap="+442071234567", match=writings("+442071234567"), number="+442079990001")


OTHER_NUMBERS = [
    Page(
        "several originals with their own numbers",
        "<p>{{8 495 111-22-33|8 495 777-00-01}} {{8 812 333-44-55|8 812 777-00-02}} 8 800 555-35-35</p>",
        site={
            "numbers": [
                NUMBER,
                number(swap="+78123334455", match=["78123334455", "88123334455", "8123334455"], number="+78127770002"),
            ]
        },
    ),
    Page(
        "number of another length",
        '<p><a href="{{tel:+74951112233|tel:+3706123456}}">{{8 (495) 111-22-33|+3706123456}}</a> '
        "{{+7 (495) 111-22-33|+3706123456}}</p>",
        sentinel=False,
        site={"numbers": [number(number="+3706123456")]},
    ),
    Page(
        "number of another area behind a local writing",
        "<p>{{111-22-33|+74997770001}}</p><p>{{(495) 111-22-33|(499) 777-00-01}}</p>",
        sentinel=False,
        site={"numbers": [number(number="+74997770001", match=[*NUMBER["match"], "1112233"])]},
    ),
    Page(
        "local writing within the area",
        "<p>{{111-22-33|777-00-01}}</p>",
        site={"numbers": [number(match=[*NUMBER["match"], "1112233"])]},
    ),
    Page(
        "trunk zero",
        "<p>{{020 7123 4567|020 7999 0001}} {{+44 20 7123 4567|+44 20 7999 0001}}</p>",
        sentinel=False,
        site={"numbers": [LONDON]},
    ),
    Page(
        "trunk zero in brackets",
        '<p><a href="{{tel:+442071234567|tel:+442079990001}}">{{+44 (0)20 7123 4567|+44 (0)20 7999 0001}}</a> '
        "{{0044(0)207 123 4567|0044(0)207 999 0001}} {{(0)20 7123 4567|(0)20 7999 0001}} +44 (0)20 7123 4568</p>",
        sentinel=False,
        site={"numbers": [LONDON]},
    ),
    Page(
        "area code with its trunk zero in brackets",
        "<p>{{+44 (020) 7123 4567|+44 (020) 7999 0001}}</p><p>{{(020) 7123 4567|(020) 7999 0001}}</p>"
        "<p>{{0044 (020) 71234567|0044 (020) 79990001}}</p><p>+44 (021) 7123 4567, +49 (020) 7123 4567</p>",
        sentinel=False,
        site={"numbers": [LONDON]},
    ),
    Page(
        "trunk zero of other countries",
        '<p><a href="{{tel:+4930901820|tel:+4930777001}}">{{+49 (030) 90 18 20|+49 (030) 77 70 01}}</a> '
        "{{030/901820|030/777001}}</p><p>{{+33 (0)1 42 34 56 78|+33 (0)1 77 70 00 01}} "
        "{{01.42.34.56.78|01.77.70.00.01}}</p>",
        sentinel=False,
        site={
            "numbers": [
                number(swap="+4930901820", match=writings("+4930901820"), number="+4930777001"),
                number(swap="+33142345678", match=writings("+33142345678"), number="+33177700001"),
            ]
        },
    ),
    Page(
        "zero that belongs to the number",
        "<p>{{+39 (06) 6981 2345|+39 (06) 7770 0001}} {{06 69812345|06 77700001}} +39 (0)6 6981 2346</p>",
        sentinel=False,
        site={"numbers": [number(swap="+390669812345", match=writings("+390669812345"), number="+390677700001")]},
    ),
    Page(
        "groups of three",
        "<p>{{123 456 789|987 654 321}} {{+48 123 456 789|+48 987 654 321}}</p>",
        sentinel=False,
        site={"numbers": [number(swap="+48123456789", match=["48123456789", "123456789"], number="+48987654321")]},
    ),
    Page(
        "messengers keep the original",
        '<a href="sms:+74951112233">a</a><a href="https://wa.me/74951112233">b</a>'
        '<a href="whatsapp://send?phone=74951112233">c</a>',
    ),
    Page(
        "messengers where the pool says so",
        '<a href="{{sms:+74951112233|sms:+74957770001}}?body=84951112233">a</a>'
        '<a href="{{https://wa.me/74951112233|https://wa.me/74957770001}}?text=84951112233">b</a>'
        '<a href="{{whatsapp://send?phone=74951112233|whatsapp://send?phone=74957770001}}&amp;text=84951112233">c</a>',
        site={"numbers": [number(messengers=True)]},
    ),
    Page(
        "static number without an end",
        "<p>{{8 495 111-22-33|8 495 777-00-01}}</p>",
        site={"numbers": [number(until=None, ttl=None)]},
    ),
    Page(
        "no number in the answer",
        "<p>8 495 111-22-33</p><p>{{sales@example.com|sales+k3v9xq@example.com}}</p>",
        sentinel=False,
        site={"numbers": [], "reason": "exhausted"},
    ),
]
