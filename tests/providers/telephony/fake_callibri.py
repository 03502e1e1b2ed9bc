"""Callibri's interface as strict as the vendor's: known parameters alone, seven days at most, codes in the body."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from threading import Thread
from typing import Any
from urllib.parse import parse_qs

from werkzeug.serving import make_server

DATE = "%d.%m.%Y"
WHO = {"user_email", "user_token"}
PERIOD = {"site_id", "date1", "date2"}


class FakeCallibri:
    """An account with one project. `calls` is what its only channel says; `down` makes it fail."""

    def __init__(self, token: str = "t0ken") -> None:
        self.token = token
        self.calls: list[dict[str, Any]] = []
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.down = False
        self.number = "74950000101"
        self._server = make_server("127.0.0.1", 0, self._answer)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        self._thread = Thread(target=self._server.serve_forever, daemon=True)
        self._thread.start()

    def close(self) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()

    def _answer(self, environ: Any, start: Any) -> list[bytes]:
        query = {name: values[0] for name, values in parse_qs(environ["QUERY_STRING"]).items()}
        method = environ["PATH_INFO"].strip("/")
        self.asked.append((method, query))
        said = {"code": 500} if self.down else self._said(method, query)
        start("200 OK", [("Content-Type", "application/json")])
        return [json.dumps(said).encode()]

    def _said(self, method: str, query: dict[str, str]) -> dict[str, Any]:
        if query.get("user_token") != self.token or query.get("user_email") != "me@example.com":
            return {"code": 401, "message": f"wrong token {query.get('user_token')}"}
        if method == "get_sites" and set(query) == WHO:
            return {"code": 200, "sites": [{"site_id": 7, "sitename": "example.com"}]}
        if method != "site_get_statistics" or set(query) != WHO | PERIOD or query["site_id"] != "7":
            return {"code": 404}
        first, last = (datetime.strptime(query[name], DATE).replace(tzinfo=UTC).date() for name in ("date1", "date2"))
        if not 0 <= (last - first).days < 7:
            return {"code": 422, "message": "at most 7 days"}
        calls = [call for call in self.calls if first <= datetime.fromisoformat(call["date"]).date() <= last]
        channel = {"name_channel": "Site", "numbers": [self.number], "calls": calls}
        return {"code": 200, "channels_statistics": [channel]}
