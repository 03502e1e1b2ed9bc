"""Amazon SNS over HTTP: who signed a message, and the subscription that is confirmed by a request.

Source: the vendor's page "Verifying the signatures of Amazon SNS messages", versions 1 and 2.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Mapping
from datetime import timedelta
from functools import lru_cache
from typing import Any
from urllib.parse import urlsplit

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
from cryptography.hazmat.primitives.hashes import SHA1, SHA256, HashAlgorithm
from cryptography.x509 import load_pem_x509_certificate

from tracker.errors import InvalidInput, NotAuthentic, Unavailable
from tracker.providers.http import Http
from tracker.providers.reading import instant
from tracker.providers.webhook import WebhookRequest

NOTIFICATION, CONFIRMATION = "Notification", "SubscriptionConfirmation"

# What a signature covers, in this order.
OF_NOTIFICATION = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
OF_CONFIRMATION = ("Message", "MessageId", "SubscribeURL", "Timestamp", "Token", "TopicArn", "Type")
DIGESTS: Mapping[str, type[HashAlgorithm]] = {"1": SHA1, "2": SHA256}

HOST = re.compile(r"sns\.[a-z0-9-]+\.amazonaws\.com(?:\.cn)?")  # whoever else could be named would be asked by us
REPEATED = {"Type": "x-amz-sns-message-type", "MessageId": "x-amz-sns-message-id", "TopicArn": "x-amz-sns-topic-arn"}
BELIEVED_FOR = timedelta(hours=2)  # deliveries are repeated for an hour at most; the rest is for wrong clocks


def read(request: WebhookRequest) -> dict[str, Any] | None:
    """Returns the message, None when it is none. It comes as text/plain."""
    try:
        return request.json()
    except InvalidInput:
        return None


def require_signature(request: WebhookRequest, topic: str) -> None:
    """Makes sure that Amazon signed the message for this topic, lately.

    Raises:
        NotAuthentic: it did not; nobody was asked for a certificate unless he is Amazon.
        Unavailable: the certificate cannot be fetched now.
    """
    message = read(request) or {}
    if message.get("TopicArn") != topic:
        raise NotAuthentic("the message is about another topic than this connection's")
    if any(request.headers.get(header, message.get(name)) != message.get(name) for name, header in REPEATED.items()):
        raise NotAuthentic("the headers of the message do not agree with it")
    _require_fresh(message, request)
    digest = DIGESTS.get(str(message.get("SignatureVersion")))
    if digest is None:
        raise NotAuthentic("the version of the signature is neither 1 nor 2")
    url = str(message.get("SigningCertURL") or message.get("SigningCertUrl"))
    _require_amazon(url)
    try:
        given = base64.b64decode(str(message.get("Signature")), validate=True)
        signing_key(url).verify(given, _signed(message), PKCS1v15(), digest())
    except (binascii.Error, ValueError, InvalidSignature) as error:
        raise NotAuthentic("the signature is wrong") from error


def confirm(message: Mapping[str, Any]) -> None:
    """Confirms a subscription whose signature was checked.

    Raises:
        NotAuthentic: the address to ask is not Amazon's.
        Unavailable: Amazon does not answer.
    """
    url = str(message.get("SubscribeURL"))
    _require_amazon(url)
    _asked(url)


@lru_cache(maxsize=16)
def signing_key(url: str) -> RSAPublicKey:
    """Returns the key in the certificate at this address of Amazon's; asked for once.

    Raises:
        Unavailable: the certificate cannot be fetched.
        ValueError: what is there is no certificate.
    """
    key = load_pem_x509_certificate(_asked(url).encode()).public_key()
    if not isinstance(key, RSAPublicKey):
        raise ValueError("the certificate has no RSA key")
    return key


def _asked(url: str) -> str:
    answer = Http("email/ses", journal=lambda entry: None).request("sns", "GET", url)
    if answer.status != 200:
        raise Unavailable("Amazon does not answer as expected", provider="email/ses", status=answer.status)
    return answer.text


def _signed(message: Mapping[str, Any]) -> bytes:
    names = OF_NOTIFICATION if message.get("Type") == NOTIFICATION else OF_CONFIRMATION
    return "".join(f"{name}\n{message[name]}\n" for name in names if message.get(name) is not None).encode()


def _require_fresh(message: Mapping[str, Any], request: WebhookRequest) -> None:
    try:
        at = instant(message, "Timestamp", required=True)
    except InvalidInput as error:
        raise NotAuthentic("the time of the message is missing") from error
    if at is None or abs(request.received_at - at) > BELIEVED_FOR:
        raise NotAuthentic("the message is too old, or a clock is wrong")


def _require_amazon(url: str) -> None:
    try:
        parts = urlsplit(url)
        is_amazon = parts.scheme == "https" and HOST.fullmatch(parts.netloc) is not None
    except ValueError:
        is_amazon = False
    if not is_amazon:
        raise NotAuthentic("the message names an address that is not Amazon's")
