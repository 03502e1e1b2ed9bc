"""The listening socket of the web server.

`skvoz run` opens it and the web server inherits it: a busy port is known before anything else is started,
and while the web server is being started again callers wait in the socket's queue instead of being refused.
"""

from __future__ import annotations

import errno
import ipaddress
import socket
import time

from tracker.errors import ConfigurationError

WAITING_CALLERS = 2048
# Browsers open connections ahead of need. Linux keeps such a silent one until it speaks, so that none of them
# occupies a thread of the web server. Source: tcp(7), TCP_DEFER_ACCEPT.
SILENT_SECONDS = 30


def is_loopback(host: str) -> bool:
    """Whether only this machine can reach the address."""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def listen(host: str, port: int, patience_seconds: float = 0.0) -> socket.socket:
    """Opens the socket; port 0 takes any free one.

    Args:
        patience_seconds: how long a busy port may take to become free.

    Raises:
        ConfigurationError: the port is taken or not allowed, or the host is none of this machine's.
    """
    deadline = time.monotonic() + patience_seconds
    while True:
        try:
            return _open(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE or time.monotonic() >= deadline:
                raise ConfigurationError(_sentence(host, port, error)) from error
        time.sleep(0.1)


def _open(host: str, port: int) -> socket.socket:
    family, _, _, _, address = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)[0]
    door = socket.create_server(address[:2], family=family, backlog=WAITING_CALLERS)
    if hasattr(socket, "TCP_DEFER_ACCEPT"):
        door.setsockopt(socket.IPPROTO_TCP, socket.TCP_DEFER_ACCEPT, SILENT_SECONDS)
    return door


def _sentence(host: str, port: int, error: OSError) -> str:
    if error.errno == errno.EADDRINUSE:
        return (
            f"Port {port} on {host} is taken by another program. "
            f"Stop that program, or choose another port: --port {port + 1}."
        )
    if error.errno in (errno.EACCES, errno.EPERM):
        return f"Port {port} needs the rights of root. Choose one above 1023 and put nginx in front of it."
    return f"{host} is not an address of this machine ({error.strerror}). Try --host 127.0.0.1 or 0.0.0.0."
