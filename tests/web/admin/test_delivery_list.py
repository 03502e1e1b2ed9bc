"""The list of deliveries: what narrows it, and its older pages."""

from __future__ import annotations

import re
from functools import partial

import pytest
from admin_people import Person
from sqlalchemy import select
from world import World

from tracker.database import writing
from tracker.deliveries.models import Delivery, DeliveryStatus, SubjectType
from tracker.extensions import db
from tracker.inquiries.models import Inquiry
from tracker.reports import deliveries
from tracker.reports.deliveries import DeliveryFilters
from tracker.sites.models import Connection, Site
from tracker.visits.models import Visit

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def found(person: Person, **filters: str) -> list[int]:
    """The deliveries that the list shows, and no figure of a tab that is not theirs."""
    page = person.get("/admin/deliveries/", **filters)
    assert page.status_code == 200
    return [int(number) for number in re.findall(r'href="/admin/deliveries/(\d+)"', page.text)]


@pytest.fixture
def sent(world: World) -> dict[str, int]:
    """Deliveries of a call and of a visit, by connection and state."""
    world.browser().open()
    world.store_visits()
    world.call("1", "ended", **{"from": "+79161234567", "to": "+74957770100", "status": "answered"})
    with writing(db.session()) as session:
        site, call = session.scalars(select(Site.id)).one(), session.scalars(select(Inquiry.id)).one()
        visit = session.scalars(select(Visit.id)).one()
        for key in ("amo", "b24"):
            session.add(Connection(site_id=site, key=key, provider="crm/amocrm", settings=""))
        session.flush()
        ids = dict(session.execute(select(Connection.key, Connection.id)).all())
        made = {
            "amo-call": Delivery(subject_type=SubjectType.INQUIRY, subject_id=call, connection_id=ids["amo"]),
            "b24-call": Delivery(subject_type=SubjectType.INQUIRY, subject_id=call, connection_id=ids["b24"]),
            "b24-visit": Delivery(subject_type=SubjectType.VISIT, subject_id=visit, connection_id=ids["b24"]),
        }
        made["b24-call"].status = DeliveryStatus.DEAD
        session.add_all(made.values())
        session.add(Site(key="other", name="Other", timezone="UTC"))
        session.flush()
        return {name: delivery.id for name, delivery in made.items()}


def test_filters_narrow_the_list_and_its_figures(sent: dict[str, int], owner: Person) -> None:
    assert sorted(found(owner)) == sorted(sent.values())
    assert found(owner, connection="amo") == [sent["amo-call"]]
    assert sorted(found(owner, connection="b24", site="example")) == sorted([sent["b24-call"], sent["b24-visit"]])
    assert found(owner, status="dead") == [sent["b24-call"]]
    assert found(owner, site="other") == []
    assert owner.get("/admin/deliveries/", site="elsewhere").status_code == 404
    assert owner.get("/admin/deliveries/", cursor="x").status_code == 400

    [site] = db.session.scalars(select(Site).where(Site.key == "example"))
    for filters in (DeliveryFilters(connection="b24"), DeliveryFilters(site=site, connection="b24")):
        counts = deliveries.counts(db.session(), filters)
        assert counts == {DeliveryStatus.PENDING: 1, DeliveryStatus.DEAD: 1}


def test_older_ones_follow_with_the_same_filters(
    sent: dict[str, int], owner: Person, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deliveries, "page", partial(deliveries.page, size=1))
    seen, cursor = [], ""
    while True:
        page = owner.get("/admin/deliveries/", connection="b24", cursor=cursor).text
        seen += [int(number) for number in re.findall(r'href="/admin/deliveries/(\d+)"', page)]
        older = re.search(r'rel="next" href="/admin/deliveries/\?cursor=(\d+)&amp;connection=b24"', page)
        if older is None:
            break
        cursor = older[1]

    assert seen == sorted([sent["b24-call"], sent["b24-visit"]], reverse=True)
