"""The snippet as browsers get it: small, cacheable, and aware of its prefix."""

from __future__ import annotations

import gzip
from dataclasses import replace
from pathlib import Path

import pytest
from flask import Flask
from flask.testing import FlaskClient

from tracker import config, create_app
from tracker.web import snippet
from tracker.web.snippet import build, register, version


def client_of(tmp_path: Path, prefix: str = "/w") -> FlaskClient:
    app = Flask(__name__)
    settings = config.load({"SKVOZ_INSTANCE": str(tmp_path), "SECRET_KEY": "x" * 40})
    app.config["SKVOZ"] = replace(settings, prefix=prefix)
    register(app)
    return app.test_client()


@pytest.fixture
def client(tmp_path: Path) -> FlaskClient:
    return client_of(tmp_path)


def test_the_core_stays_within_four_kilobytes() -> None:
    assert len(build("core").gzip) <= 4096


@pytest.mark.parametrize("part", snippet.SOURCES)
def test_compressed_and_plain_are_the_same_script(part: str) -> None:
    served = build(part)

    assert gzip.decompress(served.gzip) == served.body
    assert len(served.body) < len(snippet.SOURCES[part].read_bytes())


def test_the_core_names_the_version_of_its_parts() -> None:
    assert version().encode() in build("core").body
    assert build("debug").version == build("core").version == version()


def test_the_core_learns_the_prefix() -> None:
    assert b'"/stats"' in build("core", "/stats").body
    assert build("core", "/stats").version != build("core").version


def test_an_unknown_part_is_not_found(client: FlaskClient) -> None:
    assert client.get("/w.js?part=other").status_code == 404


def test_the_script_is_cached_shortly_and_asked_for_again_by_etag(client: FlaskClient) -> None:
    first = client.get("/w.js?site=example")
    again = client.get("/w.js?site=example", headers={"If-None-Match": first.headers["ETag"]})

    assert first.headers["Cache-Control"] == snippet.FRESH
    assert again.status_code == 304
    assert again.data == b""


def test_the_versioned_twin_is_immutable_and_an_old_version_is_not(client: FlaskClient) -> None:
    assert client.get(f"/w.js?v={version()}").headers["Cache-Control"] == snippet.IMMUTABLE
    old = client.get("/w.js?part=more&v=01234567")

    assert old.headers["Cache-Control"] == snippet.FRESH
    assert old.data == build("more").body


def test_caches_keep_one_answer_for_everybody(tmp_path: Path) -> None:
    app = create_app(config.load({"SKVOZ_INSTANCE": str(tmp_path), "SECRET_KEY": "x" * 40}))

    assert app.test_client().get("/w.js").headers["Vary"] == "Accept-Encoding"


@pytest.mark.parametrize(("accepts", "encoding"), [("gzip, br", "gzip"), ("br", None), ("gzip;q=0", None), ("", None)])
def test_it_is_compressed_for_those_who_accept_it(client: FlaskClient, accepts: str, encoding: str | None) -> None:
    answer = client.get("/w.js", headers={"Accept-Encoding": accepts})

    assert answer.headers.get("Content-Encoding") == encoding
    assert answer.headers["Vary"] == "Accept-Encoding"
    assert answer.data == (build("core").gzip if encoding else build("core").body)


def test_encodings_have_etags_of_their_own(client: FlaskClient) -> None:
    plain = client.get("/w.js")
    packed = client.get("/w.js", headers={"Accept-Encoding": "gzip"})

    assert plain.headers["ETag"] != packed.headers["ETag"]


def test_any_page_may_load_it_and_none_may_sniff_it(client: FlaskClient) -> None:
    headers = client.get("/w.js").headers

    assert headers["Access-Control-Allow-Origin"] == "*"
    assert headers["Cross-Origin-Resource-Policy"] == "cross-origin"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Content-Type"] == "text/javascript; charset=utf-8"


def test_another_prefix_renames_the_script_too(tmp_path: Path) -> None:
    client = client_of(tmp_path, "/stats")

    assert client.get("/stats.js").data == client.get("/w.js").data == build("core", "/stats").body
