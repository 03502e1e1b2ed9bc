"""Users of each role, logged in."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from admin_people import PASSWORD, Person
from flask import Flask

from tracker.access import users
from tracker.access.models import Role
from tracker.database import writing
from tracker.extensions import db


@pytest.fixture
def stranger(app: Flask) -> Person:
    """Nobody has logged in; forms need no token, which one test of its own asks for."""
    app.config["WTF_CSRF_ENABLED"] = False
    return Person(app)


@pytest.fixture
def user_of(app: Flask, stranger: Person) -> Callable[[Role], Person]:
    """Makes a user of a role and logs him in."""

    def make(role: Role) -> Person:
        email = f"{role.value}@example.com"
        with writing(db.session()) as session:
            users.add(session, email, PASSWORD, role)
        person = Person(app)
        assert person.log_in(email).status_code == 302
        return person

    return make


@pytest.fixture
def owner(user_of: Callable[[Role], Person]) -> Person:
    return user_of(Role.OWNER)
