"""One site of the stub, its pages and a browser tab: what the behaviour tests tell their stories with."""

from __future__ import annotations

import json
from typing import Any

from playwright.sync_api import Page
from stub_server import Site, Stub

SWAPPED = "/777/.test(document.body.textContent)"
ORIGINAL = "/111-22-33/.test(document.body.textContent)"
HIDE = """state => {
  Object.defineProperty(document, 'hidden', {value: state === 'hidden', configurable: true});
  Object.defineProperty(document, 'visibilityState', {value: state, configurable: true});
  document.dispatchEvent(new Event('visibilitychange'));
}"""


def html(
    site: str,
    tag: str = "",
    body: str = "<p>Call 8 (495) 111-22-33</p>",
    src: str = "/w.js",
    head: str = "",
    loading: str = "async",
) -> str:
    stub = "window.skvoz=window.skvoz||function(){(skvoz.q=skvoz.q||[]).push(arguments)}"
    script = f'<script {loading} src="{src}" data-site="{site}" {tag}></script>'
    return f"<!doctype html><meta charset=utf-8><title>Page</title>{head}<script>{stub}</script>{script}<body>{body}"


class Story:
    """One site, its pages and a browser tab."""

    def __init__(self, stub: Stub, page: Page, name: str) -> None:
        self.stub, self.page, self.name = stub, page, name
        self.site = stub.sites[name] = Site(pages={"/": html(name)})

    def open(self, path: str = "/", **page: str) -> None:
        if page:
            self.site.pages[path.split("?")[0]] = html(self.name, **page)
        self.page.goto(self.stub.url(self.name, path))

    def until(self, condition: str) -> None:
        self.page.wait_for_function(condition, timeout=6000)

    def told(self, path: str, count: int = 1) -> list[dict[str, Any]]:
        return self.stub.wait(self.name, path, count)

    def stored(self) -> dict[str, Any]:
        text = self.page.evaluate("JSON.stringify({...localStorage})")
        return {key: json.loads(value) for key, value in json.loads(text).items()}
