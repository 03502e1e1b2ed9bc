"""People who use the admin, each with a browser of his own."""

from __future__ import annotations

import re
from typing import Any

from flask import Flask, g
from werkzeug.test import TestResponse

from tracker.extensions import db

PASSWORD = "correct horse battery"


def error_of(page: str, field: str) -> str:
    """What a page says is wrong with a field of its form; empty: nothing."""
    found = re.search(rf'id="{field}-error">([^<]*)<', page)
    return found[1] if found else ""


class Person:
    """Somebody with a browser. The test's application context is shared, so what requests left in it goes first."""

    def __init__(self, app: Flask) -> None:
        self.client = app.test_client()

    def get(self, path: str, **query: str) -> TestResponse:
        self._forget()
        return self.client.get(path, query_string=query)

    def post(self, path: str, **fields: Any) -> TestResponse:
        self._forget()
        return self.client.post(path, data=fields)

    def log_in(self, email: str, password: str = PASSWORD) -> TestResponse:
        return self.post("/admin/login", email=email, password=password)

    def _forget(self) -> None:
        for name in list(g):
            g.pop(name)
        db.session.remove()
