"""Recordings that only the account may hear: a signed link of ours stands for each, and this fetches what it names.

The link names the connection and the recording, and nothing but what a provider told us is ever signed: nobody can make
one for another address. Where the answer leads to, only hosts of the provider count, and none of our own network.
"""

from __future__ import annotations

import ipaddress
import json
import re
import socket
import time
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol, runtime_checkable
from urllib.parse import urljoin, urlsplit

import requests
from itsdangerous import BadSignature, URLSafeSerializer

from tracker.errors import InvalidInput, NotFound, Refused, Unavailable
from tracker.providers import reading

CONNECT_SECONDS, ANSWER_SECONDS, WHOLE_SECONDS = 5, 30, 600
MOST_BYTES = 200 * 1024 * 1024
MOST_REDIRECTS = 3
CHUNK = 64 * 1024
MOST_ANSWER = 64 * 1024  # of an answer that only says where the recording lies
RANGE = re.compile(r"bytes=\d*-\d*")  # players ask for parts
SOUNDS = ("audio/", "application/octet-stream", "binary/octet-stream")
PASSED_ON = ("Content-Length", "Content-Range", "Accept-Ranges")


@dataclass(frozen=True)
class RecordingRequest:
    """How to ask for one recording.

    Args:
        hosts: where it may lie; a name that begins with a dot allows what is below.
        auth: name and password of HTTP Basic.
        authorization: the header of this name, for anything else.
        form: posted, if there is one.
        told_in: dotted name of the field that holds the address, where the answer is JSON and no sound.
    """

    url: str
    hosts: Sequence[str]
    auth: tuple[str, str] | None = None
    authorization: str | None = None
    form: Mapping[str, str] = field(default_factory=dict)
    told_in: str | None = None


@runtime_checkable
class KeepsRecordings(Protocol):
    """A provider whose recordings want our credentials."""

    def keeps(self, named: str) -> bool:
        """True when `recording_url` of an event of ours is no address that anybody can open."""

    def recording(self, named: str) -> RecordingRequest:
        """Returns how to fetch it."""


@dataclass(frozen=True)
class Sound:
    """What came: to be passed on as it is; `close` when nobody listens any more."""

    status: int
    headers: Mapping[str, str]
    response: requests.Response

    def chunks(self) -> Iterator[bytes]:
        """Yields the content until its end, or until it is longer than any recording."""
        until, count = time.monotonic() + WHOLE_SECONDS, 0
        for chunk in self.response.iter_content(CHUNK):
            count += len(chunk)
            if count > MOST_BYTES or time.monotonic() > until:
                return
            yield chunk

    def close(self) -> None:
        """Lets go of the connection."""
        self.response.close()


def link(public_url: str, secret_key: str, connection: str, named: str) -> str:
    """Returns the address by which everybody who knows it can hear the recording; always the same for the same one."""
    return f"{public_url.rstrip('/')}/recordings/{_signer(secret_key).dumps([connection, named])}"


def named_by(secret_key: str, token: str) -> tuple[str, str]:
    """Returns the key of the connection and the recording that a link names.

    Raises:
        NotFound: the link is none of ours.
    """
    try:
        connection, named = _signer(secret_key).loads(token)
    except (BadSignature, ValueError, TypeError) as error:
        raise NotFound("there is no such recording") from error
    return str(connection), str(named)


def fetch(asked: RecordingRequest, private_hosts: Collection[str], part: str | None = None) -> Sound:
    """Fetches a recording; redirects are followed where they may lead.

    Args:
        private_hosts: hosts inside our network that are allowed.
        part: the header `Range` of whoever listens.

    Raises:
        Refused: the way leads elsewhere, or what is there is no sound.
        Unavailable: no answer.
    """
    part = part if part and RANGE.fullmatch(part) else None
    session = requests.Session()
    session.trust_env = False
    for _ in range(MOST_REDIRECTS + 1):
        _check(asked.url, asked.hosts, private_hosts)
        response = _answer(session, asked, part)
        further = _told(response, asked.told_in)
        if further is None:
            return _sound(response)
        response.close()
        asked = _moved(asked, urljoin(asked.url, further))
    raise Refused("the recording is moved on and on", provider="recording")


def _answer(session: requests.Session, asked: RecordingRequest, part: str | None) -> requests.Response:
    headers = {"Range": part, "Authorization": asked.authorization}
    try:
        return session.request(
            "POST" if asked.form else "GET",
            asked.url,
            auth=asked.auth,
            data=asked.form or None,
            headers={name: value for name, value in headers.items() if value},
            timeout=(CONNECT_SECONDS, ANSWER_SECONDS),
            stream=True,
            allow_redirects=False,
        )
    except requests.RequestException as error:
        raise Unavailable(f"no answer ({type(error).__name__})", provider="recording") from error


def _told(response: requests.Response, told_in: str | None) -> str | None:
    """Where else the recording lies: as a redirect says, or a field of the answer."""
    if response.is_redirect:
        return response.headers["Location"]
    if told_in is None or not response.ok:
        return None
    try:
        data = json.loads(next(response.iter_content(MOST_ANSWER), b""))
        return reading.web_address(data, told_in) if isinstance(data, dict) else None
    except (ValueError, RecursionError, InvalidInput, requests.RequestException):
        return None


def _moved(asked: RecordingRequest, url: str) -> RecordingRequest:
    """What was posted or told is not repeated, and credentials stay with the host they are for."""
    stays = urlsplit(url).netloc == urlsplit(asked.url).netloc
    auth, authorization = (asked.auth, asked.authorization) if stays else (None, None)
    return replace(asked, url=url, auth=auth, authorization=authorization, form={}, told_in=None)


def _check(url: str, hosts: Sequence[str], private_hosts: Collection[str]) -> None:
    parts = urlsplit(url)
    host = parts.hostname or ""
    is_theirs = any(host == one or (one.startswith(".") and host.endswith(one)) for one in hosts)
    if not is_theirs or (parts.scheme != "https" and host not in private_hosts):
        raise Refused("the recording lies where this provider keeps none", provider="recording")
    if host not in private_hosts and not all(ipaddress.ip_address(one).is_global for one in _addresses(host)):
        raise Refused("the recording lies inside our own network", provider="recording")


def _addresses(host: str) -> list[str]:
    try:
        return [str(found[4][0]).partition("%")[0] for found in socket.getaddrinfo(host, 443, type=socket.SOCK_STREAM)]
    except OSError as error:
        raise Unavailable("the host of the recording is not known", provider="recording") from error


def _sound(response: requests.Response) -> Sound:
    kind = response.headers.get("Content-Type", "").lower()
    if response.status_code not in (200, 206) or not kind.startswith(SOUNDS):
        response.close()
        raise Refused("the provider gives no recording", provider="recording", status=response.status_code)
    headers = {name: response.headers[name] for name in PASSED_ON if name in response.headers}
    return Sound(response.status_code, headers | {"Content-Type": kind}, response)


def _signer(secret_key: str) -> URLSafeSerializer:
    return URLSafeSerializer(secret_key, salt="recording")
