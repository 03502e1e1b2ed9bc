"""The marks of filters that saw a letter before us. A writer who forges one harms nobody but himself.

Only what a filter decided counts: a failed SPF or DKIM alone also stands on letters that somebody has forwarded.
"""

from __future__ import annotations

import re

from tracker.providers.email.headers import Headers

YES = re.compile(r"^\s*yes\b", re.IGNORECASE)
FAIL = re.compile(r"^\s*fail\b", re.IGNORECASE)
MARKS = {
    "x-spam-flag": YES,  # SpamAssassin, rspamd
    "x-spam-status": YES,
    "x-spam": YES,
    "x-mailgun-sflag": YES,
    "x-ses-spam-verdict": FAIL,
    "x-ses-virus-verdict": FAIL,
    "x-yandex-spam": re.compile(r"^\s*4\b"),
    "x-ms-exchange-organization-scl": re.compile(r"^\s*[5-9]\b"),  # Microsoft: 5 and more goes to the junk folder
    "x-forefront-antispam-report": re.compile(r"(?:^|;)\s*SCL:[5-9]\b", re.IGNORECASE),
}

# What the server at our side did about a letter that fails DMARC. Google writes `dis`, Microsoft `action`.
CONDEMNED = re.compile(r"\bdmarc=fail\b.{0,200}?\b(?:dis|action)=o?(?:quarantine|reject)\b", re.IGNORECASE | re.DOTALL)


def is_marked(headers: Headers) -> bool:
    """Tells whether a filter takes the letter for spam.

    Of several `Authentication-Results` the top-most counts: our side wrote it, those below may be forged.
    """
    if any(mark.search(value) for name, mark in MARKS.items() for value in headers.texts(name)):
        return True
    return CONDEMNED.search(headers.text("authentication-results")) is not None
