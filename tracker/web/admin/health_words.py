"""What the page of health calls each check, and what it advises when one is not well."""

from __future__ import annotations

from flask_babel import lazy_gettext as _

NAMES = {
    "store": _("Fast store"),
    "store version": _("Version of the fast store"),
    "persistence": _("What the fast store keeps"),
    "eviction": _("Memory of the fast store"),
    "workers": _("Background processes"),
    "store clock": _("Clock of the fast store"),
    "database": _("Database"),
    "schema": _("Tables of the database"),
    "database clock": _("Clock of the database"),
    "connections": _("Connections"),
    "call sources": _("Lists of calls that are asked"),
    "call clocks": _("Clocks of telephone systems"),
    "visitor addresses": _("Addresses of visitors"),
    "backlog": _("Page views that wait"),
    "disk": _("Disk"),
    "mail": _("Mail server"),
    "certificate": _("Certificate of the public address"),
}

ADVICE = {
    "store": _(
        "Start skvoz run, or see whether the server in REDIS_URL is running. Pages show their own numbers meanwhile."
    ),
    "store version": _("Use Redis or Valkey 6.2 or newer."),
    "persistence": _(
        "Switch append-only persistence on, and see that its disk has room: else a restart forgets leases."
    ),
    "eviction": _("Set maxmemory-policy noeviction: else leases are thrown away when the memory is full."),
    "workers": _("Start skvoz worker, or skvoz run: until then nothing is matched or delivered."),
    "store clock": _("Switch on time synchronisation (NTP) on both machines."),
    "database": _("Check DATABASE_URL and that the server is running. Calls and letters are kept meanwhile."),
    "schema": _("Run skvoz db upgrade; if the tables are newer than the program, install the newer program."),
    "database clock": _("Switch on time synchronisation (NTP) on both machines."),
    "connections": _("Renew the access on the page of the connection."),
    "call sources": _("See the page of the connection; what was missed is taken up afterwards."),
    "call clocks": _("Switch on time synchronisation (NTP); whole hours mean another time zone in the connection."),
    "visitor addresses": _("If that is your proxy, name its network in SKVOZ_TRUSTED_PROXIES."),
    "backlog": _(
        "See in the log of skvoz worker why they are not stored; the database may be slow. They are kept meanwhile."
    ),
    "disk": _("Free some space, or move the instance folder to a larger disk (SKVOZ_INSTANCE)."),
    "mail": _("Name one in SKVOZ_SMTP_URL, then send a test from the page of alerts."),
    "certificate": _(
        "Renew it and let the web server load it; if it could not be seen, check SKVOZ_PUBLIC_URL from this machine."
    ),
}
