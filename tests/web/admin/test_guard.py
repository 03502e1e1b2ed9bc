"""Every page asks for login and names its right."""

from __future__ import annotations

import pytest
from admin_people import Person
from flask import Flask

from tracker.web.admin import guard

OPEN = {
    "admin.resets.ask",
    "admin.resets.reset",
    "admin.second_factor.login",
    "admin.auth.login",
    "admin.auth.first_user",
    "admin.auth.language",
    guard.STATIC,
}
WAYS = {
    "key": "ads",
    "site_key": "example",
    "e164": "+74957770001",
    "number": 1,
    "place": 0,
    "token": "x",
    "provider": "telephony/generic",
    "form": "csv",
    "name": "sources",
}


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
def test_pages_forbid_inline_code(owner: Person) -> None:
    answer = owner.get("/admin/")

    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert b"<script>" not in answer.data
    assert b"style=" not in answer.data


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_address_of_no_page_is_told_on_a_page_below_admin_only(stranger: Person) -> None:
    here, machine = stranger.get("/admin/nothing/here"), stranger.get("/api/v1/nothing")

    assert (here.status_code, machine.status_code) == (404, 404)
    assert "There is nothing here" in here.text
    assert "default-src 'none'" in here.headers["Content-Security-Policy"]
    assert machine.is_json
