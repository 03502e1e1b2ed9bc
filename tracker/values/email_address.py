"""Email addresses as values: normalised for comparing, and written with a visitor's tag."""

from __future__ import annotations

import re
import unicodedata

from tracker.values.landing_url import normal_host

MAX_LOCAL, MAX_ADDRESS = 64, 254  # RFC 5321, 4.5.3.1

_ADDRESS = re.compile(r"[^\s@<>()\[\],;:\"\\]+@[^\s@<>()\[\],;:\"\\]+")
_TRAILING = ".,;:>)"


def normalise(text: str) -> str | None:
    """Reads one address as people and links write it; the local part keeps its case, the domain loses it.

    ` mailto:Sales%2Bspring@Example.COM?subject=x ` gives `Sales+spring@example.com`; national domains become
    IDNA. Returns None for what is no address.
    """
    if len(text) > 4 * MAX_ADDRESS:
        return None
    plain = "".join(char for char in unicodedata.normalize("NFKC", text) if unicodedata.category(char) != "Cf").strip()
    if plain[:7].lower() == "mailto:":
        plain = plain[7:].partition("?")[0]
    plain = re.sub("%2b", "+", plain, flags=re.IGNORECASE).replace("%40", "@").strip().rstrip(_TRAILING).lstrip("<")
    if not _ADDRESS.fullmatch(plain):
        return None
    local, domain = split(plain)
    host = normal_host(domain)
    address = f"{local}@{host}"
    is_whole = "." in host.strip(".") and ".." not in address and len(local) <= MAX_LOCAL
    return address if is_whole and len(address) <= MAX_ADDRESS else None


def split(address: str) -> tuple[str, str]:
    """Returns local part and domain: `sales@example.com` gives `("sales", "example.com")`.

    Raises:
        ValueError: there is no `@` with text on both sides.
    """
    local, at, domain = address.rpartition("@")
    if not (at and local and domain):
        raise ValueError(f"{address!r} is no email address")
    return local, domain


def for_comparing(address: str) -> str:
    """Folds the case of the whole address: mailboxes that differ in case alone are one person's in practice."""
    return address.casefold()


def with_tag(address: str, tag: str, style: str, domain: str | None = None) -> str:
    """Writes the address that names a visitor.

    Args:
        address: the address on the page, `sales@example.com`.
        tag: `k3v9xq`.
        style: `plus` gives `sales+k3v9xq@example.com`, `catchall` gives `k3v9xq@<domain>`.
        domain: where catchall addresses live, `in.example.com`; None takes the domain of `address`.

    Raises:
        ValueError: another style, or no address.
    """
    local, own_domain = split(address)
    if style == "plus":
        return f"{local}+{tag}@{own_domain}"
    if style == "catchall":
        return f"{tag}@{domain or own_domain}"
    raise ValueError(f"{style!r} is no style of addresses: plus or catchall")
