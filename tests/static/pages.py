"""The table of small pages: what is served, what is done, and how every text and attribute must end.

In a body `{{before|after}}` is served as `before` and expected as `after`; all else must stay as it is. The
original +7 495 111-22-33 is leased as +7 495 777-00-01, sales@example.com as sales+k3v9xq@example.com.
The same table runs in Chromium and in Firefox.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from typing import Any

from stub_server import EMAIL, NUMBER

# Ends every page that does not say otherwise: once it is swapped, the first pass is over.
SENTINEL = '<p id="sentinel">{{+7 495 111-22-33|+7 495 777-00-01}}</p>'


@dataclass(frozen=True)
class Page:
    """One page of the table.

    `tag`: attributes of the script; `site`: settings of `stub_server.Site`; `do`: steps `(verb, argument)` with
    the verbs eval (a script), click (a selector), until (a condition); `after`: the expected body where it
    differs from the served one by more than the marks; `told`: what the server must have heard, as
    `(path, part of the body)`; `untold`: paths it must not have heard.
    """

    name: str
    body: str
    head: str = ""
    tag: str = 'async src="/w.js" data-site="{site}"'
    site: dict[str, Any] = field(default_factory=dict)
    do: tuple[tuple[str, str], ...] = ()
    after: str | None = None
    sentinel: bool = True
    told: tuple[tuple[str, dict[str, Any]], ...] = ()
    untold: tuple[str, ...] = ()
    complaints: bool = False

    @property
    def key(self) -> str:
        return re.sub(r"[^a-z0-9]+", "-", self.name.lower()).strip("-")[:60]

    def steps(self) -> list[tuple[str, str]]:
        """What to do: nothing before the first pass is over."""
        first = [("until", "/777/.test(document.getElementById('sentinel').textContent)")] if self.sentinel else []
        return [*first, *self.do]

    def served(self) -> str:
        stub = "window.skvoz=window.skvoz||function(){(skvoz.q=skvoz.q||[]).push(arguments)}"
        script = (
            f'<script nonce="n1">{stub}</script><script {self.tag.format(site=self.key)}></script>' if self.tag else ""
        )
        body = _side(self.body + (SENTINEL if self.sentinel else ""), 1)
        return f"<!doctype html><meta charset=utf-8><title>{self.name}</title>{self.head}{script}<body>{body}</body>"

    def expected(self) -> str:
        body = self.body if self.after is None else self.after
        return _side(body + (SENTINEL if self.sentinel else ""), 2)


def _side(text: str, number: int) -> str:
    return re.sub(r"\{\{(.*?)\|(.*?)\}\}", lambda match: match.group(number), text, flags=re.DOTALL)


def _texts(*rows: tuple[str, str]) -> list[Page]:
    return [Page(name, f"<p>{body}</p>") for name, body in rows]


def _number(**changes: Any) -> dict[str, Any]:
    return {**NUMBER, **changes}


WRITINGS = _texts(
    ("brackets and dashes", "Call {{+7 (495) 111-22-33|+7 (495) 777-00-01}} today"),
    ("plain digits", "{{84951112233|84957770001}}"),
    ("leading eight", "{{8 495 1112233|8 495 7770001}}"),
    ("national form", "{{(495) 111-22-33|(495) 777-00-01}}"),
    ("double zero prefix", "{{00 7 495 111 22 33|00 7 495 777 00 01}} or {{0074951112233|0074957770001}}"),
    ("non-breaking spaces", "{{8&nbsp;495&nbsp;111&nbsp;22&nbsp;33|8&nbsp;495&nbsp;777&nbsp;00&nbsp;01}}"),
    ("thin spaces", "{{+7&thinsp;495&thinsp;111&#8239;22&#8239;33|+7&thinsp;495&thinsp;777&#8239;00&#8239;01}}"),
    ("dashes of every kind", "{{8‑495–111—22−33|8‑495–777—00−01}} {{8‒495―111‐22-33|8‒495―777‐00-01}}"),
    ("soft hyphens", "{{8 495 111&shy;22&shy;33|8 495 777&shy;00&shy;01}}"),
    ("dots and slash", "{{8.495.111.22.33|8.495.777.00.01}} and {{495/1112233|495/7770001}}"),
    ("zero width and direction marks", "&#8206;{{+7495&#8203;111&#8203;2233|+7495&#8203;777&#8203;0001}}&#8206;"),
    ("two numbers in one text", "{{8 495 111-22-33|8 495 777-00-01}}, {{8 495 111-22-33|8 495 777-00-01}}"),
    ("two numbers side by side", "{{8 495 111-22-33|8 495 777-00-01}} {{8 495 111-22-33|8 495 777-00-01}}"),
    ("number glued to Cyrillic", "тел.{{84951112233|84957770001}}доб"),
    ("a digit in front", "Office 12 {{8 495 111-22-33|8 495 777-00-01}} 7 {{(495) 111-22-33|(495) 777-00-01}}"),
    (
        "opening hours behind",
        "{{(495) 111-22-33|(495) 777-00-01}} 9:00-21:00, {{8 495 111 22 33|8 495 777 00 01}} 24/7",
    ),
)

UNTOUCHED = _texts(
    ("another number", "8 (495) 111-22-34 and 8 (499) 111-22-33 and 8 (812) 111-22-33"),
    ("registration number that holds the digits", "ИНН 7495111223, ОГРН 1084951112233, INN 749511122337"),
    ("registration number of the same digits", "ИНН 4951112233, INN: 4951112233"),
    ("order number", "Order 18495111223399, № 4951112233, order no. 4951112233, A4951112233, ID4951112233"),
    ("order number with dashes", "77-8495-1112233 and 8495-1112233-77 and 8495.1112233.5"),
    ("price", "4 951 112 233 ₽, 4951112233 руб., $4951112233, 4,951,112,233, 74951112233.50"),
    ("another country", "+1 495 111 22 33, +1 (495) 111-22-33, +375 495 1112233, +4951112233"),
    ("second number by its last digits", "8 495 111-22-33/34"),
    ("words around digits", "x84951112233y 84951112233abc"),
    ("email that holds ours", "presales@example.com sales@example.com.ru sales@example.community sales-x@example.net"),
    ("email with a tag", "sales+spring@example.com"),
)

PLACES = [
    Page(
        "tel link and its text",
        '<a href="{{tel:+74951112233|tel:+74957770001}}">{{8 (495) 111-22-33|8 (495) 777-00-01}}</a>',
    ),
    Page("tel link in the leading eight form", '<a href="{{tel:84951112233|tel:84957770001}}">call</a>'),
    Page("tel link with dashes", '<a href="{{tel:+7-495-111-22-33|tel:+7-495-777-00-01}}">call</a>'),
    Page("tel link percent-encoded", '<a href="{{tel:8%20495%20111-22-33|tel:8%20495%20777-00-01}}">call</a>'),
    Page("tel link with extension", '<a href="{{tel:+74951112233;ext=101|tel:+74957770001;ext=101}}">call</a>'),
    Page("tel link with a pause", '<a href="{{tel:+74951112233,101|tel:+74957770001,101}}">call</a>'),
    Page("callto link", '<a href="{{callto:+74951112233|callto:+74957770001}}">call</a>'),
    Page("tel link in capitals", '<a href="{{TEL:+74951112233|TEL:+74957770001}}">call</a>'),
    Page("area of a map", '<map name="m"><area alt="call" href="{{tel:+74951112233|tel:+74957770001}}"></map>'),
    Page(
        "attributes for reading",
        '<button title="{{Call 8 495 111-22-33|Call 8 495 777-00-01}}"'
        ' aria-label="{{phone +7 495 111 22 33|phone +7 495 777 00 01}}">x</button>'
        '<img src="data:," alt="{{(495) 111-22-33|(495) 777-00-01}}">',
    ),
    Page(
        "microdata",
        '<div itemscope><meta itemprop="telephone" content="{{+74951112233|+74957770001}}">'
        '<meta name="x" content="+74951112233"></div>',
    ),
    Page(
        "marked element",
        '<div data-skv-phone="{{+74951112233|+74957770001}}">call us</div><b data-skv-phone>'
        "{{84951112233|84957770001}}</b>",
    ),
    Page("other addresses", '<a href="/order/84951112233">a</a><a href="https://x.test/?tel=84951112233">b</a>'),
    Page("other attributes", '<div data-phone="84951112233" id="p84951112233" class="c84951112233">x</div>'),
    Page(
        "form fields",
        '<form><input value="84951112233" placeholder="8 495 111-22-33" title="8 495 111-22-33">'
        "<textarea>84951112233</textarea><select><option>8 495 111-22-33</option></select></form>",
    ),
    Page(
        "code, scripts and styles",
        "<code>8 495 111-22-33</code><script>var phone = '84951112233'</script>"
        "<style>.a::after{content:'84951112233'}</style><noscript>84951112233</noscript>"
        '<script type="application/ld+json">{"telephone":"+74951112233"}</script>',
    ),
    Page(
        "editable text",
        "<div contenteditable>8 495 111-22-33 <b>8 495 111-22-33</b></div>"
        '<div contenteditable="false">8 495 111-22-33</div>',
    ),
    Page(
        "ignored element",
        '<div data-skv-ignore>8 495 111-22-33 <p><a href="tel:84951112233">8 495 111-22-33</a></p></div>'
        "<p>8 <span data-skv-ignore>495</span> 111-22-33</p>",
    ),
    Page("button text", "<button>{{8 495 111-22-33|8 495 777-00-01}}</button>"),
    Page("table cells", "<table><tr><td>{{84951112233|84957770001}}</td><td>8 495</td><td>1112233</td></tr></table>"),
    Page("svg text", "<svg><text>{{8 495 111-22-33|8 495 777-00-01}}</text></svg>"),
    Page("comment beside the number", "<p><!-- 84951112233 -->{{8 495 |8 495 }}<!-- x -->{{111-22-33|777-00-01}}</p>"),
]

SPLIT = [
    Page("split by span", "<p><span>{{8 (495)|8 (495)}}</span> {{111-22-33|777-00-01}}</p>"),
    Page(
        "split digit by digit",
        "<p>8<b>495</b><i>{{1|7}}</i><i>{{1|7}}</i><i>{{1|7}}</i>-<u>{{22|00}}</u>-{{33|01}}</p>",
    ),
    Page(
        "split over nested elements with indentation",
        '<p>\n  <a href="{{tel:84951112233|tel:84957770001}}">\n    <span>+7\n </span>\n <b>(<em>495</em>)\n </b>\n'
        "  <strong>{{111|777}}<wbr>{{-22|-00}}<wbr>{{-33|-01}}</strong></a></p>",
    ),
    Page("not split over blocks", "<div>8 495</div><div>111-22-33</div><p>8 495<br>111-22-33</p>"),
    Page("not split over cells of a list", "<ul><li>8 (495)</li><li>111-22-33</li></ul>"),
    Page("block after an inline line", "<div><span>8 495</span> {{111-22-33|777-00-01}}<div>111-22-33</div></div>"),
]

MAILS = [
    Page(
        "mailto with subject, body and copy",
        '<a href="{{mailto:sales@example.com|mailto:sales+k3v9xq@example.com}}'
        '?subject=Order%20sales@example.com&amp;body=8%20495%20111-22-33&amp;cc=sales@example.com">write</a>',
    ),
    Page("mailto encoded", '<a href="{{mailto:sales%40example.com|mailto:sales+k3v9xq@example.com}}">write</a>'),
    Page(
        "mailto to two",
        '<a href="{{mailto:sales@example.com|mailto:sales+k3v9xq@example.com}},boss@example.com">write</a>',
    ),
    Page("address in text", "<p>Write to {{Sales@Example.com|sales+k3v9xq@example.com}}.</p>"),
    Page("address in brackets", "<p>&lt;{{sales@example.com|sales+k3v9xq@example.com}}&gt; (boss@example.com)</p>"),
    Page(
        "catch-all address",
        '<p><a href="{{mailto:sales@example.com|mailto:k3v9xq@in.example.com}}">'
        "{{sales@example.com|k3v9xq@in.example.com}}</a></p>",
        site={"emails": [{"swap": "sales@example.com", "address": "k3v9xq@in.example.com"}]},
    ),
    Page("address split by elements", "<p>{{sales|sales+k3v9xq@example.com}}<b>{{@|}}</b>{{example.com|}}</p>"),
    Page("fields with an address", '<input type="email" value="sales@example.com"><code>sales@example.com</code>'),
]

OTHER_NUMBERS = [
    Page(
        "several originals with their own numbers",
        "<p>{{8 495 111-22-33|8 495 777-00-01}} {{8 812 333-44-55|8 812 777-00-02}} 8 800 555-35-35</p>",
        site={
            "numbers": [
                NUMBER,
                _number(swap="+78123334455", match=["78123334455", "88123334455", "8123334455"], number="+78127770002"),
            ]
        },
    ),
    Page(
        "number of another length",
        '<p><a href="{{tel:+74951112233|tel:+3706123456}}">{{8 (495) 111-22-33|+3706123456}}</a> '
        "{{+7 (495) 111-22-33|+3706123456}}</p>",
        sentinel=False,
        site={"numbers": [_number(number="+3706123456")]},
    ),
    Page(
        "number of another area behind a local writing",
        "<p>{{111-22-33|+74997770001}}</p><p>{{(495) 111-22-33|(499) 777-00-01}}</p>",
        sentinel=False,
        site={"numbers": [_number(number="+74997770001", match=[*NUMBER["match"], "1112233"])]},
    ),
    Page(
        "local writing within the area",
        "<p>{{111-22-33|777-00-01}}</p>",
        site={"numbers": [_number(match=[*NUMBER["match"], "1112233"])]},
    ),
    Page(
        "trunk zero",
        "<p>{{020 7123 4567|020 7999 0001}} {{+44 20 7123 4567|+44 20 7999 0001}}</p>",
        sentinel=False,
        site={
            "numbers": [
                _number(
                    swap="+442071234567", match=["442071234567", "02071234567", "2071234567"], number="+442079990001"
                )
            ]
        },
    ),
    Page(
        "groups of three",
        "<p>{{123 456 789|987 654 321}} {{+48 123 456 789|+48 987 654 321}}</p>",
        sentinel=False,
        site={"numbers": [_number(swap="+48123456789", match=["48123456789", "123456789"], number="+48987654321")]},
    ),
    Page(
        "messengers keep the original",
        '<a href="sms:+74951112233">a</a><a href="https://wa.me/74951112233">b</a>'
        '<a href="whatsapp://send?phone=74951112233">c</a>',
    ),
    Page(
        "messengers where the pool says so",
        '<a href="{{sms:+74951112233|sms:+74957770001}}?body=84951112233">a</a>'
        '<a href="{{https://wa.me/74951112233|https://wa.me/74957770001}}?text=84951112233">b</a>'
        '<a href="{{whatsapp://send?phone=74951112233|whatsapp://send?phone=74957770001}}&amp;text=84951112233">c</a>',
        site={"numbers": [_number(messengers=True)]},
    ),
    Page(
        "static number without an end",
        "<p>{{8 495 111-22-33|8 495 777-00-01}}</p>",
        site={"numbers": [_number(until=None, ttl=None)]},
    ),
    Page(
        "no number in the answer",
        "<p>8 495 111-22-33</p><p>{{sales@example.com|sales+k3v9xq@example.com}}</p>",
        sentinel=False,
        site={"numbers": [], "reason": "exhausted"},
    ),
]

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
                _number(swap="+78123334455", match=["78123334455", "88123334455"], number="+78127770002"),
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

REACT = (
    '<script src="/vendor/react.production.min.js"></script><script src="/vendor/react-dom.production.min.js"></script>'
)
VUE = '<script src="/vendor/vue.runtime.global.prod.js"></script>'
CONTACT = (
    "const h = React.createElement; window.renders = 0; function Contact() { const [n, set] = React.useState(0);"
    " window.again = () => set(n + 1); window.renders++; React.useEffect(() => { window.drawn = n });"
    " return h('p', {key: KEY}, 'Call ', h('a', {href: 'tel:+74951112233', title: 'n' + n}, '8 (495) 111-22-33'),"
    " ' or ', n > 0 ? '+7 495 ' : '8 495 ', '111-22-33') }"
)
SERVED = (
    '<div id="root"><p>Call <a href="tel:+74951112233" title="n0">8 (495) 111-22-33</a> or <!-- -->8 495 <!-- -->'
    "111-22-33</p></div>"
)

FRAMEWORKS = [
    Page(
        "React draws and draws again",
        '<div id="root"></div><script>'
        + CONTACT.replace("KEY", "1")
        + "ReactDOM.createRoot(root).render(h(Contact))</script>",
        head=REACT,
        do=(("until", "/777/.test(root.textContent)"), ("eval", "again()"), ("until", "drawn === 1")),
        after='<div id="root"><p>Call <a href="tel:+74957770001" title="n1">8 (495) 777-00-01</a> or +7 495 777-00-01</p>'
        "</div><script>" + CONTACT.replace("KEY", "1") + "ReactDOM.createRoot(root).render(h(Contact))</script>",
    ),
    Page(
        "React replaces the elements",
        '<div id="root"></div><script>'
        + CONTACT.replace("KEY", "n")
        + "ReactDOM.createRoot(root).render(h(Contact))</script>",
        head=REACT,
        do=(("until", "/777/.test(root.textContent)"), ("eval", "again()"), ("until", "drawn === 1")),
        after='<div id="root"><p>Call <a href="tel:+74957770001" title="n1">8 (495) 777-00-01</a> or +7 495 777-00-01</p>'
        "</div><script>" + CONTACT.replace("KEY", "n") + "ReactDOM.createRoot(root).render(h(Contact))</script>",
    ),
    Page(
        "React hydrates after the answer came",
        SERVED + "<script>" + CONTACT.replace("KEY", "1") + "window.mistakes = [];"
        "window.hydrate = () => ReactDOM.hydrateRoot(root, h(Contact), {onRecoverableError: e => mistakes.push(e)})"
        "</script>",
        head=REACT,
        do=(
            ("eval", "if (/777/.test(root.textContent)) throw 'swapped before hydration'; hydrate()"),
            ("until", "/777/.test(root.textContent)"),
            ("eval", "if (mistakes.length) throw String(mistakes); again()"),
            ("until", "drawn === 1"),
        ),
        after='<div id="root"><p>Call <a href="tel:+74957770001" title="n1">8 (495) 777-00-01</a> or +7 495 777-00-01</p>'
        "</div><script>" + CONTACT.replace("KEY", "1") + "window.mistakes = [];"
        "window.hydrate = () => ReactDOM.hydrateRoot(root, h(Contact), {onRecoverableError: e => mistakes.push(e)})"
        "</script>",
    ),
    Page(
        "React removes what was swapped",
        '<div id="root"></div><script>const h = React.createElement; function App() { const [on, set] ='
        " React.useState(true); window.hide = () => set(false); return h('div', null, on ? h('p', null, '8 495 111-22-33')"
        " : null, h('b', null, on ? '8 495 111-22-33' : 'none')) } ReactDOM.createRoot(root).render(h(App))</script>",
        head=REACT,
        do=(("until", "/777/.test(root.textContent)"), ("eval", "hide()"), ("until", "/none/.test(root.textContent)")),
        after='<div id="root"><div><b>none</b></div></div><script>const h = React.createElement; function App() {'
        " const [on, set] = React.useState(true); window.hide = () => set(false); return h('div', null, on ? h('p', null,"
        " '8 495 111-22-33') : null, h('b', null, on ? '8 495 111-22-33' : 'none')) }"
        " ReactDOM.createRoot(root).render(h(App))</script>",
    ),
    Page(
        "Vue draws and draws again",
        '<div id="app"></div><script>const {h, ref, createApp} = Vue; const n = ref(0); createApp({render: () =>'
        " h('p', [h('a', {href: 'tel:84951112233'}, '8 495 111-22-33'), ' ' + n.value + ': (495) 111-22-33'])})"
        ".mount('#app')</script>",
        head=VUE,
        do=(
            ("until", "/777/.test(app.textContent)"),
            ("eval", "n.value = 7"),
            ("until", "/7: /.test(app.textContent)"),
        ),
        after='<div id="app" data-v-app=""><p><a href="tel:84957770001">8 495 777-00-01</a> 7: (495) 777-00-01</p></div>'
        "<script>const {h, ref, createApp} = Vue; const n = ref(0); createApp({render: () =>"
        " h('p', [h('a', {href: 'tel:84951112233'}, '8 495 111-22-33'), ' ' + n.value + ': (495) 111-22-33'])})"
        ".mount('#app')</script>",
    ),
    Page(
        "Vue hydrates served markup",
        '<div id="__nuxt"><p><a href="{{tel:84951112233|tel:84957770001}}">{{8 495 111-22-33|8 495 777-00-01}}</a></p></div>'
        "<script>const {h, createSSRApp} = Vue; window.hydrate = () => createSSRApp({render: () => h('p', [h('a',"
        " {href: 'tel:84951112233'}, '8 495 111-22-33')])}).mount('#__nuxt')</script>",
        head=VUE,
        do=(("eval", "if (/777/.test(__nuxt.textContent)) throw 'swapped before hydration'; hydrate()"),),
        after='<div id="__nuxt"><p><a href="tel:84957770001">8 495 777-00-01</a></p></div>'
        "<script>const {h, createSSRApp} = Vue; window.hydrate = () => createSSRApp({render: () => h('p', [h('a',"
        " {href: 'tel:84951112233'}, '8 495 111-22-33')])}).mount('#__nuxt')</script>",
    ),
]

FIGHT = "setInterval(() => { if (box.textContent !== own) { box.textContent = own; window.puts++ } }, 20)"

HARD = [
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
        tag='>const s = document.createElement("script"); s.src = "/w.js?site={site}"; document.head.append(s)</script><script',
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
            ("eval", "if (localStorage.length) throw 'still stored'"),
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

PAGES: list[Page] = [*WRITINGS, *UNTOUCHED, *PLACES, *SPLIT, *MAILS, *OTHER_NUMBERS, *LATER, *FRAMEWORKS, *HARD]
