"""The pages of the month of `demo.month` by the names of their pictures: for `pictures.py`."""

from __future__ import annotations

from collections.abc import Iterator

from flask import Flask
from sqlalchemy import Select, select
from werkzeug.routing import Rule

from tracker.access.models import User
from tracker.alerts.models import AlertChannel
from tracker.deliveries.models import Delivery, DeliveryStatus
from tracker.extensions import db
from tracker.inquiries.events import InquiryKind
from tracker.inquiries.models import AttributionStatus, Inquiry
from tracker.people.models import Person
from tracker.providers import registry
from tracker.sites.models import Site
from tracker.visits.models import Visitor
from tracker.web.admin.reports import REPORTS

NO_PAGES = {"admin.static", "admin.journal.file", "admin.pools.board", "admin.auth.first_user", "admin.resets.reset"}
FIXED = {
    "e164": "+442079460111", "site_key": "northlight", "provider": "crm/amocrm", "kind": "telegram", "token": "x",
    "name": "sources", "sites.key": "northlight", "connections.key": "amocrm", "policies.key": "amocrm",
    "pools.key": "ads", "numbers.key": "everybody",
}  # fmt: skip
BESIDE = {
    "journal-nothing": "/admin/inquiries/?q=nothing+like+this",
    "connections-broken": "/admin/connections/bitrix24",
    "connections-pbx": "/admin/connections/office-pbx",
    "connections-manual-mango": "/admin/connections/how-to/telephony/mango",
    "numbers-resting": "/admin/pools/northlight/ads/numbers/+442079460107",
    "pools-static": "/admin/pools/northlight/poster",
    "error-404": "/admin/inquiries/nothing",
}


def pages(app: Flask) -> dict[str, str]:
    """Every page of the admin: what the address map knows, with values that lead to something, and some beside."""
    with app.app_context():
        known, inquiries = FIXED | _known(), _inquiries()
    with app.test_request_context():
        urls = app.url_map.bind("localhost")
        found = {_name(rule): urls.build(rule.endpoint, _arguments(rule, known)) for rule in _rules(app)}
    forms = {f"form-{name.replace('/', '-')}": f"/admin/connections/new/{name}" for name in registry.known()}
    reports = {f"reports-{name}": f"/admin/reports/{name}" for name in REPORTS if name != "sources"}
    return found | inquiries | BESIDE | forms | reports


def _rules(app: Flask) -> Iterator[Rule]:
    for rule in app.url_map.iter_rules():
        is_page = "GET" in (rule.methods or ()) and rule.endpoint.startswith("admin.")
        if is_page and rule.endpoint not in NO_PAGES and not rule.endpoint.endswith(".export"):
            yield rule


def _name(rule: Rule) -> str:
    return rule.endpoint.removeprefix("admin.").replace(".", "-")


def _arguments(rule: Rule, known: dict[str, str]) -> dict[str, str]:
    family = rule.endpoint.split(".")[1]
    return {name: known.get(f"{family}.{name}") or known[name] for name in rule.arguments}


def _known() -> dict[str, str]:
    call = select(Inquiry.key).where(Inquiry.kind == InquiryKind.CALL).order_by(Inquiry.at.desc())
    person = select(Person.key).join(Inquiry, Inquiry.person_id == Person.id).order_by(Inquiry.at.desc())
    return {
        "journal.key": _one(
            call.where(Inquiry.attribution_status == AttributionStatus.PROBABLE, Inquiry.correction.is_(None))
        ),
        "visitors.key": _one(_returned()),
        "people.key": _one(person),
        "team.number": _one(select(User.id).order_by(User.id.desc())),
        "alerts.number": _one(select(AlertChannel.id)),
        "deliveries.number": _one(select(Delivery.id).where(Delivery.status == DeliveryStatus.DEAD)),
    }


def _returned() -> Select[object]:
    of_site = select(Site.id).where(Site.key == "northlight").scalar_subquery()
    found = select(Visitor.key).join(Inquiry, Inquiry.visitor_id == Visitor.id).order_by(Inquiry.at.desc())
    return found.where(Visitor.last_at > Visitor.first_at, Visitor.site_id == of_site)


def _inquiries() -> dict[str, str]:
    kinds = {"journal-letter": InquiryKind.EMAIL, "journal-form": InquiryKind.FORM}
    latest = select(Inquiry.key).order_by(Inquiry.at.desc())
    return {name: f"/admin/inquiries/{_one(latest.where(Inquiry.kind == kind))}" for name, kind in kinds.items()}


def _one(wanted: Select[object]) -> str:
    return str(db.session.execute(wanted.limit(1)).scalar_one())
