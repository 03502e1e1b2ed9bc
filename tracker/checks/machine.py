"""Checks of the machine we run on, and of what it was told about its surroundings."""

from __future__ import annotations

import shutil

from tracker import clock
from tracker.alerts import certificate
from tracker.checks.finding import Context, Finding, fail, ok, warn

GIGABYTE = 1_000_000_000
WARN_BYTES = 2 * GIGABYTE
FAIL_BYTES = GIGABYTE // 5
MAIL_REMEDY = "Name one in SKVOZ_SMTP_URL, then send a test from the page of alerts."
CERTIFICATE_REMEDY = "Renew it, let the web server load the new one, and see why that did not happen by itself."
UNSEEN_REMEDY = "See whether SKVOZ_PUBLIC_URL is right and its web server reachable from this machine."


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


def public_certificate(context: Context) -> Finding:
    """Whether the certificate of the public address lasts, as far as this machine can reach it."""
    settings = context.settings
    if not (settings.public_url or "").startswith("https://"):
        return ok("SKVOZ_PUBLIC_URL names no https:// address, so there is no certificate to watch.")
    found = certificate.ends_at(settings.public_url)
    if found is None:
        return warn(f"The certificate of {settings.public_url} cannot be seen from this machine.", UNSEEN_REMEDY)
    (host, end), now = found, clock.now()
    sentence = f"The certificate of {host} {'ends' if end > now else 'ended'} on {end:%Y-%m-%d}."
    if end <= now:
        return fail(sentence, CERTIFICATE_REMEDY)
    is_near = certificate.ends_soon(end, now, settings.certificate_days)
    return warn(sentence, CERTIFICATE_REMEDY) if is_near else ok(sentence)
