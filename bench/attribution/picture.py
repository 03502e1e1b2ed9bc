"""The figures as a picture: of each rule and pool, the share of calls matched rightly, wrongly, and not at all."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

Shares = Mapping[str, Sequence[tuple[int, tuple[float, float, float, float]]]]

COLOURS = {"right": "#2e7d32", "wrong": "#c62828", "unknown": "#b0bec5"}
BAR, GAP, HEIGHT, LEFT, TOP = 20, 26, 220, 50, 50


def draw(shares: Shares) -> str:
    """Returns an SVG with a group of bars per pool size."""
    rules = list(shares)
    pools = [pool for pool, _ in shares[rules[0]]]
    group = len(rules) * (BAR + 2) + GAP
    width = LEFT + len(pools) * group + 20
    parts = [_text(LEFT, 18, "Whose call was it: right, wrong, unknown", 15, "start")]
    parts += [part for place, (word, colour) in enumerate(COLOURS.items()) for part in _key(place, word, colour)]
    for place, pool in enumerate(pools):
        left = LEFT + place * group
        for column, rule in enumerate(rules):
            parts += _bar(left + column * (BAR + 2), column, dict(shares[rule])[pool])
        parts.append(_text(left + (group - GAP) / 2, TOP + HEIGHT + 34, f"{pool} numbers", 12, "middle"))
    parts += [_text(LEFT - 6, TOP + HEIGHT * (1 - n / 4) + 4, f"{n * 25} %", 11, "end") for n in range(5)]
    note = ", ".join(f"{column + 1}: {rule}" for column, rule in enumerate(rules))
    parts.append(_text(LEFT, TOP + HEIGHT + 58, note, 12, "start"))
    body = "\n".join(parts)
    size = f'width="{width}" height="{TOP + HEIGHT + 72}"'
    return f'<svg xmlns="http://www.w3.org/2000/svg" {size} font-family="sans-serif">\n{body}\n</svg>\n'


def _bar(left: float, column: int, shares: tuple[float, float, float, float]) -> list[str]:
    bottom, parts = float(TOP + HEIGHT), [_text(left + BAR / 2, TOP + HEIGHT + 14, str(column + 1), 11, "middle")]
    for share, colour in zip(shares[:3], COLOURS.values(), strict=True):
        height = share * HEIGHT
        bottom -= height
        parts.append(f'<rect x="{left:.1f}" y="{bottom:.1f}" width="{BAR}" height="{height:.1f}" fill="{colour}"/>')
    return parts


def _key(place: int, word: str, colour: str) -> list[str]:
    left = LEFT + place * 90
    box = f'<rect x="{left}" y="26" width="12" height="12" fill="{colour}"/>'
    return [box, _text(left + 17, 36, word, 12, "start")]


def _text(x: float, y: float, words: str, size: int, anchor: str) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}">{words}</text>'
