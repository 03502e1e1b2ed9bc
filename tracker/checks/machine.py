"""Checks of the machine we run on, and of what it was told about its surroundings."""

from __future__ import annotations

import shutil

from tracker.checks.finding import Context, Finding, fail, ok, warn

GIGABYTE = 1_000_000_000
WARN_BYTES = 2 * GIGABYTE
FAIL_BYTES = GIGABYTE // 5
MAIL_REMEDY = "Name one in SKVOZ_SMTP_URL, then send a test from the page of alerts."


def disk(context: Context) -> Finding:
    """Whether the instance folder has room for spool, store and database."""
    free = shutil.disk_usage(context.settings.instance).free
    sentence = f"{free / GIGABYTE:.1f} GB are free for {context.settings.instance}."
    remedy = "Free some space, or move the instance folder to a larger disk (SKVOZ_INSTANCE)."
    if free < FAIL_BYTES:
        return fail(sentence, remedy)
    return warn(sentence, remedy) if free < WARN_BYTES else ok(sentence)


def mail(context: Context) -> Finding:
    """Whether letters of alerts and of lost passwords have a way out."""
    if context.settings.smtp_url is None:
        return warn("No mail server is named: alerts by mail and letters to reset a password stay.", MAIL_REMEDY)
    return ok("A mail server for alerts and password resets is named.")
