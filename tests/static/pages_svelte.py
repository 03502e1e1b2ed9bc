"""Rows: Svelte draws, takes over served markup, draws again, takes away.

The component is `vendor/svelte-contact.svelte`, compiled by Svelte 5.57.3 and bundled with what it needs of Svelte.
"""

from __future__ import annotations

from page import Page

SVELTE = '<script src="/vendor/svelte-contact.js"></script>'

SERVED = (
    '<!--[--><p>Call <a href="tel:+74951112233" title="n0">8 (495) 111-22-33</a> or 8 495 111-22-33</p> <!--[0-->'
    "<ul><!--[--><li>one: +74951112233</li><li>two: +74951112233</li><!--]--></ul><!--]--> <!---->"
    "<address>8 495 111-22-33</address><!----><!--]-->"
)
DRAWN_AGAIN = (
    '<p>Call <a href="tel:+74957770001" title="n1">8 (495) 777-00-01</a> or +7 495 777-00-01</p> '
    "<ul><li>one: +74957770001</li><li>two: +74957770001</li><li>three: +74957770001</li></ul> "
    "<address>8 495 777-00-01</address>"
)
WITHOUT_LIST = DRAWN_AGAIN.replace("n1", "n0").replace("+7 495", "8 495").split("<ul>")[0] + (
    "<i>none</i> <address>8 495 777-00-01</address>"
)
SWAPPED = ("until", "!/111/.test(box.textContent) && /777/.test(box.textContent)")
AGAIN = (("until", "window.again"), ("eval", "again()"), ("until", "drawn === '1 true'"))
AWAY = (("until", "window.swing"), ("eval", "swing()"), ("until", "drawn === '0 false'"))
BACK = (("eval", "swing()"), ("until", "drawn === '0 true'"), SWAPPED)


def _box(content: str = "") -> str:
    return f'<div id="box">{content}</div>'


SVELTES = [
    Page(
        "Svelte draws and draws again",
        _box(),
        head=SVELTE,
        do=(("eval", "drawSvelte(box)"), SWAPPED, *AGAIN),
        after=_box(DRAWN_AGAIN),
    ),
    Page(
        "Svelte takes over markup that is swapped already",
        _box(SERVED),
        head=SVELTE,
        do=(SWAPPED, ("eval", "hydrateSvelte(box)"), *AGAIN),
        after=_box(DRAWN_AGAIN),
    ),
    Page(
        "Svelte removes what was swapped",
        _box(),
        head=SVELTE,
        do=(("eval", "drawSvelte(box)"), SWAPPED, *AWAY, *BACK, *AWAY),
        after=_box(WITHOUT_LIST),
    ),
    Page(
        "Svelte removes what it took over",
        _box(SERVED),
        head=SVELTE,
        do=(SWAPPED, ("eval", "hydrateSvelte(box)"), *AWAY),
        after=_box(WITHOUT_LIST),
    ),
]
