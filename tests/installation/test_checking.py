"""Small pages, served on this machine, and exactly what is said about each."""

from __future__ import annotations

import gzip
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

from tracker.installation.checking import Expected, check
from tracker.installation.loading import MAX_BYTES, Loader
from tracker.web import snippet
from tracker.web.admin import installation_words

VERSION = "0badcafe"
NUMBER = '<a href="tel:+74951112233">8 (495) <b>111</b>-22-33</a>'
SNIPPET = '<script async src="/w.js" data-site="example"></script>'
WRITINGS = ("74951112233", "84951112233", "4951112233")
GOOD = "number-found"
WORKS = ["script-works", GOOD]


@dataclass
class Answers:
    """What the little server says: path to status, headers and body."""

    pages: dict[str, tuple[int, Mapping[str, str], bytes]] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    url: str = ""

    def put(self, path: str, body: str | bytes, status: int = 200, **headers: str) -> None:
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.pages[path] = (status, named, body.encode() if isinstance(body, str) else body)


@pytest.fixture(scope="module")
def server() -> Iterator[Answers]:
    answers = Answers()

    class Handler(BaseHTTPRequestHandler):
        def answer(self) -> None:
            answers.asked.append(self.path)
            status, headers, body = answers.pages.get(self.path.partition("?")[0], (404, {}, b"nothing here"))
            self.send_response(status)
            for name, value in {"Content-Type": "text/html; charset=utf-8", **headers}.items():
                self.send_header(name, value)
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        do_GET = do_POST = answer

        def log_message(self, *_: object) -> None:
            pass

    http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    answers.url = f"http://localhost:{http.server_port}"
    thread = threading.Thread(target=http.serve_forever)
    thread.start()
    yield answers
    http.shutdown()
    thread.join()
    http.server_close()


@pytest.fixture
def site(server: Answers) -> Answers:
    """A site whose server passes our two paths on."""
    server.pages.clear()
    server.asked.clear()
    server.put("/w.js", f'(()=>{{const v="{VERSION}"}})()', Content_Type="text/javascript")
    server.put("/w/visit", '{"error": "site is missing", "field": "site"}', 400, Content_Type="application/json")
    return server


def expected(**changes: object) -> Expected:
    values: dict[str, object] = {
        "key": "example",
        "is_enabled": True,
        "domains": ["localhost"],
        "server": "https://track.example.com",
        "names": ["w.js"],
        "prefix": "/w",
        "version": VERSION,
        "originals": {"+74951112233": WRITINGS},
    }
    return Expected(**{**values, **changes})


def look(site: Answers, path: str = "/", **changes: object) -> list[str]:
    """Codes of what is found; a slip in a sentence shows here as well."""
    found = check(Loader({"localhost"}), expected(**changes), site.url + path)
    for one in found:
        installation_words.SENTENCES[one.code].__str__()
        assert "%" not in str(installation_words.SENTENCES[one.code]) % one.about
    return [one.code for one in found]


META = '<meta http-equiv="Content-Security-Policy" content="{}">'
GTM = "<script>(function(w){j.src='https://www.googletagmanager.com/gtm.js?id='+i})()</script>"
LOADER = "<script>s.src = '/w.js?site=example';</script>"

PAGES: list[tuple[str, str, list[str]]] = [
    ("all well", SNIPPET, WORKS),
    ("key in the address", '<script src="/w.js?site=example"></script>', WORKS),
    ("put there by a loader", LOADER, WORKS),
    ("missing", "", ["script-missing", "number-found"]),
    ("commented out", f"<!-- {SNIPPET} -->", ["script-missing", "number-found"]),
    ("in a text area", f"<textarea>{SNIPPET}</textarea>", ["script-missing", "number-found"]),
    ("another script", '<script src="/app.js" data-site="x"></script>', ["script-missing", "number-found"]),
    ("tag manager", GTM, ["only-tag-manager", "number-found"]),
    ("twice", SNIPPET * 2, ["twice", "script-works", "number-found"]),
    ("two sites", SNIPPET + SNIPPET.replace("example", "other"), ["two-sites", "script-works", "number-found"]),
    ("wrong key", SNIPPET.replace("example", "exmaple"), ["wrong-key", "number-found"]),
    ("no key", '<script src="/w.js"></script>', ["no-key", "number-found"]),
    ("put off by a plug-in", SNIPPET.replace("async", 'type="text/plain"'), ["does-not-run", "number-found"]),
    ("base leads away", '<base href="/a/"><script src="w.js?site=example"></script>', ["script-not-served", GOOD]),
    ("addresses nobody can read", '<base href="http://["><script src="http://[::1"></script>' + SNIPPET, WORKS),
    ("waits for consent", SNIPPET.replace("async", 'data-consent="required"'), ["waits-for-consent", *WORKS]),
    ("test", SNIPPET.replace("async", 'data-test="true"'), ["marked-as-test", *WORKS]),
    ("meta refuses the script", META.format("script-src 'none'") + SNIPPET, ["script-blocked-meta", "number-found"]),
    ("meta refuses the talk", META.format("connect-src 'none'") + SNIPPET, ["talk-blocked-meta", "number-found"]),
    ("meta lets through", META.format("default-src 'self'") + SNIPPET, WORKS),
]  # fmt: skip


@pytest.mark.parametrize(("page", "found"), [row[1:] for row in PAGES], ids=[row[0] for row in PAGES])
def test_page_is_judged(site: Answers, page: str, found: list[str]) -> None:
    site.put("/", f"<!doctype html><head>{page}</head><body>{NUMBER}</body>")

    assert look(site) == found


POLICIES: list[tuple[str, str, list[str]]] = [
    ("default-src 'self'", "", []),
    ("default-src 'none'", "", ["script-blocked-header", "talk-blocked-header"]),
    ("default-src 'none'; script-src 'self'; connect-src 'self'", "", []),
    ("script-src https://cdn.example.com; connect-src *", "", ["script-blocked-header"]),
    ("script-src-elem 'none'; script-src 'self'", "", ["script-blocked-header"]),
    ("script-src 'nonce-abc'; connect-src 'self'", ' nonce="abc"', []),
    ("script-src 'nonce-abc'; connect-src 'self'", ' nonce="abd"', ["script-blocked-header"]),
    ("script-src 'nonce-abc' 'strict-dynamic' 'self'", "", ["script-blocked-header"]),
    ("script-src http://localhost:*/w.js", "", []),
    ("script-src http://localhost:*/js/", "", ["script-blocked-header"]),
    ("script-src http://localhost:1", "", ["script-blocked-header"]),
    ("script-src http:", "", []),
    ("script-src https:", "", ["script-blocked-header"]),
    ("script-src 'self', script-src 'none'", "", ["script-blocked-header"]),
    ("SCRIPT-SRC 'SELF'; script-src 'none'", "", []),
    ("connect-src https://mc.yandex.ru", "", ["talk-blocked-header"]),
    ("img-src 'none'; upgrade-insecure-requests;", "", []),
]


@pytest.mark.parametrize(("policy", "nonce", "found"), POLICIES, ids=[row[0] + row[1] for row in POLICIES])
def test_policy_of_the_header_is_read_as_browsers_do(site: Answers, policy: str, nonce: str, found: list[str]) -> None:
    page = f"<head>{SNIPPET.replace(' async', nonce)}</head>{NUMBER}"
    site.put("/", page, Content_Security_Policy=policy)

    assert look(site) == [*(found or ["script-works"]), "number-found"]


def test_policy_that_only_reports_refuses_nothing(site: Answers) -> None:
    site.put("/", SNIPPET + NUMBER, Content_Security_Policy_Report_Only="default-src 'none'")

    assert look(site) == WORKS


ANSWERS: list[tuple[int, dict[str, str], str]] = [
    (404, {}, "page-not-found"),
    (401, {}, "page-needs-login"),
    (403, {}, "page-refuses"),
    (429, {}, "page-refuses"),
    (500, {}, "page-fails"),
    (503, {}, "page-fails"),
    (200, {"Content_Type": "application/pdf"}, "not-a-page"),
    (302, {"Location": "https://elsewhere.example/"}, "leads-elsewhere"),
    (301, {"Location": "/"}, "too-many-redirects"),
    (302, {"Location": "http://169.254.169.254/latest/meta-data/"}, "leads-elsewhere"),
]


@pytest.mark.parametrize(("status", "headers", "code"), ANSWERS)
def test_answer_that_is_no_page_is_named(site: Answers, status: int, headers: dict[str, str], code: str) -> None:
    site.put("/", SNIPPET, status, **headers)

    assert look(site) == [code]


def test_redirect_within_the_site_is_followed(site: Answers) -> None:
    site.put("/", "", 301, Location="/home")
    site.put("/home", SNIPPET + NUMBER)

    assert look(site) == WORKS


SCRIPTS: list[tuple[int, str, str, str]] = [
    (404, "text/html", "", "script-not-served"),
    (200, "text/html", "<html>", "script-is-no-script"),
    (200, "text/javascript", 'const v="00000000"', "old-version"),
]


@pytest.mark.parametrize(("status", "kind", "body", "code"), SCRIPTS)
def test_script_that_is_not_ours_of_today_is_named(site: Answers, status: int, kind: str, body: str, code: str) -> None:
    site.put("/", SNIPPET + NUMBER)
    site.put("/w.js", body, status, Content_Type=kind)

    assert look(site) == [code, "number-found"]


def test_script_of_another_server_is_named(site: Answers) -> None:
    address = site.url.replace("localhost", "127.0.0.1") + "/w.js"
    site.put("/", SNIPPET.replace("/w.js", address) + NUMBER)
    site.put("/w.js", "old", Content_Type="text/javascript")

    found = check(Loader({"localhost", "127.0.0.1"}), expected(), site.url + "/")

    assert found[0].code == "other-host"
    assert found[0].about == {"host": "127.0.0.1", "server": "https://track.example.com"}


def test_server_that_passes_on_the_script_alone_is_named(site: Answers) -> None:
    site.put("/", SNIPPET + NUMBER)
    del site.pages["/w/visit"]

    assert look(site) == ["talk-not-passed-on", "number-found"]


def test_script_nobody_serves_is_named(site: Answers) -> None:
    site.put("/", SNIPPET.replace("/w.js", "http://localhost:9/w.js") + NUMBER)

    assert look(site) == ["script-unreachable", "number-found"]


NUMBERS: list[tuple[str, str, bool]] = [
    ("plain", "+7 (495) 111-22-33", True),
    ("trunk prefix", "8-495-111-22-33", True),
    ("no-break spaces", "8\u00a0495\u00a0111\u00a022\u00a033", True),
    ("over elements", "8 (495) <b>111</b>-<span>22-33</span>", True),
    ("link", '<a href="tel:+7-495-111-22-33">call</a>', True),
    ("microdata", '<meta itemprop="telephone" content="+74951112233">', True),
    ("another number", "+7 (495) 111-22-34", False),
    ("in a script", "<script>var phone = '+74951112233'</script>", False),
    ("two paragraphs", "<p>8 495 111</p><p>22 33</p>", False),
]


@pytest.mark.parametrize(("text", "is_there"), [row[1:] for row in NUMBERS], ids=[row[0] for row in NUMBERS])
def test_number_is_found_in_any_writing(site: Answers, text: str, is_there: bool) -> None:
    site.put("/", SNIPPET + f"<p>{text}</p>")

    assert look(site) == ["script-works", "number-found" if is_there else "number-missing"]


def test_site_without_pools_is_told(site: Answers) -> None:
    site.put("/", SNIPPET + NUMBER)

    assert look(site, originals={}) == ["script-works", "no-pools"]


def test_page_in_an_old_encoding_is_read(site: Answers) -> None:
    page = f'<meta charset="windows-1251">{SNIPPET}<p>Телефон</p>{NUMBER}'
    site.put("/", page.encode("cp1251"), Content_Type="text/html")

    assert look(site) == WORKS


def test_page_that_never_ends_is_read_up_to_a_bound(site: Answers) -> None:
    bomb = gzip.compress(SNIPPET.encode() + NUMBER.encode() + b" " * (MAX_BYTES * 4))
    site.put("/", bomb, Content_Encoding="gzip")

    assert look(site) == WORKS


# --- what is never called ---


def test_page_of_somebody_else_is_not_even_loaded(site: Answers) -> None:
    assert look(site, domains=["example.com"]) == ["not-on-domains"]
    assert look(site, is_enabled=False) == ["site-switched-off"]
    assert site.asked == []


def test_private_network_is_not_called(site: Answers) -> None:
    found = check(Loader(()), expected(), site.url + "/")

    assert [one.code for one in found] == ["private-host"]
    assert site.asked == []


def test_redirect_into_a_private_network_is_not_followed(site: Answers) -> None:
    site.put("/", "", 302, Location=site.url.replace("localhost", "127.0.0.1") + "/secret")

    found = check(Loader({"localhost"}), expected(domains=["localhost", "127.0.0.1"]), site.url + "/")

    assert [(one.code, one.about) for one in found] == [("private-host", {"host": "127.0.0.1"})]
    assert site.asked == ["/"]


def test_script_in_a_private_network_is_not_called(site: Answers) -> None:
    inside = site.url.replace("localhost", "127.0.0.1") + "/w.js"
    site.put("/", SNIPPET.replace("/w.js", inside) + NUMBER)

    assert look(site) == ["script-unreachable", "number-found"]
    assert site.asked == ["/"]


@pytest.mark.parametrize("url", ["ftp://localhost/", "file:///etc/passwd", "http://", "nonsense", "http://[::1"])
def test_what_is_no_page_address_is_refused(url: str) -> None:
    found = check(Loader({"localhost"}), expected(), url)

    assert found[0].code in ("not-on-domains", "not-an-address")


def test_host_without_a_name_server_entry_is_named() -> None:
    found = check(Loader(()), expected(domains=["nothing.invalid"]), "https://nothing.invalid/")

    assert [one.code for one in found] == ["no-such-host"]


def test_server_that_is_off_is_named() -> None:
    found = check(Loader({"localhost"}), expected(), "http://localhost:9/")

    assert [one.code for one in found] == ["unreachable"]


def test_version_looked_for_is_in_the_script_we_serve() -> None:
    assert f'"{snippet.version("/w")}"' in snippet.build("core", "/w").body.decode()
