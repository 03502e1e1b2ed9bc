"""Makes readable text of an HTML letter: line breaks kept, quotations marked with `>`, no markup left."""

from __future__ import annotations

import html
import re

MAX_HTML = 1_000_000  # characters; more is a newsletter

TAG = re.compile(r"<(/?)([a-zA-Z][a-zA-Z0-9]*)[^<>]*>")
OTHER_MARKUP = re.compile(r"<[!?/][^<>]*>")
BREAKING = {"br", "p", "div", "tr", "li", "table", "ul", "ol", "hr", "blockquote"} | {f"h{n}" for n in range(1, 7)}
UNSEEN = ("head", "title", "script", "style")


def text_of_html(markup: str) -> str:
    """Returns the text; links lose their address, images disappear."""
    visible = _without("<!--", "-->", markup[:MAX_HTML])
    for name in UNSEEN:
        visible = _without(f"<{name}", f"</{name}>", visible)
    lines = [_tidy(line) for line in _lines(re.sub(r"\s+", " ", visible))]
    return re.sub(r"\n{3,}", "\n\n", "\n".join(lines)).strip()


def _without(start: str, end: str, text: str) -> str:
    """Cuts out every stretch from `start` to `end`, to the end of the text if it is never closed."""
    lowered, kept, position = text.lower(), [], 0
    if len(lowered) != len(text):  # a few letters grow when lower-cased
        return text
    while (begin := lowered.find(start, position)) >= 0:
        kept.append(text[position:begin])
        close = lowered.find(end, begin)
        if close < 0:
            return "".join(kept)
        position = close + len(end)
    return "".join([*kept, text[position:]])


def _lines(markup: str) -> list[str]:
    lines, line, depth, position = [], "", 0, 0
    for match in TAG.finditer(markup):
        line += markup[position : match.start()]
        position = match.end()
        closing, name = match[1] == "/", match[2].lower()
        if name in BREAKING:
            lines.append("> " * depth + line)
            line = ""
        if name == "blockquote":
            depth = max(0, depth - 1) if closing else min(depth + 1, 20)
    return [*lines, "> " * depth + line + markup[position:]]


def _tidy(line: str) -> str:
    text = html.unescape(OTHER_MARKUP.sub("", line)).replace("\xa0", " ")
    return re.sub(r" {2,}", " ", text).strip()
