"""Every page asks for login, and for the right that its role table names."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from admin_people import Person
from flask import Flask
from world import World

from tracker.access.models import Role
from tracker.access.rights import Right, may
from tracker.web.admin import guard

OPEN = {"admin.auth.login", "admin.auth.first_user", "admin.auth.language", guard.STATIC}
WAYS = {"key": "ads", "site_key": "example", "e164": "+74957770001", "number": 1, "provider": "telephony/generic"}


def pages(app: Flask) -> list[tuple[str, str, set[str]]]:
    """Endpoint, an address of it, and its methods, of every admin page."""
    adapter = app.url_map.bind("localhost")
    found = []
    for rule in app.url_map.iter_rules():
        if rule.endpoint.startswith("admin."):
            values = {name: WAYS.get(name, "x") for name in rule.arguments}
            found.append((rule.endpoint, adapter.build(rule.endpoint, values), set(rule.methods or ())))
    return found


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_every_page_asks_for_login(app: Flask, stranger: Person) -> None:
    for endpoint, address, methods in pages(app):
        if endpoint in OPEN:
            continue
        answer = stranger.get(address) if "GET" in methods else stranger.post(address)

        assert answer.status_code == 302, endpoint
        assert "/admin/login" in answer.location or "/admin/setup" in answer.location, endpoint


def test_every_view_names_its_right(app: Flask) -> None:
    unnamed = [
        endpoint
        for endpoint, view in app.view_functions.items()
        if endpoint.startswith("admin.") and endpoint != guard.STATIC and not hasattr(view, "right")
    ]

    assert unnamed == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", list(Role))
def test_role_opens_its_pages_and_no_others(
    app: Flask, world: World, user_of: Callable[[Role], Person], role: Role
) -> None:
    person = user_of(role)

    for endpoint, address, methods in pages(app):
        right = getattr(app.view_functions[endpoint], "right", None)
        if endpoint in OPEN or not right:
            continue
        answer = person.get(address) if "GET" in methods else person.post(address)

        assert (answer.status_code == 403) is not may(role, right), (endpoint, role)
        assert answer.status_code < 500, endpoint


ROLES = [
    (Role.OWNER, {Right.READ_JOURNAL, Right.READ, Right.CHANGE, Right.MANAGE_USERS}),
    (Role.ADMINISTRATOR, {Right.READ_JOURNAL, Right.READ, Right.CHANGE}),
    (Role.ANALYST, {Right.READ_JOURNAL, Right.READ}),
    (Role.AGENT, {Right.READ_JOURNAL}),
]


@pytest.mark.parametrize(("role", "rights"), ROLES)
def test_role_has_its_rights(role: Role, rights: set[Right]) -> None:
    assert {right for right in Right if may(role, right)} == rights


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_pages_forbid_inline_code(owner: Person) -> None:
    answer = owner.get("/admin/")

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert b"<script>" not in answer.data
    assert b"style=" not in answer.data
