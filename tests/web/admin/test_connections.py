"""Connections: their how-to pages, and hosts that must not be called."""

from __future__ import annotations

import pytest
from admin_people import Person
from sqlalchemy import select
from world import World

from tracker.extensions import db
from tracker.providers import registry
from tracker.sites.models import Connection
from tracker.web.admin import how_to

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
AMO = {"key": "amo2", "site": "example", "enabled": "y", "setting_access_token": "secret"}


@pytest.mark.parametrize("provider", registry.known())
def test_every_provider_has_a_page(database_url: str, provider: str) -> None:
    path = how_to.file_of(provider)

    assert path is not None
    assert "<script" not in how_to.rendered(path)


def test_page_is_shown_with_its_tables(world: World, owner: Person) -> None:
    page = owner.get("/admin/connections/how-to/telephony/mango").text

    assert "<h1>Mango Office</h1>" in page
    assert "<th>Setting</th>" in page
    assert owner.get("/admin/connections/how-to/telephony/../../secrets").status_code == 404


@pytest.mark.parametrize("host", ["http://127.0.0.1:8000", "https://169.254.169.254/latest", "http://localhost/"])
def test_private_host_typed_in_the_admin_is_refused(world: World, owner: Person, host: str) -> None:
    answer = owner.post("/admin/connections/new/crm/amocrm", **AMO, setting_base_url=host)

    assert answer.status_code == 422
    assert "SKVOZ_ALLOW_PRIVATE_HOSTS" in answer.text
    assert db.session.scalar(select(Connection.id).where(Connection.key == "amo2")) is None


def test_public_host_is_taken(world: World, owner: Person) -> None:
    answer = owner.post("/admin/connections/new/crm/amocrm", **AMO, setting_base_url="https://93.184.215.14")

    assert answer.location == "/admin/connections/amo2"
