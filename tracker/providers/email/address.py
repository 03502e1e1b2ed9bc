"""Finds and unwraps addresses in header values, as mail systems really write them.

Works on decoded header text by pattern, because parsers drop what breaks the grammar, and broken headers
are where tags get lost.
"""

from __future__ import annotations

import re
import unicodedata

from tracker.providers.email.decoding import FOLDING, header_text

MAX_TEXT = 64_000  # characters of one header that are looked at
MAX_NAME = 200

# A local part begins where no letter of one stands before: else long words would be tried from each letter.
ADDRESS = re.compile(
    r'("(?:[^"\\\n]|\\.){1,128}"|(?<![^\s@<>()\[\]\\",;:])[^\s@<>()\[\]\\",;:]{1,128})@([^\W_][\w.-]{0,254})'
)
QUOTED_NAME = re.compile(r'"([^"\n]{0,500})"\s{0,3}(?=<)')
EXCHANGE = re.compile(r"^IMCEA[A-Z0-9]{1,10}-(.+)$", re.IGNORECASE)
EXCHANGE_HEX = re.compile(r"\+([0-9A-Fa-f]{2})")
SRS = re.compile(r"^SRS0[=+-][^=]+=[^=]+=([^=]+)=(.+)$", re.IGNORECASE)
SRS_TWICE = re.compile(r"^SRS1[=+-][^=]+=[^=]+==[^=]+=[^=]+=([^=]+)=(.+)$", re.IGNORECASE)
BRACKETED = re.compile(r"^([^<]*)<([^<>]*)>?")
COMMENT = re.compile(r"\(([^()]*)\)")
BATV = re.compile(r"^prvs=[0-9a-z]{4,20}=(.+)$", re.IGNORECASE)


def plain(text: str) -> str:
    """Returns text with compatibility letters folded, invisible marks removed, %2B and %40 resolved."""
    folded = unicodedata.normalize("NFKC", text[:MAX_TEXT])
    visible = "".join(letter for letter in folded if unicodedata.category(letter) != "Cf")
    return re.sub("%2b", "+", visible, flags=re.IGNORECASE).replace("%40", "@")


def addresses_in(text: str) -> list[str]:
    """Returns every address in a decoded header value or a line of text, each once, in order.

    An address inside a quoted display name comes last: the one in angle brackets is the real one.
    Local parts keep their case, domains are lower-cased.
    """
    names: list[str] = []

    def set_aside(match: re.Match[str]) -> str:
        names.append(match[1])
        return " "

    rest = QUOTED_NAME.sub(set_aside, plain(text))
    found = [_joined(match) for part in (rest, *names) for match in ADDRESS.finditer(part)]
    return list(dict.fromkeys(unwrapped(address) for address in found))


def name_and_address(raw: str) -> tuple[str | None, str | None]:
    """Reads one mailbox such as `"Ivan" <ivan@client.example>` or `ivan@client.example (Ivan)`.

    Args:
        raw: an undecoded header value; the first mailbox of several counts.
    """
    # Not the standard parser: a few thousand brackets exhaust its stack.
    unfolded = FOLDING.sub("", raw)[:MAX_TEXT]
    bracketed, text = BRACKETED.match(unfolded), header_text(unfolded)
    comment = COMMENT.search(text)
    name = header_text(bracketed[1]) if bracketed else comment[1] if comment else ""
    inside = addresses_in(header_text(bracketed[2])) if bracketed else []
    found = inside or addresses_in(text)
    return re.sub(r"\\(.)", r"\1", name.strip(" \t\"'"))[:MAX_NAME] or None, found[0] if found else None


def unwrapped(address: str) -> str:
    """Returns the address inside an Exchange encapsulation, or the address itself.

    `IMCEASMTP-sales+2Bk3v9xq+40example+2Ecom@tenant` gives `sales+k3v9xq@example.com`.
    """
    local, _, _ = address.rpartition("@")
    exchange = EXCHANGE.match(local)
    if exchange is None:
        return address
    inner = EXCHANGE_HEX.sub(lambda match: chr(int(match[1], 16)), exchange[1])
    match = ADDRESS.fullmatch(inner)
    return _joined(match) if match else address


def original_sender(address: str) -> str:
    """Returns the writer behind an envelope sender rewritten by a forwarder (SRS) or signed (BATV)."""
    local, _, _ = address.rpartition("@")
    for pattern in (SRS, SRS_TWICE):
        rewritten = pattern.match(local)
        if rewritten:
            return f"{rewritten[2]}@{rewritten[1].lower()}"
    signed = BATV.match(local)
    return f"{signed[1]}@{address.rpartition('@')[2]}" if signed else address


def ascii_domain(domain: str) -> str:
    """Returns a domain for comparison: lower case, international names in their `xn--` form."""
    lowered = domain.strip().strip(".").lower()
    try:
        return lowered.encode("idna").decode()
    except UnicodeError:
        return lowered


def _joined(match: re.Match[str]) -> str:
    local = match[1]
    if local.startswith('"'):
        local = re.sub(r"\\(.)", r"\1", local[1:-1]).strip()
    return f"{local.strip(chr(39))}@{match[2].strip('.-').lower()}"
