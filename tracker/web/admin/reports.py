"""Reports: by source, channel, campaign, landing page, pool and hour, and how accurate the matching is."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from zoneinfo import ZoneInfo

from flask import Blueprint, abort, render_template, request
from flask.typing import ResponseReturnValue
from sqlalchemy.orm import Session

from tracker import clock
from tracker.access.rights import Right
from tracker.extensions import db
from tracker.reports import breakdown, calls
from tracker.reports.accuracy import accuracy
from tracker.reports.dimensions import COLUMNS, OWN
from tracker.reports.lines import Line, Question, total
from tracker.reports.periods import Period
from tracker.reports.touches import Model
from tracker.sites.models import Site
from tracker.web.admin import exporting, report_charts, report_tables
from tracker.web.admin.choosing import chosen_site, one_of, sites
from tracker.web.admin.guard import requires
from tracker.web.admin.narrowing import zone_of
from tracker.web.admin.report_charts import Chart
from tracker.web.admin.report_tables import CALLS, POOLS, SOURCES, Column, Figures, Row

blueprint = Blueprint("reports", __name__, url_prefix="/reports")

MOST_ROWS = 200  # on the page; files have all
USUAL_DAYS = 30
PRESETS = (7, 30, 90, 365)


@dataclass(frozen=True)
class Report:
    """What one report shows. `into` names the report that a line leads to, narrowed by the line's own values."""

    by: tuple[str, ...]
    columns: tuple[Column, ...]
    into: str | None = None


REPORTS = {
    "sources": Report(("source", "medium"), SOURCES, "campaigns"),
    "channels": Report(("channel",), SOURCES, "sources"),
    "campaigns": Report(("campaign", "source"), SOURCES, "contents"),
    "contents": Report(("content", "campaign"), SOURCES, "terms"),
    "terms": Report(("term", "campaign"), SOURCES, "landing-pages"),
    "landing-pages": Report(("landing",), SOURCES, "sources"),
    "cities": Report(("city",), SOURCES, "sources"),
    "pools": Report(("pool",), POOLS),
    "weekdays": Report(("weekday",), CALLS, "hours"),
    "hours": Report(("hour",), CALLS),
    "managers": Report(("manager",), CALLS, "hours"),
}
BY_CALL = frozenset({"weekdays", "hours", "managers"})
BY_SOURCE = frozenset(REPORTS) - BY_CALL - {"pools"}


@blueprint.get("/", defaults={"name": "sources"})
@blueprint.get("/<name>")
@requires(Right.READ)
def show(name: str) -> ResponseReturnValue:
    """One report; period, model and what it is narrowed to stand in the address."""
    report = _the_report(name)
    session, known = db.session(), sites(db.session())
    site = chosen_site(known, request.args.get("site"))
    question = read_question(report, known, site, request.args)
    lines = _lines(session, name, question)
    period = question.period
    return render_template(
        "admin/report.html",
        name=name,
        report=report,
        sites=known,
        site=site,
        question=question,
        rows=[report_tables.row(report.by, line.keys, line, report.columns) for line in lines[:MOST_ROWS]],
        hidden=max(len(lines) - MOST_ROWS, 0),
        total=_total(session, name, report, question, lines),
        chart=_chart(session, name, question, lines),
        names=[report_tables.NAMES[dimension] for dimension in report.by],
        narrowed=[
            (n, report_tables.NAMES[n], report_tables.named(n, v, question.narrowed))
            for n, v in question.narrowed.items()
        ],
        models=list(Model),
        by_source=name in BY_SOURCE,
        before=period.before(),
        presets=[(days, _days_ending(period.zone, days)) for days in PRESETS],
        kept=_kept(site, question),
    )


@blueprint.get("/<name>/export.<form>")
@requires(Right.READ)
def export(name: str, form: str) -> ResponseReturnValue:
    """Every line of a report, as CSV or XLSX."""
    if form not in exporting.FORMATS:
        abort(404)
    report = _the_report(name)
    session, known = db.session(), sites(db.session())
    question = read_question(report, known, chosen_site(known, request.args.get("site")), request.args)
    file = f"{name}-{question.period.first}-{question.period.last}"
    rows = [
        report_tables.cells(report_tables.row(report.by, line.keys, line, report.columns))
        for line in _lines(session, name, question)
    ]
    return exporting.table(file, form, report_tables.head(report.by, report.columns), rows)


@blueprint.get("/accuracy")
@requires(Right.READ)
def show_accuracy() -> ResponseReturnValue:
    """How sure the matching was against how often it was right, where something else tells the truth."""
    session, known = db.session(), sites(db.session())
    site = chosen_site(known, request.args.get("site"))
    period = read_period(request.args, zone_of(known, site), usual=90)
    return render_template(
        "admin/accuracy.html",
        name="accuracy",
        sites=known,
        site=site,
        period=period,
        found=accuracy(session, site.id if site else None, period.since, period.until),
        presets=[(days, _days_ending(period.zone, days)) for days in PRESETS],
        kept={"site": site.key if site else None},
    )


def _the_report(name: str) -> Report:
    report = REPORTS.get(name)
    return report if report is not None else abort(404)


def read_question(report: Report, known: Sequence[Site], site: Site | None, args: Mapping[str, str]) -> Question:
    """Reads what an address asks of a report; a value that means nothing asks for nothing."""
    return Question(
        report.by,
        read_period(args, zone_of(known, site)),
        one_of(Model, args.get("model")) or Model.LAST_NON_DIRECT,
        site.id if site else None,
        {name: args[name] for name in _may_narrow(report) if args.get(name)},
    )


def _may_narrow(report: Report) -> Sequence[str]:
    if report.columns is SOURCES:
        return tuple(COLUMNS)
    return OWN if report.columns is CALLS else ()


def read_period(args: Mapping[str, str], zone: str, usual: int = USUAL_DAYS) -> Period:
    """Reads `since` and `until`, both included; without them the last days up to today."""
    last = _date(args.get("until")) or _today(zone)
    first = _date(args.get("since")) or last - timedelta(days=usual - 1)
    return Period(min(first, last), max(first, last), zone)


def _date(text: str | None) -> date | None:
    try:
        found = date.fromisoformat(text or "")
    except ValueError:
        return None
    return found if 2000 <= found.year < 2100 else None  # far days overflow when zones are subtracted


def _today(zone: str) -> date:
    return clock.now().astimezone(ZoneInfo(zone)).date()


def _days_ending(zone: str, days: int) -> tuple[date, date]:
    today = _today(zone)
    return today - timedelta(days=days - 1), today


def _lines(session: Session, name: str, question: Question) -> Sequence[Figures]:
    if name == "pools":
        return calls.by_pool(session, question)
    return calls.by_call(session, question) if name in BY_CALL else breakdown.breakdown(session, question)


def _total(session: Session, name: str, report: Report, question: Question, lines: Sequence[Figures]) -> Row | None:
    own = [line for line in lines if isinstance(line, Line)]
    if not own:
        return None
    visitors = breakdown.visitors(session, question) if name in BY_SOURCE else 0
    return report_tables.row((), (), total(own, visitors), report.columns)


def _chart(session: Session, name: str, question: Question, lines: Sequence[Figures]) -> Chart | None:
    if question.by[0] in calls.SHOWN_EMPTY:
        return report_charts.of_lines(question, [line for line in lines if isinstance(line, Line)])
    return report_charts.over_time(session, question) if name in BY_SOURCE else None


def _kept(site: Site | None, question: Question) -> dict[str, str]:
    """What links on the page carry on: everything the address says, in its shortest form."""
    kept = {"since": str(question.period.first), "until": str(question.period.last), **question.narrowed}
    if site is not None:
        kept["site"] = site.key
    if question.model != Model.LAST_NON_DIRECT:
        kept["model"] = question.model.value
    return kept
