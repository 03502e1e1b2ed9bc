"""From the bytes and header words of real letters to text that any database takes. Nothing here raises.

Charsets are often misspelt, absent or false; a wrong guess costs a few letters, an exception costs the letter.
"""

from __future__ import annotations

import codecs
import re
from email.errors import HeaderParseError
from email.header import decode_header

UNSTORABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
FOLDING = re.compile(r"\r?\n(?=[ \t])")

ALIASES = {"utf8mb4": "utf-8", "unicode-1-1-utf-7": "utf-7", "unicode-1-1-utf-8": "utf-8", "cp-1251": "cp1251"}
# Names Python knows that are no charsets of letters; some take quadratic time.
NOT_CHARSETS = {"idna", "punycode", "undefined", "unicode_escape", "raw_unicode_escape", "mbcs", "oem"}
KNOWN_INSIDE = re.compile(r"(?:windows-?|cp-?)(125[0-8])|(koi8-?[ru])|(utf-?8)|(iso-?8859-?\d{1,2})", re.IGNORECASE)

CYRILLIC_WORD = re.compile("[а-яё]{2}", re.IGNORECASE)
LOWER_CYRILLIC = re.compile("[а-яё]")
UPPER_CYRILLIC = re.compile("[А-ЯЁ]")


def clean(text: str) -> str:
    """Returns the text with plain line ends, without NUL, control characters and lone surrogates."""
    return UNSTORABLE.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))


def decoded(data: bytes, charset: str | None) -> str:
    """Returns the text of a body part; `charset` is what the letter claims, None when it claims nothing."""
    named = _codec(charset) if charset else None
    for codec in (named, "utf-8"):
        text = codec and _strictly(data, codec)
        if text is not None and text != "":
            return clean(text)
    if named and not named.startswith("utf"):
        return clean(data.decode(named, "replace"))
    return clean(_guessed(data))


def header_text(raw: str) -> str:
    """Returns a header value as people read it: unfolded, encoded words decoded, 8-bit bytes guessed.

    Args:
        raw: as `Message.raw_items` gives it: foreign bytes stand there as surrogate escapes.
    """
    unfolded = FOLDING.sub("", raw).strip()
    if "=?" not in unfolded:
        return clean(_eight_bit(unfolded))
    try:
        chunks = decode_header(_eight_bit(unfolded))
    except (HeaderParseError, ValueError):
        return clean(unfolded)
    return clean("".join(_chunk_text(chunk, charset) for chunk, charset in chunks))


def _chunk_text(chunk: bytes | str, charset: str | None) -> str:
    if isinstance(chunk, str):
        return chunk
    if charset is None:
        # Python hands the text between encoded words back in this codec.
        return chunk.decode("raw-unicode-escape", "replace")
    return decoded(chunk, charset)


def _eight_bit(text: str) -> str:
    """Turns surrogate escapes back into bytes and reads those."""
    if not any("\udc80" <= letter <= "\udcff" for letter in text):
        return text
    return decoded(text.encode("utf-8", "surrogateescape"), None)


def _codec(charset: str) -> str | None:
    name = charset.strip(" '\"").lower()
    usable = _usable(ALIASES.get(name, name))
    if usable:
        return usable
    inside = KNOWN_INSIDE.search(name)
    if inside is None:
        return None
    windows, koi, utf, iso = inside.groups()
    return _usable(f"cp{windows}" if windows else koi or utf or iso)


def _usable(name: str) -> str | None:
    try:
        found = codecs.lookup(name).name
        "".encode(found)  # refuses codecs that are no text encodings, such as zlib
    except (LookupError, UnicodeError, ValueError):
        return None
    return None if found.replace("-", "_") in NOT_CHARSETS else found


def _strictly(data: bytes, codec: str) -> str | None:
    try:
        return data.decode(codec)
    except (UnicodeError, ValueError):
        return None


def _guessed(data: bytes) -> str:
    """The two old Russian charsets swap upper and lower case when taken for one another."""
    windows, koi = data.decode("cp1251", "replace"), data.decode("koi8-r", "replace")
    if not CYRILLIC_WORD.search(windows):
        return data.decode("cp1252", "replace")
    return koi if _lower_case(koi) > _lower_case(windows) else windows


def _lower_case(text: str) -> int:
    return len(LOWER_CYRILLIC.findall(text)) - len(UPPER_CYRILLIC.findall(text))
