"""Role x page x site: made from the addresses of the application, so that a new page without a rule fails."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product

import pytest
from admin_people import PASSWORD, Person
from flask import Flask, g
from sqlalchemy import func, select
from sqlalchemy.orm import aliased
from world import World, iso

from tracker import clock
from tracker.access import tokens, users
from tracker.access.models import ApiToken, Role, User
from tracker.access.rights import RIGHTS, Access, Right
from tracker.access.tokens import Scope
from tracker.alerts import channels
from tracker.alerts.models import AlertChannel, ChannelKind
from tracker.database import writing
from tracker.deliveries.models import Delivery, Errand
from tracker.extensions import db
from tracker.inquiries.models import Inquiry, RawMessage
from tracker.people.models import Person as Human
from tracker.sites.models import Connection, Site
from tracker.visits.models import Visitor
from tracker.web.admin import choosing, guard, scope

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)

Ways = Mapping[str, object]

CONFIGURATION = """
sites:
  - key: {key}
    name: {key} firm
    domains: [{key}.test]
    pools:
      - {{key: {key}-ads, kind: dynamic, swap: "+74951112233", lease_on: arrival, numbers: ["{number}"]}}
    connections:
      - {{key: {key}-pbx, provider: telephony/generic, settings: {{secret: pbx-secret}}}}
      - {{key: {key}-crm, provider: crm/bitrix24, settings: {{webhook_url: "https://{key}.bitrix24.ru/rest/1/x/"}}}}
"""
NUMBERS = {"mine": "+74957770001", "theirs": "+74957770002"}
CALLERS = {"mine": "+79161110001", "theirs": "+79161110002"}


def _inquiry(site: str) -> str:
    return db.session.scalars(select(Inquiry.key).join(Inquiry.site).where(Site.key == site)).one()


def _visitor(site: str) -> str:
    of_site = select(Visitor.key).join(Site, Site.id == Visitor.site_id).where(Site.key == site)
    return db.session.scalars(of_site).one()


def _person(site: str) -> str:
    return db.session.scalars(select(Human.key).join(Site, Site.id == Human.site_id).where(Site.key == site)).one()


def _delivery(site: str) -> int:
    of_site = select(Delivery.id).join(Connection, Connection.id == Delivery.connection_id)
    return db.session.scalars(of_site.join(Site, Site.id == Connection.site_id).where(Site.key == site)).one()


def _channel(site: str) -> int:
    of_site = select(AlertChannel.id).join(Site, Site.id == AlertChannel.site_id).where(Site.key == site)
    return db.session.scalars(of_site).one()


def _message(site: str) -> int:
    of_site = select(RawMessage.id).join(Site, Site.id == RawMessage.site_id).where(Site.key == site)
    return db.session.scalars(of_site).one()


def _token(site: str) -> int:
    of_site = select(ApiToken.id).join(Site, Site.id == ApiToken.site_id).where(Site.key == site)
    return db.session.scalars(of_site).one()


# What a page asks for by blueprint: name of the argument to what it names on a site. A new page adds its own here.
OBJECTS: Mapping[str, Callable[[str], Ways]] = {
    "overview": lambda site: {},
    "auth": lambda site: {},
    "journal": lambda site: {"key": _inquiry(site), "form": "csv"},
    "annotating": lambda site: {"key": _inquiry(site)},
    "people": lambda site: {"key": _person(site)},
    "reports": lambda site: {"name": "channels", "form": "csv"},
    "visitors": lambda site: {"site_key": site, "key": _visitor(site)},
    "deliveries": lambda site: {"number": _delivery(site)},
    "pools": lambda site: {"site_key": site, "key": f"{site}-ads", "e164": NUMBERS[site]},
    "numbers": lambda site: {"site_key": site, "key": f"{site}-ads", "e164": NUMBERS[site]},
    "sites": lambda site: {"key": site, "site_key": site},
    "installing": lambda site: {"name": "wordpress"},
    "connections": lambda site: {
        "key": f"{site}-pbx",
        "provider": "telephony/generic",
        "number": _message(site),
    },
    "policies": lambda site: {"key": f"{site}-crm"},
    "team": lambda site: {"number": 1},
    "alerts": lambda site: {"number": _channel(site), "kind": "mail", "site_key": site},
    "tokens": lambda site: {"number": _token(site)},
    "account": lambda site: {},
    "resets": lambda site: {"token": "x"},
    "second_factor": lambda site: {},
    "health": lambda site: {},
}
OF_NO_SITE = {
    "admin.journal.export",
    "admin.reports.show",
    "admin.reports.export",
    "admin.installing.show",
    "admin.connections.create",
    "admin.connections.manual",
    "admin.team.edit",
    "admin.alerts.create",
}  # their arguments name nothing that belongs to a site

OF_LETTERS = {"admin.journal.file"}  # there is none here; see test_letter_files


@dataclass(frozen=True)
class Page:
    """One address of the admin."""

    endpoint: str
    right: Right | None
    is_everywhere: bool
    address: str
    is_of_a_site: bool
    is_shown: bool


@pytest.fixture
def two_sites(app: Flask) -> World:
    """Two sites with a visit, a call and a delivery each."""
    world = World(app)
    for site, number in NUMBERS.items():
        world.apply(CONFIGURATION.format(key=site, number=number))
        said = {"site": site, "url": f"https://{site}.test/", "engaged": True}
        world.say("visit", said, origin=f"https://{site}.test")
        call = {"call_id": site, "event": "ended", "from": CALLERS[site], "to": number, "status": "missed"}
        world.hook("telephony", f"{site}-pbx", json.dumps({**call, "at": iso(clock.now())}), "pbx-secret")
        with writing(db.session()) as session:
            site_id = choosing.the_site(session, site).id
            tokens.add(session, f"{site}-token", [Scope.READ], site_id)
            channels.add(session, ChannelKind.MAIL, f"{site}-channel", {"to": "a@b.test"}, site_id, "en", "test")
    return world


@pytest.fixture
def person_with(app: Flask, stranger: Person) -> Callable[..., Person]:
    """Makes a user with a role everywhere, and others on single sites."""

    def make(role: Role | None, **by_site: Role) -> Person:
        email = f"user{db.session.query(User).count()}@example.com"
        with writing(db.session()) as session:
            ids = dict(session.execute(select(Site.key, Site.id)).all())
            user = users.add(session, email, PASSWORD, role)
            users.set_site_roles(session, user, {ids[key]: there for key, there in by_site.items()})
        person = Person(app)
        assert person.log_in(email).status_code == 302
        return person

    return make


def pages(app: Flask, site: str) -> list[Page]:
    """Every page that asks for a right, for what is of this site; those that remove something come last."""
    return sorted(_pages(app, site), key=lambda page: page.endpoint.endswith(".remove"))


def _pages(app: Flask, site: str) -> Iterator[Page]:
    adapter = app.url_map.bind("localhost")
    for rule in app.url_map.iter_rules():
        if not rule.endpoint.startswith("admin.") or rule.endpoint in {guard.STATIC, *OF_LETTERS}:
            continue
        view = app.view_functions[rule.endpoint]
        ways = OBJECTS[rule.endpoint.split(".")[1]](site)
        address = adapter.build(rule.endpoint, {name: ways[name] for name in rule.arguments})
        of_a_site = bool(rule.arguments) and rule.endpoint not in OF_NO_SITE
        if view.right:
            shown = "GET" in (rule.methods or ())
            yield Page(rule.endpoint, view.right, view.is_everywhere, address, of_a_site, shown)


def opened(person: Person, page: Page) -> tuple[int, str]:
    answer = person.get(page.address) if page.is_shown else person.post(page.address)
    return answer.status_code, answer.text


def test_every_blueprint_names_its_objects(app: Flask) -> None:
    assert {
        name.split(".")[1] for name in app.view_functions if name.startswith("admin.") and name != guard.STATIC
    } == {*OBJECTS}


@pytest.mark.parametrize("role", list(Role))
def test_role_on_every_site_opens_its_pages_and_no_others(
    app: Flask, two_sites: World, person_with: Callable[..., Person], role: Role
) -> None:
    person = person_with(role)

    for site in NUMBERS:
        for page in pages(app, site):
            status, _text = opened(person, page)

            assert (status == 403) is (page.right not in RIGHTS[role]), (page, status)
            assert status < 500 and status != 404, (page, status)


@pytest.mark.parametrize("role", [Role.ADMINISTRATOR, Role.ANALYST, Role.AGENT])
def test_role_on_one_site_opens_its_pages_there_and_shows_nothing_of_another(
    app: Flask, two_sites: World, person_with: Callable[..., Person], role: Role
) -> None:
    person = person_with(None, mine=role)

    for site in NUMBERS:
        for page in pages(app, site):
            status, text = opened(person, page)

            wanted = {200, 302, 422}
            if page.is_everywhere or page.right not in RIGHTS[role]:
                wanted = {403}
            elif site == "theirs" and page.is_of_a_site:
                wanted = {404}
            assert status in wanted, (page, status)
            assert not _tells_of(text, "theirs"), page


def test_roles_of_two_sites_do_not_mix(app: Flask, two_sites: World, person_with: Callable[..., Person]) -> None:
    person = person_with(None, mine=Role.ADMINISTRATOR, theirs=Role.ANALYST)

    for page in pages(app, "theirs"):
        status, _text = opened(person, page)
        if page.right not in RIGHTS[Role.ANALYST] and page.is_of_a_site:
            assert status == 404, page
        elif not page.is_everywhere:
            assert status in {200, 302, 422}, page
    assert {errand.connection_id for errand in db.session.scalars(select(Errand))} <= _connections("mine")


def test_role_on_one_site_stands_in_place_of_the_one_on_all(
    two_sites: World, person_with: Callable[..., Person]
) -> None:
    person = person_with(Role.ADMINISTRATOR, theirs=Role.AGENT)

    assert person.get("/admin/sites/mine").status_code == 200
    assert person.get("/admin/sites/theirs").status_code == 404
    assert person.get("/admin/sites/new").status_code == 200
    assert _tells_of(person.get("/admin/inquiries/").text, "theirs")


def test_filter_for_a_hidden_site_finds_no_such_site(two_sites: World, person_with: Callable[..., Person]) -> None:
    person = person_with(None, mine=Role.ANALYST)

    for page in ("", "inquiries/", "visitors/", "pools/"):
        assert person.get(f"/admin/{page}", site="theirs").status_code == 404


def test_number_of_a_hidden_site_cannot_be_taken(two_sites: World, person_with: Callable[..., Person]) -> None:
    person = person_with(None, mine=Role.ADMINISTRATOR)

    answer = person.post("/admin/pools/mine/mine-ads/numbers", numbers=NUMBERS["theirs"])

    assert answer.status_code == 200
    assert "in another pool already" in answer.text


def test_key_of_a_hidden_connection_is_taken(two_sites: World, person_with: Callable[..., Person]) -> None:
    person = person_with(None, mine=Role.ADMINISTRATOR)
    fields = {"key": "theirs-pbx", "site": "mine", "enabled": "y", "setting_secret": "very secret"}

    answer = person.post("/admin/connections/new/telephony/generic", **fields)

    assert answer.status_code == 422
    assert "with this key already" in answer.text


def test_scope_reaches_aliases_and_subqueries(app: Flask, two_sites: World, person_with: Callable[..., Person]) -> None:
    mine = db.session.scalars(select(Site.id).where(Site.key == "mine")).one()
    theirs = min(_connections("theirs"))
    twin, counted = aliased(Inquiry), select(func.count(Inquiry.id)).scalar_subquery()

    with app.test_request_context():
        scope.narrow(frozenset({mine}))
        keys = db.session.scalars(select(Site.key).join(twin, twin.site_id == Site.id)).all()
        counts = db.session.execute(select(counted, select(func.count(twin.id)).scalar_subquery())).one()
        found = db.session.get(Connection, theirs)
        with scope.lifted():
            everything = db.session.scalar(select(counted))
    g.pop("visible_sites")

    assert (keys, tuple(counts), found, everything) == (["mine"], (1, 1), None, 2)


def test_access_follows_the_table(database_url: str) -> None:
    for role, right in product(Role, Right):
        has = right in RIGHTS[role]

        everywhere, there = Access(role), Access(None, {"mine": role})
        assert everywhere.everywhere(right) is everywhere.at("mine", right) is has
        assert there.at("mine", right) is there.somewhere(right) is has
        assert not there.at("theirs", right) and not there.everywhere(right)


ROLES = [
    (Role.OWNER, set(Right)),
    (Role.ADMINISTRATOR, {Right.READ_JOURNAL, Right.ANNOTATE, Right.READ, Right.CHANGE}),
    (Role.ANALYST, {Right.READ_JOURNAL, Right.READ}),
    (Role.AGENT, {Right.READ_JOURNAL, Right.ANNOTATE}),
]


@pytest.mark.parametrize(("role", "rights"), ROLES)
def test_role_has_its_rights(database_url: str, role: Role, rights: set[Right]) -> None:
    assert RIGHTS[role] == rights


def _tells_of(text: str, site: str) -> bool:
    number, caller = NUMBERS[site][-7:], CALLERS[site][-7:]
    marks = [
        f"{site} firm",
        f"{site}.test",
        f"{site}-",
        *(f"{one[:3]}-{one[3:5]}-{one[5:]}" for one in (number, caller)),
    ]
    return any(mark in text for mark in marks)


def _connections(site: str) -> set[int]:
    found = select(Connection.id).join(Site, Site.id == Connection.site_id).where(Site.key == site)
    return set(db.session.scalars(found))
