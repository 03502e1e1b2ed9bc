"""Template filters: times, phone numbers, shares and amounts as the reader writes them."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime, timedelta
from itertools import groupby
from typing import Any
from urllib.parse import urlsplit, urlunsplit
from zoneinfo import ZoneInfo

from babel.dates import format_date, format_datetime, format_timedelta, get_timezone_location
from babel.numbers import format_decimal, format_percent
from babel.units import format_unit
from flask import Flask
from flask_babel import get_locale, gettext
from markupsafe import Markup, escape
from phonenumbers import NumberParseException

from tracker import clock
from tracker.inquiries import retelling
from tracker.values import phone
from tracker.web.admin import words
from tracker.web.admin.words import word

KILO = 1024


def phone_or_address(value: str | None) -> str:
    """`+74951112233` becomes `+7 495 111-22-33`; anything else stays as it is; None is a dash."""
    if not value:
        return "—"
    if not value.startswith("+"):
        return value
    try:
        return phone.display(value)
    except NumberParseException:
        return value


def unbroken(value: str | None) -> Markup:
    """The same for a page: a telephone number stays on one line, an address breaks only before its @."""
    shown = escape(phone_or_address(value))
    if "@" in shown:
        return shown.replace("@", Markup("<wbr>@"))
    return Markup('<span class="nowrap">{}</span>').format(shown)


def attached(file: str) -> str:
    """A file of a letter, kept as `plan.pdf (2048 bytes)`: `plan.pdf (2 kB)`, in the reader's units."""
    name, _, size = file.removesuffix(" bytes)").rpartition(" (")
    if not name or not size.isdigit():
        return file
    if int(size) < KILO:
        return f"{name} ({format_unit(int(size), 'digital-byte', locale=get_locale())})"
    return f"{name} ({format_unit(round(int(size) / KILO), 'digital-kilobyte', 'short', locale=get_locale())})"


def retold(sentence: str) -> str:
    """The explanation of a match in the reader's language."""
    return retelling.retold(sentence, str(get_locale().language))


def when(at: datetime | None, zone: str = "UTC") -> str:
    """`14:05` today, `21 Nov, 14:05` this year, with the year before that."""
    if at is None:
        return "—"
    local, today = at.astimezone(ZoneInfo(zone)), clock.now().astimezone(ZoneInfo(zone))
    if local.date() == today.date():
        return _written(local, "HH:mm")
    return _written(local, "d MMM, HH:mm" if local.year == today.year else "d MMM y, HH:mm")


def told(finding: Mapping[str, Any]) -> str:
    """What a worker found, as kept: `{"text": "… %(calls)s.", "about": {"calls": "3"}}`, in the reader's language."""
    text, about = finding["text"], finding.get("about")
    sentence = str(gettext(text))
    return sentence % about if about else sentence


def moment(at: datetime, zone: str = "UTC") -> str:
    """`21 November 2026, 14:05:09`."""
    return _written(at.astimezone(ZoneInfo(zone)), "d MMMM y, HH:mm:ss")


def time_of_day(at: datetime, zone: str = "UTC") -> str:
    """`14:05:09`."""
    return _written(at.astimezone(ZoneInfo(zone)), "HH:mm:ss")


def zone_name(zone: str) -> str:
    """The city of a time zone: `Europe/London` is `London`, and so are its times; `UTC` stays."""
    return get_timezone_location(zone, locale=get_locale(), return_city=True) if "/" in zone else zone


def day(at: datetime, zone: str = "UTC") -> str:
    """`Sunday, 22 November`."""
    return _written(at.astimezone(ZoneInfo(zone)), "EEEE, d MMMM")


def short_day(at: date) -> str:
    """`22 Nov`."""
    return format_date(at, "d MMM", locale=get_locale())


def day_and_year(at: date) -> str:
    """`22 Nov 2026`."""
    return format_date(at, "d MMM y", locale=get_locale())


def figure(value: float | None, form: str = "count") -> str:
    """A figure of a report, whole where it is whole; shares in per cent, errors to a thousandth; a dash for None."""
    if value is None:
        return "—"
    if form == "error":
        return format_decimal(value, "0.000", locale=get_locale())
    if form == "share":
        return format_percent(value, "#,##0.0%", locale=get_locale())
    return format_decimal(value, "#,##0" if abs(value - round(value)) < 0.05 else "#,##0.0", locale=get_locale())


def _written(local: datetime, pattern: str) -> str:
    return format_datetime(local, pattern, tzinfo=local.tzinfo, locale=get_locale())


def ago(at: datetime | None) -> str:
    """`2 min ago`, `in 14 min`; a dash for None."""
    if at is None:
        return "—"
    return format_timedelta(at - clock.now(), add_direction=True, format="short", locale=get_locale(), threshold=1.2)


def iso(at: datetime) -> str:
    """For the `datetime` attribute."""
    return clock.to_iso(at.astimezone(UTC))


def duration(seconds: int | None) -> str:
    """Talk time: `1:35`; a dash for None."""
    if seconds is None:
        return "—"
    minutes, rest = divmod(seconds, 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"


def span(seconds: int) -> str:
    """A setting in its largest unit: `15 minutes`, `30 days`."""
    return format_timedelta(timedelta(seconds=seconds), locale=get_locale(), threshold=1)


def share(value: float | None) -> str:
    """0.978 becomes `98%`; a dash for None."""
    return "—" if value is None else format_percent(value, "#,##0%", locale=get_locale())


def likelihood(value: float) -> str:
    """A probability as `97%`; what is not certain never reads as 100 %, what is possible never as 0 %."""
    if 0 < value < 0.005:
        return f"<\u202f{share(0.01)}"
    return share(value if value >= 1 else min(value, 0.99))


def path(url: str) -> str:
    """An address of a page without its host: `/catalogue?utm_source=google`."""
    parts = urlsplit(url)
    return urlunsplit(("", "", parts.path or "/", parts.query, parts.fragment))


def fine_share(value: float | None) -> str:
    """0.978 becomes `97.8%`; a dash for None."""
    return "—" if value is None else format_percent(value, "#,##0.#%", locale=get_locale())


def count(value: int) -> str:
    """`12,345` as the reader groups digits."""
    return format_decimal(value, locale=get_locale())


def bar(value: float | None) -> str:
    """A share as the width of a bar in a 100-wide drawing, at least a visible sliver."""
    return f"{max(2.0, min(1.0, value or 0) * 100):.1f}"


def groupby_family(providers: Iterable[str]) -> list[tuple[str, list[str]]]:
    """Provider names by their first part: `[("telephony", ["telephony/mango", …]), …]`, those that tell us first."""
    order = list(words.FAMILY)
    named = sorted(providers, key=lambda name: (order.index(name.split("/")[0]), name))
    return [(family, list(names)) for family, names in groupby(named, lambda name: name.split("/")[0])]


def with_code(text: object) -> Markup:
    """What stands between backticks as code, the rest as text: “`secret` of that section.”."""
    return Markup(re.sub("`([^`]+)`", r"<code>\1</code>", str(escape(text))))  # noqa: S704 - escaped


def register(app: Flask) -> None:
    """Adds the filters to the templates."""
    named = (
        phone_or_address,
        unbroken,
        retold,
        attached,
        when,
        told,
        moment,
        time_of_day,
        day,
        zone_name,
        ago,
        iso,
        duration,
        span,
        share,
        fine_share,
        likelihood,
        count,
        bar,
        path,
        short_day,
        figure,
        word,
        groupby_family,
        with_code,
    )
    for function in named:
        app.add_template_filter(function)
    app.add_template_global(get_locale)
