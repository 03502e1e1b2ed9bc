"""What `skvoz check` finds, as a page; the overview leads here when something is wrong."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from flask import Blueprint, current_app, render_template
from flask.typing import ResponseReturnValue

from tracker import checks, clock
from tracker.access.rights import Right
from tracker.checks.finding import Finding
from tracker.config import Config
from tracker.web.admin.guard import requires_everywhere
from tracker.web.admin.health_words import ADVICE, NAMES

FRESH = timedelta(minutes=1)  # the overview is opened more often than an installation falls ill
ORDER = ("fail", "warn", "ok")

blueprint = Blueprint("health", __name__, url_prefix="/health")


@dataclass(frozen=True)
class Looked:
    """What one look found, by name of the check."""

    at: datetime
    findings: tuple[tuple[str, Finding], ...]

    @property
    def failed(self) -> list[str]:
        """What does not work, as people call it."""
        return [str(NAMES[name]) for name, finding in self.findings if finding.level == "fail"]


@blueprint.get("/")
@requires_everywhere(Right.CHANGE)
def show() -> ResponseReturnValue:
    """Every check now, the gravest first."""
    looked = _look()
    findings = sorted(looked.findings, key=lambda pair: ORDER.index(pair[1].level))
    return render_template("admin/health.html", findings=findings, at=looked.at, names=NAMES, advice=ADVICE)


def lately() -> Looked:
    """What this process found within the last minute; it looks again when that was longer ago."""
    kept: Looked | None = current_app.extensions.get("health")
    return kept if kept and clock.now() - kept.at < FRESH else _look()


def _look() -> Looked:
    settings: Config = current_app.config["SKVOZ"]
    looked = Looked(clock.now(), tuple(checks.look(settings)))
    current_app.extensions["health"] = looked
    return looked
