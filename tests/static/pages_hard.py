"""Rows: pages, browsers and servers that make it hard."""

from __future__ import annotations

from page import Page

FIGHT = "setInterval(() => { if (box.textContent !== own) { box.textContent = own; window.puts++ } }, 20)"

OLD_BROWSER = (
    "<script>delete Request.prototype.keepalive;"
    " Object.defineProperty(Navigator.prototype, 'sendBeacon', {BEACON})</script>"
)
FAREWELL = (
    ("until", "localStorage['_skv.' + document.title.replace(/ /g, '-') + '.l']"),
    ("eval", "dispatchEvent(new Event('pagehide'))"),
)

HARD = [
    *(
        Page(name, "<p>x</p>", head=OLD_BROWSER.replace("BEACON", beacon), do=FAREWELL, told=(("leave", {}),))
        for name, beacon in {
            "a beacon where keepalive is missing": "value: navigator.sendBeacon",
            "a beacon that is refused": "value: () => false",
            "no beacon at all": "value: undefined",
        }.items()
    ),
    Page(
        "a page that fights back",
        '<p id="box">8 495 111-22-33</p>',
        do=(
            ("eval", f"window.own = '8 495 111-22-33'; window.puts = 0; {FIGHT}"),
            ("until", "puts > 4"),
            ("until", "(window.last ??= []).push(puts), last.length > 20 && last.at(-20) === puts"),
        ),
        told=(("event", {"name": "overwritten"}),),
    ),
    Page(
        "a page that fights back with new elements",
        '<div id="box"><p>8 495 111-22-33</p></div>',
        do=(
            (
                "eval",
                "window.puts = 0; setInterval(() => { if (/777/.test(box.textContent)) {"
                " box.innerHTML = '<p>8 495 111-22-33</p>'; window.puts++ } }, 20)",
            ),
            ("until", "puts > 4"),
            ("until", "(window.last ??= []).push(puts), last.length > 20 && last.at(-20) === puts"),
        ),
        told=(("event", {"name": "overwritten"}),),
    ),
    Page(
        "many additions are no quarrel",
        '<ul id="box"></ul>',
        do=(
            (
                "eval",
                "for (let i = 0; i < 9; i++) { box.insertAdjacentHTML('beforeend', '<li>8 495 111-22-33</li>');"
                " await new Promise(requestAnimationFrame) }",
            ),
        ),
        after='<ul id="box">' + "<li>8 495 777-00-01</li>" * 9 + "</ul>",
        untold=("event",),
    ),
    Page(
        "two scripts on one page",
        '<script async src="/w.js" data-site="{{x|x}}two"></script><p>{{8 495 111-22-33|8 495 777-00-01}}</p>',
    ),
    Page(
        "script of a tag manager without attributes",
        "<p>{{8 495 111-22-33|8 495 777-00-01}}</p>",
        tag=">const s = document.createElement('script'); s.src = '/w.js?site={site}'; document.head.append(s)"
        "</script><script",
    ),
    Page(
        "no storage",
        "<p>{{8 495 111-22-33|8 495 777-00-01}}</p>",
        head="<script>for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name,"
        " {get() { throw new DOMException('denied', 'SecurityError') }});"
        "Object.defineProperty(document, 'cookie', {get() { throw new DOMException('denied', 'SecurityError') },"
        " set() { throw new DOMException('denied', 'SecurityError') }})</script>",
    ),
    Page(
        "an answer from the future",
        "<p>{{8 495 111-22-33|8 495 777-00-01}}</p>",
        site={"extra": {"schema": 9, "emails": None, "beat": None, "novelty": {"x": [1]}}},
    ),
    Page(
        "strict policy with a nonce and trusted types",
        "<p>{{8 495 111-22-33|8 495 777-00-01}}</p>",
        tag='nonce="n1" async src="/w.js" data-site="{site}"',
        site={
            "headers": {
                "Content-Security-Policy": "default-src 'none'; connect-src 'self'; script-src 'nonce-n1';"
                " style-src 'none'; require-trusted-types-for 'script'; base-uri 'none'"
            }
        },
        do=(("eval", "await new Promise((done) => skvoz('visit', done))"),),
    ),
    Page(
        "unknown site",
        "<p>8 495 111-22-33</p>",
        sentinel=False,
        site={"status": {"visit": 404}},
        complaints=True,
        do=(("eval", "await new Promise((done) => skvoz('number', '+74951112233', done))"),),
    ),
    Page(
        "server in trouble",
        "<p>8 495 111-22-33</p>",
        sentinel=False,
        site={"status": {"visit": 503}},
        complaints=True,
        do=(("eval", "await new Promise((done) => skvoz('number', '+74951112233', done))"),),
    ),
    Page(
        "hanging server",
        "<p>8 495 111-22-33</p>",
        sentinel=False,
        site={"hang": ("visit",)},
        do=(("eval", "await new Promise((done) => skvoz('number', '+74951112233', done))"),),
    ),
    Page(
        "store down",
        "<p>8 495 111-22-33</p>",
        sentinel=False,
        site={"numbers": [], "reason": "store-down"},
        do=(("eval", "await new Promise((done) => skvoz('number', '+74951112233', done))"),),
    ),
    Page(
        "consent not given",
        "<p>8 495 111-22-33</p>",
        sentinel=False,
        untold=("visit", "beat", "event"),
        tag='async src="/w.js" data-site="{site}" data-consent="required"',
        do=(
            ("eval", "await new Promise((done) => skvoz('number', '+74951112233', done))"),
            ("eval", "if (document.cookie || localStorage.length) throw 'stored without consent'"),
        ),
    ),
    Page(
        "consent given",
        "<p>{{8 495 111-22-33|8 495 777-00-01}}</p>",
        sentinel=False,
        tag='async src="/w.js" data-site="{site}" data-consent="required"',
        do=(("eval", "skvoz('consent', true)"),),
    ),
    Page(
        "consent withdrawn",
        "<p>8 495 111-22-33</p>",
        sentinel=False,
        do=(
            ("until", "/777/.test(document.body.textContent)"),
            ("eval", "skvoz('consent', false)"),
            ("until", "!localStorage.length"),
        ),
    ),
    Page(
        "elements named like properties",
        '<form id="f"><input name="closest"><input name="nodeType"></form><p>{{8 495 111-22-33|8 495 777-00-01}}</p>',
    ),
    Page(
        "nothing but skvoz is global",
        "<p>x</p>",
        head="<script>window.before = Object.keys(window).length</script>",
        do=(("eval", "const added = Object.keys(window).length - before; if (added > 2) throw 'globals: ' + added"),),
    ),
]
