"""The table of small pages; the same rows run in Chromium and in Firefox."""

from __future__ import annotations

from page import Page
from pages_frameworks import FRAMEWORKS
from pages_hard import HARD
from pages_later import LATER
from pages_leases import OTHER_NUMBERS
from pages_places import MAILS, PLACES
from pages_svelte import SVELTES
from pages_writings import SPLIT, UNTOUCHED, WRITINGS

PAGES: list[Page] = [
    *WRITINGS,
    *UNTOUCHED,
    *SPLIT,
    *PLACES,
    *MAILS,
    *OTHER_NUMBERS,
    *LATER,
    *FRAMEWORKS,
    *SVELTES,
    *HARD,
]
