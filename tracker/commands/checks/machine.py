"""Checks of the machine we run on."""

from __future__ import annotations

import shutil

from tracker.commands.checks.finding import Context, Finding, fail, ok, warn

GIGABYTE = 1_000_000_000
WARN_BYTES = 2 * GIGABYTE
FAIL_BYTES = GIGABYTE // 5


def disk(context: Context) -> Finding:
    """Whether the instance folder has room for spool, store and database."""
    free = shutil.disk_usage(context.settings.instance).free
    sentence = f"{free / GIGABYTE:.1f} GB are free for {context.settings.instance}."
    remedy = "Free some space, or move the instance folder to a larger disk (SKVOZ_INSTANCE)."
    if free < FAIL_BYTES:
        return fail(sentence, remedy)
    return warn(sentence, remedy) if free < WARN_BYTES else ok(sentence)
