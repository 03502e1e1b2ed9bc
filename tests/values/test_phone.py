"""Every usual writing of a number is one number."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tracker.values import phone

MOSCOW = "+74951112233"

RUSSIAN_WRITINGS = {
    "international": "+7 (495) 111-22-33",
    "trunk prefix": "8 495 1112233",
    "trunk prefix with brackets": "8 (495) 111-22-33",
    "no prefix": "4951112233",
    "country code without plus": "74951112233",
    "international prefix": "00 7 495 111-22-33",
    "international prefix after a plus": "+007 495 111 22 33",
    "Russian international prefix": "810 7 495 111 22 33",
    "no-break spaces": "+7\u00a0495\u00a0111\u00a022\u00a033",
    "thin spaces": "8\u2009495\u2009111\u202f22\u200a33",
    "en dashes": "8 495 111\u201322\u201333",
    "em dash, minus, hyphen": "8\u2014495\u2212111\u201022\u201133",
    "dots": "8.495.111.22.33",
    "slashes": "8/495/111-22-33",
    "link": "tel:+7-495-111-22-33",
    "link with slashes": "tel://84951112233",
    "other link": "callto:+74951112233",
    "capital link": "TEL:+74951112233",
    "encoded plus": "tel:%2B74951112233",
    "SIP address": "sip:+74951112233@192.0.2.1:5060;user=phone",
    "SIP address without plus": "sip:74951112233@pbx.example.com",
    "bracketed SIP address with a name": '"Ivan 7" <sip:+74951112233@x>;tag=1',
    "bare SIP user": "+74951112233@192.0.2.1",
    "encoded SIP address": "sip:%2B74951112233@x",
    "extension": "8 495 111-22-33 доб. 12",
    "short extension": "+74951112233 x12",
    "pause": "+74951112233,,12",
    "hash": "+74951112233#12",
    "parameter": "tel:+74951112233;ext=12",
    "word before": "Тел.: 8 495 111-22-33",
    "remark behind": "8 495 111-22-33 (круглосуточно)",
    "second number behind": "8 495 111-22-33, 8 495 111-22-34",
    "trunk prefix after plus": "+8 495 111-22-33",
    "country code before trunk prefix": "78 495 111-22-33",
    "plus, country code, trunk prefix": "+7 8 495 111 22 33",
    "hidden caller code": "#31#84951112233",
    "full-width digits": "＋７４９５１１１２２３３",
    "Arabic-Indic digits": "+٧٤٩٥١١١٢٢٣٣",
    "bidi marks": "\u202a+7 495 111-22-33\u202c",
    "zero-width spaces": "8\u200b495\u200b111\u200b2233",
}


@pytest.mark.parametrize("text", RUSSIAN_WRITINGS.values(), ids=RUSSIAN_WRITINGS.keys())
def test_russian_writing_is_read(text: str) -> None:
    assert phone.parse(text, "RU") == MOSCOW


ABROAD = {
    "British national": ("020 7946 0123", "GB", "+442079460123"),
    "British with optional trunk prefix": ("+44 (0)20 7946 0123", "RU", "+442079460123"),
    "American": ("(415) 555-2671", "US", "+14155552671"),
    "American with trunk prefix": ("1-415-555-2671", "US", "+14155552671"),
    "American seen from Russia without plus": ("14155552671", "RU", "+14155552671"),
    "Ukrainian without plus": ("380441234567", "RU", "+380441234567"),
    "Belarusian through 810": ("810375291234567", "RU", "+375291234567"),
    "Kazakh": ("8 701 234 56 78", "KZ", "+77012345678"),
    "Italian keeps its zero": ("06 698 12345", "IT", "+390669812345"),
    "German": ("030/901820", "DE", "+4930901820"),
    "Vietnamese seen from Vietnam": ("+84 24 3825 2916", "VN", "+842438252916"),
    "Vietnamese seen from Russia": ("+84 24 3825 2916", "RU", "+842438252916"),
    "no country": ("+74951112233", None, MOSCOW),
    "small letters of the country": ("84951112233", "ru", MOSCOW),
    "free call": ("8 800 555-35-35", "RU", "+78005553535"),
}


@pytest.mark.parametrize(("text", "country", "number"), ABROAD.values(), ids=ABROAD.keys())
def test_other_countries_are_read(text: str, country: str | None, number: str) -> None:
    assert phone.parse(text, country) == number


NOT_NUMBERS = {
    "empty": "",
    "word": "call us",
    "extension": "101",
    "emergency": "112",
    "group and extension": "015856#205",
    "channel": "SIP/101",
    "local number without area code": "111-22-33",
    "anonymous": "anonymous",
    "anonymous address": "sip:anonymous@anonymous.invalid",
    "keypad word": "+266696687",
    "vanity": "1-800-FLOWERS",
    "letters inside": "8495abc1112233",
    "too long": "84951112233445566",
    "extension with context": "tel:101;phone-context=pbx.example.com",
    "mail address": "sales2024@example.com",
    "very long text": "8" * 5000,
    "impossible Russian number": "70000000000000",
}


@pytest.mark.parametrize("text", NOT_NUMBERS.values(), ids=NOT_NUMBERS.keys())
def test_other_text_is_no_number(text: str) -> None:
    assert phone.parse(text, "RU") is None


def test_national_writing_needs_a_country() -> None:
    assert phone.parse("4951112233", None) is None


def test_writings_of_a_russian_number_are_in_the_agreed_order() -> None:
    assert phone.writings(MOSCOW) == ["74951112233", "84951112233", "4951112233"]


WRITINGS = {
    "British": ("+442079460123", ["442079460123", "02079460123", "2079460123", "4402079460123"]),
    "American": ("+14155552671", ["14155552671", "4155552671"]),
    "Spanish, no trunk prefix": ("+34912345678", ["34912345678", "912345678"]),
    "Italian, zero belongs to the number": ("+390669812345", ["390669812345", "0669812345"]),
    "Kazakh": ("+77012345678", ["77012345678", "87012345678", "7012345678"]),
}


@pytest.mark.parametrize(("number", "expected"), WRITINGS.values(), ids=WRITINGS.keys())
def test_writings_of_other_numbers(number: str, expected: list[str]) -> None:
    assert phone.writings(number) == expected


@given(st.from_regex(r"\+7(495|499|812|843|916|926|800)[1-9][0-9]{6}", fullmatch=True))
def test_every_writing_is_read_back(number: str) -> None:
    assert {phone.parse(text, "RU") for text in phone.writings(number)} == {number}
    assert phone.parse(phone.display(number), "RU") == number


@given(st.text(max_size=40))
def test_any_text_gives_a_number_or_none(text: str) -> None:
    number = phone.parse(text, "RU")

    assert number is None or (number.startswith("+") and number[1:].isascii() and number[1:].isdigit())


ANONYMOUS = ["", "  ", None, "anonymous", "Anonymous", "<unknown>", "Private number", "P", "0", "-", "null", "None",
             "неизвестный", "Скрытый номер", "номер скрыт", "+266696687", "266696687", "+464",
             "sip:anonymous@anonymous.invalid"]  # fmt: skip


@pytest.mark.parametrize("text", ANONYMOUS)
def test_withheld_caller_is_anonymous(text: str | None) -> None:
    assert phone.is_anonymous(text)


@pytest.mark.parametrize("text", [MOSCOW, "101", "84951112233", "Ivan", "464123"])
def test_shown_caller_is_not_anonymous(text: str) -> None:
    assert not phone.is_anonymous(text)


def test_mobile_is_told_from_fixed() -> None:
    assert phone.is_mobile("+79161234567")
    assert not phone.is_mobile(MOSCOW)


def test_display_is_for_people() -> None:
    assert phone.display(MOSCOW) == "+7 495 111-22-33"
