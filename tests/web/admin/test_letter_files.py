"""What is attached to a letter is offered where the installation wants it, to be saved and never shown."""

from __future__ import annotations

import base64
import json
from collections.abc import Iterator

import pytest
from admin_people import PASSWORD, Person
from flask import Flask
from sqlalchemy import select
from world import EXAMPLE, World

from tracker import upkeep
from tracker.access import users
from tracker.access.models import Role
from tracker.database import writing
from tracker.extensions import db
from tracker.inquiries.models import Inquiry, InquiryEvent
from tracker.sites.models import Site

CONTENT = b"<script>alert(1)</script>" * 3
LETTER = (
    "From: anna@mail.example\r\nTo: sales@example.com\r\nMessage-ID: <m1@mail.example>\r\nSubject: Plan\r\n"
    'MIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary="b"\r\n\r\n'
    "--b\r\nContent-Type: text/plain\r\n\r\nSee the plan.\r\n"
    '--b\r\nContent-Type: text/html\r\nContent-Disposition: attachment; filename="../план.html"\r\n'
    f"Content-Transfer-Encoding: base64\r\n\r\n{base64.b64encode(CONTENT).decode()}\r\n--b--\r\n"
)
OTHER_SITE = """
sites:
  - {key: other, name: Other, domains: [other.example]}
"""
POSTMARK = '\n      - {key: post, provider: email/postmark, settings: {secret: "post-secret"}}\n'


@pytest.fixture
def offered(world: World) -> Iterator[None]:
    object.__setattr__(world.services.config, "letter_files", True)
    yield
    object.__setattr__(world.services.config, "letter_files", False)


def key_of_letter() -> str:
    key = db.session.scalars(select(Inquiry.key).where(Inquiry.kind == "email")).one()
    db.session.rollback()
    return key


def test_file_is_saved_under_its_bare_name(world: World, owner: Person, offered: None) -> None:
    world.letter(LETTER)
    path = f"/admin/inquiries/{key_of_letter()}"

    page, answer = owner.get(path), owner.get(f"{path}/files/0")

    assert f'href="{path}/files/0"' in page.text
    assert (answer.status_code, answer.data, answer.mimetype) == (200, CONTENT, "application/octet-stream")
    assert answer.headers["Content-Disposition"].startswith("attachment;")
    assert "%D0%BF%D0%BB%D0%B0%D0%BD.html" in answer.headers["Content-Disposition"]
    assert ".." not in answer.headers["Content-Disposition"]
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert owner.get(f"{path}/files/1").status_code == 404


def test_names_alone_are_shown_unless_the_installation_wants_more(world: World, owner: Person) -> None:
    world.letter(LETTER)
    path = f"/admin/inquiries/{key_of_letter()}"

    page = owner.get(path).text

    assert f"план.html ({len(CONTENT)} bytes)" in page
    assert "/files/0" not in page
    assert owner.get(f"{path}/files/0").status_code == 404


def test_contents_are_kept_in_the_raw_message_alone(world: World, offered: None) -> None:
    world.letter(LETTER)

    [data] = db.session.scalars(select(InquiryEvent.data)).all()

    assert base64.b64encode(CONTENT).decode()[:20] not in json.dumps(data)
    assert data["attached"] == []


def test_file_told_by_a_service_is_offered_as_well(world: World, owner: Person, offered: None) -> None:
    world.apply(EXAMPLE.rstrip() + POSTMARK)
    told = {
        "From": "anna@mail.example",
        "Headers": [{"Name": "Message-ID", "Value": "<m2@mail.example>"}],
        "TextBody": "See the plan.",
        "Attachments": [{"Name": "plan.pdf", "Content": base64.b64encode(CONTENT).decode(), "ContentType": "x/y"}],
    }
    world.client.post("/hooks/email/postmark/post?secret=post-secret", json=told)

    answer = owner.get(f"/admin/inquiries/{key_of_letter()}/files/0")

    assert (answer.status_code, answer.data) == (200, CONTENT)


def test_file_of_somebody_forgotten_is_gone(world: World, owner: Person, offered: None) -> None:
    world.letter(LETTER)
    path = f"/admin/inquiries/{key_of_letter()}/files/0"

    upkeep.forget(world.services, "anna@mail.example")

    assert owner.get(path).status_code == 404


def test_who_sees_only_another_site_gets_no_file(world: World, app: Flask, owner: Person, offered: None) -> None:
    world.letter(LETTER)
    world.apply(OTHER_SITE)
    with writing(db.session()) as session:
        other = session.scalars(select(Site.id).where(Site.key == "other")).one()
        user = users.add(session, "agent@example.com", PASSWORD, None)
        users.set_site_roles(session, user, {other: Role.ADMINISTRATOR})
    person = Person(app)
    person.log_in("agent@example.com")

    assert person.get(f"/admin/inquiries/{key_of_letter()}/files/0").status_code == 404


def test_stranger_gets_no_file(world: World, offered: None) -> None:
    world.letter(LETTER)

    answer = world.client.get(f"/admin/inquiries/{key_of_letter()}/files/0")

    assert (answer.status_code, CONTENT in answer.data) == (302, False)
