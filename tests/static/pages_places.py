"""Rows: where numbers and addresses stand, and the places that are left alone."""

from __future__ import annotations

from page import Page

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
    Page(
        "tel link with a short pause",
        '<a href="{{tel:+74951112233|tel:+74957770001}},12">x</a>'
        '<a href="{{tel:+74951112233|tel:+74957770001}},1">x</a>',
    ),
    Page(
        "another link first",
        '<p><a href="tel:88005553535">8 800 555-35-35</a>'
        ' <a href="{{tel:84951112233|tel:84957770001}}">{{8 495 111-22-33|8 495 777-00-01}}</a></p>'
        '<p><a href="tel:88005553535">8 800 555-35-35</a>'
        '<a href="{{tel:84951112233|tel:84957770001}}">{{(495) 111-22-33|(495) 777-00-01}}</a></p>',
    ),
    Page(
        "another link with a plus first",
        '<p><a href="tel:+78005553535">+7 800 555-35-35</a>'
        ' <a href="{{tel:84951112233|tel:84957770001}}">{{8 495 111-22-33|8 495 777-00-01}}</a></p>'
        "<p><b>+7 (800) 555-35-35</b> <b>{{(495) 111-22-33|(495) 777-00-01}}</b></p>"
        "<p><b>+7 812 333-44-55</b><b>{{84951112233|84957770001}}</b></p>",
    ),
    Page("long run of letters and digits", f"<div>{'0a1b2c3d4e5f67890123456789' * 8000}</div>"),
    Page("callto link", '<a href="{{callto:+74951112233|callto:+74957770001}}">call</a>'),
    Page(
        "tel links as people write them",
        '<a href="{{tel://+74951112233|tel://+74957770001}}">a</a>'
        '<a href="{{tel: +7 495 111 22 33|tel: +7 495 777 00 01}}">b</a>'
        '<a href="{{tel:%2B74951112233|tel:%2B74957770001}}">c</a><a href="{{callto://+74951112233|callto://+74957770001}}">d</a>'
        '<a href="{{tel:+7(495)111-22-33|tel:+7(495)777-00-01}}">e</a>',
    ),
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
        '<meta itemprop="email" content="{{sales@example.com|sales+k3v9xq@example.com}}">'
        '<meta name="x" content="+74951112233"><meta itemprop="taxID" content="4951112233"></div>',
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
        "<style>.a::after{content:'84951112233'}</style>"
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
    Page(
        "text that is shown as it is written",
        "<pre>{{8 495 111-22-33|8 495 777-00-01}}</pre><label>{{8 495 111-22-33|8 495 777-00-01}}</label><details open>"
        "<summary>{{8 495 111-22-33|8 495 777-00-01}}</summary></details>"
        "<address>{{84951112233|84957770001}}</address>",
    ),
    Page("button text", "<button>{{8 495 111-22-33|8 495 777-00-01}}</button>"),
    Page("table cells", "<table><tr><td>{{84951112233|84957770001}}</td><td>8 495</td><td>1112233</td></tr></table>"),
    Page("svg text", "<svg><text>{{8 495 111-22-33|8 495 777-00-01}}</text></svg>"),
    Page("comment beside the number", "<p><!-- 84951112233 -->{{8 495 |8 495 }}<!-- x -->{{111-22-33|777-00-01}}</p>"),
]

MAILS = [
    Page(
        "mailto with subject, body and copy",
        '<a href="{{mailto:sales@example.com|mailto:sales+k3v9xq@example.com}}'
        '?subject=Order%20sales@example.com&amp;body=8%20495%20111-22-33&amp;cc=sales@example.com">write</a>',
    ),
    Page(
        "mailto to two",
        '<a href="{{mailto:sales@example.com|mailto:sales+k3v9xq@example.com}},boss@example.com">write</a>',
    ),
    Page(
        "addresses in capitals and glued to words",
        "<p>{{SALES@EXAMPLE.COM|sales+k3v9xq@example.com}}, e-mail:{{sales@example.com|sales+k3v9xq@example.com}};</p>",
    ),
    Page("address in text", "<p>Write to {{Sales@Example.com|sales+k3v9xq@example.com}}.</p>"),
    Page("address in brackets", "<p>&lt;{{sales@example.com|sales+k3v9xq@example.com}}&gt; (boss@example.com)</p>"),
    Page(
        "catch-all address",
        '<p><a href="{{mailto:sales@example.com|mailto:k3v9xq@in.example.com}}">'
        "{{sales@example.com|k3v9xq@in.example.com}}</a></p>",
        site={"emails": [{"swap": "sales@example.com", "address": "k3v9xq@in.example.com"}]},
    ),
    Page(
        "neighbours without a space between",
        '<p><a href="{{tel:84951112233|tel:84957770001}}">{{84951112233|84957770001}}</a><a href="/">Login</a>'
        "<b>24/7</b><i>{{84951112233|84957770001}}</i><b>Mail</b><i>{{sales@example.com|sales+k3v9xq@example.com}}</i>"
        "<b>now</b></p>",
    ),
    Page("fields with an address", '<input type="email" value="sales@example.com"><code>sales@example.com</code>'),
]
