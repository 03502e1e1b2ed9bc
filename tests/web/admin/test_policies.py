"""What an inquiry becomes in a CRM can be said in the admin as in the file, and neither loses what the other said."""

from __future__ import annotations

import re
from html import unescape
from typing import Any

import pytest
import yaml
from admin_people import Person
from sqlalchemy import select
from world import EXAMPLE, World

from tracker.deliveries.policy_file import read_policy
from tracker.extensions import db
from tracker.sites.models import Connection
from tracker.web.admin.policy_form import PARTS

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

ADDRESS = "/admin/connections/amo/policy/"
WHOLE = yaml.safe_load("""
first: lead
repeat: deal
pipeline: "3300"
stage: "33001"
responsible: [contact-owner, "501", "502"]
extensions: {"101": "501", anna: "502"}
tags: [calltracking, spring]
contact_name: "{who}"
deal_name: "{kind}: {who}"
missed_task: {after: 45m, responsible: "501"}
review_task: true
extension_task: "501"
note_on: deal
call_on: contact
fields: {ga_id: GA, ip: {field: IP, fill: always}, probability: null, field.city: City}
visits: none
unknown_visitors: contact
rules:
  - when: {kind: call, status: missed}
    first: contact
  - when: {channel: [paid-search, paid-social], tag: vip}
    pipeline: "3400"
""")


@pytest.fixture
def crm(world: World) -> World:
    return world.apply(EXAMPLE + CRM)


CRM = """
      - key: amo
        provider: crm/amocrm
        settings: {base_url: "https://example.amocrm.ru", access_token: x}
"""


def stored() -> dict[str, Any]:
    db.session.rollback()
    return dict(db.session.scalars(select(Connection).where(Connection.key == "amo")).one().policy)


def fields_of(page: str) -> dict[str, Any]:
    """What a browser would send if somebody pressed the button at once."""
    said: dict[str, Any] = {}
    for tag in re.findall(r"<input [^>]*>", page):
        about = dict(re.findall(r'(\w[\w-]*)(?:="([^"]*)")?', tag))
        if "name" in about and (about.get("type") != "checkbox" or "checked" in about):
            said[about["name"]] = unescape(about.get("value", ""))
    for name, body in re.findall(r'<textarea[^>]* name="(\w+)"[^>]*>(.*?)</textarea>', page, re.DOTALL):
        said[name] = unescape(body).replace("\r\n", "\n").removeprefix("\n")
    for name, body in re.findall(r'<select[^>]* name="(\w+)"[^>]*>(.*?)</select>', page, re.DOTALL):
        said[name] = unescape(re.findall(r'<option selected value="([^"]*)"', body)[0])
    return said


def test_usual_policy_stays_unsaid(crm: World, owner: Person) -> None:
    answer = owner.post(ADDRESS, **fields_of(owner.get(ADDRESS).text))

    assert answer.location == "/admin/connections/amo"
    assert stored() == {}


def test_every_key_of_the_file_survives_the_form(crm: World, owner: Person) -> None:
    assert {*PARTS} == {*WHOLE}
    crm.apply(EXAMPLE + CRM + f"        policy: {yaml.safe_dump(WHOLE, default_flow_style=True, width=10_000)}")
    before = read_policy(stored())

    assert owner.post(ADDRESS, **fields_of(owner.get(ADDRESS).text)).status_code == 302
    assert read_policy(stored()) == before
    assert before != read_policy({})


def test_what_is_chosen_is_kept_and_told(crm: World, owner: Person) -> None:
    said = fields_of(owner.get(ADDRESS).text) | {"first": "lead", "tags": "call, spring", "extensions": "101: 502"}
    said.pop("missed_task")

    owner.post(ADDRESS, **said)

    page = owner.get("/admin/connections/amo").text
    assert stored() == {
        "first": "lead", "tags": ["call", "spring"], "missed_task": False, "extensions": {"101": "502"},
    }  # fmt: skip
    assert "a lead (in amoCRM: unsorted)" in page
    assert f'href="{ADDRESS}"' in page


@pytest.mark.parametrize(
    ("field", "typed"),
    [
        ("fields", "ga_id"),
        ("fields", "shoe_size: Size"),
        ("extensions", "101"),
        ("deal_name", "{shoe_size}"),
        ("rules", "- when: {kind: parcel}"),
        ("rules", "- first: contact"),
        ("rules", "{{{"),
        ("missed_after", "0"),
    ],
)
def test_mistake_stands_at_its_field_and_changes_nothing(crm: World, owner: Person, field: str, typed: str) -> None:
    answer = owner.post(ADDRESS, **fields_of(owner.get(ADDRESS).text) | {field: typed})

    assert answer.status_code == 422
    assert re.findall(r'id="(\w+)-error"', answer.text) == [field]
    assert stored() == {}


def test_only_crms_have_one(crm: World, owner: Person) -> None:
    assert owner.get("/admin/connections/pbx/policy/").status_code == 404
