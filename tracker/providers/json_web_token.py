"""JSON web tokens (RFC 7519), as far as providers sign with them: read the parts, make one with a private key."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from typing import Any

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256

from tracker.errors import InvalidInput, NotAuthentic

PEM = re.compile(r"\s*(-----BEGIN [A-Z ]+-----)(.*?)(-----END [A-Z ]+-----)\s*", re.DOTALL)


def part(text: str) -> Mapping[str, Any]:
    """Returns the object that stands in one part of a token.

    Raises:
        NotAuthentic: there is none.
    """
    try:
        value = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (binascii.Error, ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        raise NotAuthentic("the token cannot be read")
    return value


def url_safe(base64_text: str) -> str:
    """Returns base64 in the spelling of tokens."""
    return base64_text.rstrip("=").replace("+", "-").replace("/", "_")


def private_key(text: str) -> rsa.RSAPrivateKey:
    """Reads an RSA key in PEM; a form may have made blanks of its line ends.

    Raises:
        InvalidInput: it is none.
    """
    found = PEM.fullmatch(text)
    if found is None:
        raise InvalidInput("this is no private key: it begins with -----BEGIN PRIVATE KEY-----")
    head, body, tail = found.groups()
    try:
        key = serialization.load_pem_private_key(f"{head}\n{''.join(body.split())}\n{tail}\n".encode(), None)
    except (ValueError, TypeError, UnsupportedAlgorithm) as error:
        raise InvalidInput("this private key cannot be read") from error
    if not isinstance(key, rsa.RSAPrivateKey):
        raise InvalidInput("this private key is not of the kind RSA")
    return key


def signed(key: rsa.RSAPrivateKey, claims: Mapping[str, Any]) -> str:
    """Returns a token with these claims, signed by RS256."""
    head = f"{_encoded({'alg': 'RS256', 'typ': 'JWT'})}.{_encoded(claims)}"
    proof = key.sign(head.encode(), padding.PKCS1v15(), SHA256())
    return f"{head}.{url_safe(base64.b64encode(proof).decode())}"


def _encoded(value: Mapping[str, Any]) -> str:
    return url_safe(base64.b64encode(json.dumps(value).encode()).decode())
