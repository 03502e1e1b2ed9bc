"""From an empty installation to an inquiry that names its advertisement, as a person goes through it."""

from __future__ import annotations

import csv
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
import requests
from flask import Flask
from playwright.sync_api import Page, expect

from tracker.access import first_user

DOMAIN = "lamps.localhost"  # browsers find all names below localhost at home; localhost itself is for tests
PASSWORD = "a long enough password"
ORIGINAL = "8 (495) 111-22-33"
OURS = ("+7 495 777-00-01", "84957770002", "not a number")

Publish = Callable[[str], str]


@pytest.fixture
def publish() -> Iterator[Publish]:
    """A customer's web server: shows what it is given, and tells where."""
    shown = {"page": ""}

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            body = shown["page"].encode()
            self.send_response(200)
            self.send_header("Content-Type", "text/html; charset=utf-8")
            self.send_header("Content-Length", str(len(body)))
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()

    def put(html: str) -> str:
        shown["page"] = html
        return f"http://{DOMAIN}:{server.server_port}/?utm_source=google&utm_medium=cpc&utm_campaign=spring"

    yield put
    server.shutdown()
    thread.join()
    server.server_close()


def test_from_the_first_run_to_an_explained_call(app: Flask, served: str, window: Page, publish: Publish) -> None:
    window.goto(f"{served}/admin/")
    make_first_login(window, first_user.code(app.config["SKVOZ"].secret_key))
    snippet = add_site(window)
    add_pool(window)
    connect_telephone(window)

    address = publish(f"<!doctype html><head>{snippet}</head><body><p id=phone>{ORIGINAL}</p></body>")
    shown = visit(window, address)
    call(served, "+7" + shown[1:])

    read_journal(window)
    correct(window)

    (row,) = export(window)
    assert (row["From"], row["Talk, seconds"]) == ("'+79161234567", "95")
    assert (row["Match"], row["Source"], row["Visitor"]) == ("other traffic", "", "")


def make_first_login(window: Page, code: str) -> None:
    window.get_by_label("Code").fill(code)
    window.get_by_label("Email").fill("anna@example.com")
    window.get_by_label("Password").fill(PASSWORD)
    window.get_by_role("button", name="Begin").click()
    expect(window.get_by_role("heading", name="New site")).to_be_visible()


def add_site(window: Page) -> str:
    """Returns the snippet to put on the pages."""
    window.get_by_label("Key", exact=True).fill("lamps")
    window.get_by_label("Name", exact=True).fill("House of Lamps")
    window.get_by_label("Domains").fill(DOMAIN)
    window.get_by_label("Country").select_option("RU")
    window.get_by_role("button", name="Add the site").click()
    expect(window.get_by_role("heading", name="House of Lamps")).to_be_visible()
    return window.locator("#snippet").inner_text()


def add_pool(window: Page) -> None:
    window.get_by_role("navigation").get_by_role("link", name="Numbers").click()
    window.get_by_role("link", name="Add a pool").click()
    window.get_by_label("Key", exact=True).fill("ads")
    window.get_by_label("Original number").fill(ORIGINAL)
    window.get_by_label("When a visitor gets a number").select_option("arrival")
    window.get_by_role("button", name="Add the pool").click()
    window.get_by_label("Numbers", exact=True).fill("\n".join(OURS))
    window.get_by_role("button", name="Add numbers").click()
    report = window.get_by_role("status").filter(has_text="these lines were not")
    expect(report).to_contain_text("There is no number here")
    expect(window.locator("#board")).to_contain_text("+7 495 777-00-02")


def connect_telephone(window: Page) -> None:
    window.get_by_role("navigation").get_by_role("link", name="Connections").click()
    window.locator("a[href$='/new/telephony/generic']").click()
    window.get_by_label("Key", exact=True).fill("pbx")
    window.locator("[name=setting_secret]").fill("pbx-secret")
    window.get_by_role("button", name="Connect").click()
    expect(window.locator("#address")).to_contain_text("/hooks/telephony/generic/pbx")


def visit(window: Page, address: str) -> str:
    """Opens the customer's page and returns the digits that stand in place of the original number."""
    with window.context.new_page() as page:
        page.goto(address)
        expect(page.locator("#phone")).to_contain_text("777")
        return "".join(filter(str.isdigit, page.locator("#phone").inner_text()))


def call(served: str, number: str) -> None:
    said = {"call_id": "c1", "from": "+79161234567", "to": number}
    for step in ({"event": "ringing"}, {"event": "ended", "status": "answered", "talk_seconds": 95}):
        answer = requests.post(
            f"{served}/hooks/telephony/generic/pbx",
            json=said | step,
            headers={"Authorization": "Bearer pbx-secret"},
            timeout=10,
        )
        assert answer.status_code == 202, answer.text


def read_journal(window: Page) -> None:
    window.get_by_role("navigation").get_by_role("link", name="Inquiries").click()
    window.get_by_role("link", name="+7 916 123-45-67").click()
    main = window.get_by_role("main")
    expect(main).to_contain_text("google / cpc · spring")
    expect(main).to_contain_text("1:35")


def correct(window: Page) -> None:
    window.get_by_text("Not right? Say whose it was").click()
    window.get_by_label("none of our visitors").check()
    window.get_by_role("button", name="Correct").click()
    expect(window.get_by_role("status")).to_contain_text("Thank you")
    expect(window.locator("#why")).to_contain_text("decided by anna@example.com")


def export(window: Page) -> list[dict[str, str]]:
    window.get_by_role("navigation").get_by_role("link", name="Inquiries").click()
    with window.expect_download() as download:
        window.get_by_role("link", name="CSV").click()
    return list(csv.DictReader(download.value.path().read_text("utf-8-sig").splitlines()))
