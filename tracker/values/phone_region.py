"""Where a phone number is from, in words.

Apart from `phone`, because the names of all the world's dialling areas take 100 MB and half a second to load: only
the process that matches calls needs them.
"""

from __future__ import annotations

from functools import lru_cache

import phonenumbers
from phonenumbers import geocoder


@lru_cache(maxsize=8192)
def find(e164: str, language: str) -> str | None:
    """Returns the city, region or country of a number: `+78121234567`, `ru` gives `г. Санкт-Петербург`.

    In the language if the area has a name in it, else in English; None when the area is not known.

    Raises:
        phonenumbers.NumberParseException: the argument is not E.164.
    """
    text: str = geocoder.description_for_number(phonenumbers.parse(e164, None), language)
    return text or None
