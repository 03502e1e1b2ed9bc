"""Phone numbers as values: any usual writing in, E.164 with plus out.

Metadata is that of `phonenumbers`; what people and PBXes write beside the rules is mended before it is asked.
A number is taken when its length is possible: new ranges are "invalid" for months, and calls must not be lost.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache
from urllib.parse import unquote

import phonenumbers
from phonenumbers import PhoneNumber, PhoneNumberFormat, PhoneNumberType, ValidationResult

CACHED = 8192  # pages of one site repeat a handful of writings; callers come back
MAX_TEXT = 256  # the longest SIP address worth reading
FEWEST_DIGITS = 7  # shorter ones are extensions and short codes

RUSSIAN_PLAN = frozenset({"RU", "KZ"})  # share +7, trunk prefix 8, international prefix 810

ANONYMOUS_WORDS = frozenset(
    {"anonymous", "unknown", "restricted", "private", "unavailable", "withheld", "hidden", "blocked", "asserted",
     "coinphone", "p", "null", "none", "privatenumber", "numberwithheld", "нет", "скрыт", "скрытый", "неизвестный",
     "неизвестно", "скрытыйномер", "номерскрыт", "аноним"}
)  # fmt: skip
# ANONYMOUS, RESTRICTED, UNKNOWN, BLOCKED, UNAVAILABLE, typed on a keypad: networks send them as digits.
ANONYMOUS_DIGITS = frozenset({"0", "266696687", "7378742833", "8656696", "2562533", "86282452253", "464"})

_BRACKETED = re.compile(r"<([^<>]*)>")
_SCHEME = re.compile(r"^(?:sips?|tel|callto):(?://)?", re.IGNORECASE)
_HIDE_CALLER_CODE = re.compile(r"^(?:[*#]31#|\*67)")
_NOT_WORD = re.compile(r"[\W\d_]+")


def parse(text: str, country: str | None) -> str | None:
    """Reads one phone number.

    Accepts `+7 (495) 111-22-33`, `8 495 1112233`, `007…`, `tel:` and `sip:` addresses, any dashes and spaces;
    extensions are dropped. Names, extensions alone, local numbers without area code and anonymous callers
    give None.

    Args:
        text: the writing.
        country: ISO 3166 code that national writings belong to, e.g. `RU`; None reads international ones only.

    Returns:
        E.164 with plus, e.g. `+74951112233`, or None.
    """
    return _parse(text, country.upper() if country else None) if len(text) <= MAX_TEXT else None


@lru_cache(maxsize=CACHED)
def _parse(text: str, country: str | None) -> str | None:
    written = _without_address(_plain(text))
    if is_anonymous(written):
        return None
    digits = _leading_number(_HIDE_CALLER_CODE.sub("", written))
    if digits is None:
        return None
    return _to_e164(_mended(digits, country), country)


def _plain(text: str) -> str:
    """Full-width and other digits become ASCII; zero-width, bidi and control characters go."""
    if text.isascii() and text.isprintable():
        return text.strip()
    kept = (char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) not in _UNSEEN)
    return "".join(_ascii_digit(char) for char in kept).strip()


_UNSEEN = ("Cf", "Cc", "Cs")


def _ascii_digit(char: str) -> str:
    return str(unicodedata.decimal(char)) if not char.isascii() and char.isdecimal() else char


def _without_address(text: str) -> str:
    """`"Ivan" <sip:+7495…@host;user=phone>` gives `+7495…`; other text stays as it is."""
    bracketed = _BRACKETED.search(text)
    if bracketed and any(char.isdigit() for char in bracketed[1]):
        text = bracketed[1].strip()
    user, found = _SCHEME.subn("", text, count=1)
    if "%" in user:
        user = unquote(user)
    if found:
        user = re.split(r"[@;?]", user, maxsplit=1)[0]
    return user.partition("@")[0].strip()


def _leading_number(text: str) -> str | None:
    """The first number of a text as digits, with a plus if it was written; None when there is none.

    `тел. 8 495 111-22-33 доб. 12` gives `84951112233`: words before it and everything after a letter, a comma
    or `#` behind a full number are left out; the same marks inside a short one make it no phone number.
    """
    start = re.search(r"[+\d]", text)
    if start is None:
        return None
    plus = text[start.start()] == "+"
    rest = text[start.start() :]
    if plus:
        rest = rest.replace("(0)", "")  # +44 (0)20 …: the trunk prefix is not dialled from abroad
    digits = []
    for char in rest:
        if char.isdigit():
            digits.append(char)
        elif char.isalpha() or char in ",;#*" or (char == "+" and digits):
            if len(digits) >= FEWEST_DIGITS:
                break
            return None
    return ("+" if plus else "") + "".join(digits) if len(digits) >= FEWEST_DIGITS else None


def _mended(number: str, country: str | None) -> str:
    """Repairs writings that the numbering plan does not know but people and PBXes use."""
    digits = number.removeprefix("+")
    if digits.startswith("00") and len(digits) >= 11:
        return "+" + digits[2:]
    if country not in RUSSIAN_PLAN:
        return number
    if len(digits) == 12 and digits.startswith("78") and digits[2] in "3489":  # 7 put before the trunk 8
        return "+7" + digits[2:]
    if number.startswith("+"):
        is_trunk_eight = len(digits) == 11 and digits[0] == "8" and digits[1] in "3489"
        return "+7" + digits[1:] if is_trunk_eight else number
    if digits.startswith("810") and len(digits) >= 12:
        return "+" + digits[3:]
    if len(digits) == 11 and digits[0] in "78":
        return "+7" + digits[1:]
    if len(digits) == 10 and digits[0] in "34789":
        return "+7" + digits
    return number


def _to_e164(number: str, country: str | None) -> str | None:
    national = _read(number, country)
    if national is not None and phonenumbers.is_valid_number(national):
        return _format(national)
    if country is not None and not number.startswith("+"):
        abroad = _read("+" + number, None)
        if abroad is not None and phonenumbers.is_valid_number(abroad):
            return _format(abroad)
    return _format(national) if national is not None and _is_possible(national) else None


def _read(number: str, country: str | None) -> PhoneNumber | None:
    try:
        return phonenumbers.parse(number, country)
    except phonenumbers.NumberParseException:
        return None


def _is_possible(number: PhoneNumber) -> bool:
    if number.country_code == 7:  # the library lets Russian numbers of 12 and more digits pass
        return len(phonenumbers.national_significant_number(number)) == 10
    reason: int = phonenumbers.is_possible_number_with_reason(number)
    return reason == ValidationResult.IS_POSSIBLE


def _format(number: PhoneNumber) -> str:
    text: str = phonenumbers.format_number(number, PhoneNumberFormat.E164)
    return text


def is_anonymous(text: str | None) -> bool:
    """True when a caller field says that there is no number: empty, `Restricted`, `номер скрыт`, `+266696687`."""
    plain = _plain(text or "").lower()
    if plain.lstrip("+") in ANONYMOUS_DIGITS:
        return True
    if any(char.isdigit() for char in plain):
        return False
    return _NOT_WORD.sub("", plain.partition("@")[0].removeprefix("sip:")) in ANONYMOUS_WORDS | {""}


@lru_cache(maxsize=CACHED)
def _known(e164: str) -> PhoneNumber:
    return phonenumbers.parse(e164, None)


@lru_cache(maxsize=CACHED)
def _writings(e164: str) -> tuple[str, ...]:
    number = _known(e164)
    national = phonenumbers.national_significant_number(number)
    region = phonenumbers.region_code_for_number(number) or phonenumbers.region_code_for_country_code(
        number.country_code or 0
    )
    trunk = phonenumbers.ndd_prefix_for_region(region, True) or ""
    local = phonenumbers.format_number(number, PhoneNumberFormat.NATIONAL)
    found = [e164.removeprefix("+"), trunk + national, national, "".join(filter(str.isdigit, local))]
    if trunk == "0":  # +44 (0)20 …, +44 (020) …
        found.append(f"{number.country_code}0{national}")
    return tuple(text for text in dict.fromkeys(found) if len(text) >= FEWEST_DIGITS)


def writings(e164: str) -> list[str]:
    """Returns the digit strings under which a page or a CRM may hold the number, the international one first.

    Russian `+74951112233`: `["74951112233", "84951112233", "4951112233"]`; elsewhere likewise with the
    country's own trunk prefix, none where there is none. A trunk zero also stands behind the country's code, last.

    Raises:
        phonenumbers.NumberParseException: the argument is not E.164.
    """
    return list(_writings(e164))


def is_mobile(e164: str) -> bool:
    """True when the plan reserves the number for mobiles; False also where it cannot tell, as in the USA."""
    kind: int = phonenumbers.number_type(_known(e164))
    return kind == PhoneNumberType.MOBILE


def is_landline(e164: str) -> bool:
    """True when the plan reserves the number for fixed lines; False also where it cannot tell."""
    kind: int = phonenumbers.number_type(_known(e164))
    return kind == PhoneNumberType.FIXED_LINE


@lru_cache(maxsize=CACHED)
def display(e164: str) -> str:
    """Writes the number for people: `+7 495 111-22-33`."""
    text: str = phonenumbers.format_number(_known(e164), PhoneNumberFormat.INTERNATIONAL)
    return text
