"""Serves the snippet: minified and compressed once per process, with a versioned twin that never expires.

`/w.js` is the script, `/w.js?part=debug|forms` what it loads on demand; `v=<version>` makes the answer
immutable. The first-party installation proxies exactly this one path and the prefix below it.
"""

from __future__ import annotations

import hashlib
import json
import re
from dataclasses import dataclass
from functools import cache

import minify
import zopfli.gzip
from flask import Blueprint, Flask, Response, abort, current_app, request

from tracker.config import ROOT, Config

SOURCES = {
    "core": ROOT / "static" / "js" / "snippet.js",
    "more": ROOT / "static" / "js" / "more.js",
    "debug": ROOT / "static" / "js" / "debug.js",
    "forms": ROOT / "static" / "js" / "forms.js",
}

# Pages are refreshed from a cache for ten minutes and ask again by ETag: a mended snippet spreads soon.
FRESH = "public, max-age=600, stale-while-revalidate=86400"
IMMUTABLE = "public, max-age=31536000, immutable"

blueprint = Blueprint("snippet", __name__)


@dataclass(frozen=True)
class Served:
    """One part as browsers get it: `body` plain and `gzip` compressed, UTF-8; `etag` without quotes."""

    body: bytes
    gzip: bytes
    etag: str
    version: str


@cache
def build(part: str = "core", prefix: str = "/w") -> Served:
    """Reads, minifies and compresses one part.

    Args:
        part: `core`, `debug` or `forms`.
        prefix: path below which the snippet talks to us, as in SKVOZ_PREFIX.

    Raises:
        KeyError: there is no such part.
    """
    number = version(prefix)
    source = SOURCES[part].read_text(encoding="utf-8")
    source = source.replace("PREFIX = '/w'", f"PREFIX = {json.dumps(prefix)}", 1)
    source = source.replace("VERSION = 'source'", f"VERSION = {json.dumps(number)}", 1)
    # The minifier joins neighbouring declarations of one kind; to a script that runs both kinds mean the same.
    body = minify.string("application/javascript", re.sub(r"\bconst\b", "let", source)).encode()
    # Zopfli packs the same format two per cent tighter than zlib; the script is packed once and sent often.
    return Served(body, zopfli.gzip.compress(body), f"{number}-{part}", number)


@cache
def version(prefix: str = "/w") -> str:
    """Names the content of all parts together, 8 hex digits: the core loads the parts of its own version."""
    digest = hashlib.sha256(prefix.encode())
    for source in SOURCES.values():
        digest.update(source.read_bytes())
    return digest.hexdigest()[:8]


def register(app: Flask) -> None:
    """Adds the script's address: `/w.js`, and `<prefix>.js` where the prefix is another."""
    prefix = _prefix(app)
    app.register_blueprint(blueprint)
    if prefix != "/w":
        app.add_url_rule(f"{prefix}.js", "snippet.renamed", serve)


@blueprint.get("/w.js")
def serve() -> Response:
    """The script; 404 for an unknown part."""
    part = request.args.get("part", "core")
    if part not in SOURCES:
        abort(404)
    served = build(part, _prefix(current_app))
    response = _encoded(served)
    response.headers["Cache-Control"] = IMMUTABLE if request.args.get("v") == served.version else FRESH
    response.headers["Access-Control-Allow-Origin"] = "*"
    response.headers["Cross-Origin-Resource-Policy"] = "cross-origin"
    response.headers["X-Content-Type-Options"] = "nosniff"
    response.vary.add("Accept-Encoding")
    response.make_conditional(request)
    return response


def _encoded(served: Served) -> Response:
    """Each encoding has its own strong ETag, as RFC 9110 section 8.8.3.3 asks."""
    compressed = request.accept_encodings.quality("gzip") > 0
    response = Response(served.gzip if compressed else served.body, mimetype="text/javascript")
    response.set_etag(f"{served.etag}-gzip" if compressed else served.etag)
    if compressed:
        response.headers["Content-Encoding"] = "gzip"
    return response


def _prefix(app: Flask) -> str:
    config: Config = app.config["SKVOZ"]
    return config.prefix
