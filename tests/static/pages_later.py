"""Rows: content that appears or changes after the first pass, and shadow roots."""

from __future__ import annotations

from page import Page
from pages_leases import number
from stub_server import NUMBER

LATER = [
    Page(
        "content added later",
        '<div id="box"></div>',
        do=(("eval", "box.innerHTML = '<p>8 495 111-22-33 <a href=\"tel:84951112233\">call</a></p>'"),),
        after='<div id="box"><p>8 495 777-00-01 <a href="tel:84957770001">call</a></p></div>',
    ),
    Page(
        "text changed later",
        '<p id="box">wait</p>',
        do=(("eval", "box.firstChild.data = 'call 8 495 111-22-33'"),),
        after='<p id="box">call 8 495 777-00-01</p>',
    ),
    Page(
        "link changed later",
        '<a id="box" href="/">call</a>',
        do=(("eval", "box.href = 'tel:+74951112233'"),),
        after='<a id="box" href="tel:+74957770001">call</a>',
    ),
    Page(
        "second half added later",
        '<p id="box"><b>8 (495)</b></p>',
        do=(("eval", "box.append(' 111-22-33')"),),
        after='<p id="box"><b>8 (495)</b> 777-00-01</p>',
    ),
    Page(
        "text written back by the page",
        '<p id="box">{{8 495 111-22-33|8 495 777-00-01}}</p>',
        do=(("until", "/777/.test(box.textContent)"), ("eval", "box.firstChild.data = 'Call 8 (495) 111-22-33'")),
        after='<p id="box">Call 8 (495) 777-00-01</p>',
    ),
    Page(
        "a new original appears",
        '<p id="box">x</p>',
        do=(("eval", "box.textContent = '8 812 333-44-55'"),),
        after='<p id="box">8 812 777-00-02</p>',
        site={
            "numbers": [
                NUMBER,
                number(swap="+78123334455", match=["78123334455", "88123334455"], number="+78127770002"),
            ]
        },
        told=(("beat", {"held": ["+74957770001"]}),),
    ),
    Page(
        "element moved away and back",
        '<div id="a"><p id="box">{{8 495 111-22-33|8 495 777-00-01}}</p></div>',
        do=(
            ("until", "/777/.test(box.textContent)"),
            ("eval", "const p = box; p.remove(); p.firstChild.data = '(495) 111-22-33'; a.append(p)"),
        ),
        after='<div id="a"><p id="box">(495) 777-00-01</p></div>',
    ),
    Page(
        "open shadow root",
        '<div id="host"></div>',
        do=(("eval", "host.attachShadow({mode: 'open'}).innerHTML = '<p>8 <b>495</b> 111-22-33</p>'"),),
        after='<div id="host"><template shadowrootmode="open"><p>8 <b>495</b> 777-00-01</p></template></div>',
    ),
    Page(
        "shadow root from markup with a shadow root inside",
        '<div><template shadowrootmode="open"><p>{{8 495 111-22-33|8 495 777-00-01}}</p><i><slot></slot></i></template>'
        "<b>{{8 495 111-22-33|8 495 777-00-01}}</b></div>",
    ),
    Page(
        "change inside a shadow root",
        '<div id="host"></div>',
        head="<script>customElements.define('x-card', class extends HTMLElement { connectedCallback() {"
        " this.attachShadow({mode: 'open'}).innerHTML = '<a href=\"tel:84951112233\">call</a>' } })</script>",
        do=(
            ("eval", "host.innerHTML = '<x-card></x-card>'"),
            ("eval", "host.firstChild.shadowRoot.append('8 495 111-22-33')"),
        ),
        after='<div id="host"><x-card><template shadowrootmode="open"><a href="tel:84957770001">call</a>'
        "8 495 777-00-01</template></x-card></div>",
    ),
    Page(
        "ignored host of a shadow root",
        '<div data-skv-ignore><template shadowrootmode="open"><p>8 495 111-22-33</p></template></div>',
    ),
]
