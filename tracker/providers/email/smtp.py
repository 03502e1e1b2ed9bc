"""Listens for letters: SMTP for mail servers of the world, LMTP for a Postfix or Dovecot at our side.

A letter is answered 250 only after `receive` has stored it; whatever fails before asks the sender to come again.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
import threading
from collections.abc import Callable, Mapping
from typing import ClassVar

from aiosmtpd.lmtp import LMTP
from aiosmtpd.smtp import SMTP, Envelope, Session

from tracker.errors import ConfigurationError
from tracker.providers.email.limits import MAX_BYTES
from tracker.providers.settings import SettingField

log = logging.getLogger(__name__)

MAX_RECIPIENTS = 100  # of one letter; the least a server must take (RFC 5321, 4.5.3.1.8)
LONG_LINE = 100_000  # bytes; the standard says 1000, but real letters are longer and a refusal would lose them

DONE = "250 2.0.0 OK, stored"
COME_AGAIN = "451 4.3.0 Cannot store the letter now, try again later"
NOT_OURS = "550 5.7.1 We take no letters for this domain"
TOO_MANY = "452 4.5.3 Too many recipients, send the rest in another letter"

Receive = Callable[[bytes, list[str]], None]
Accepts = Callable[[str], bool]


class MailListener:
    """A server in a thread of its own.

    Args:
        settings: the connection's settings, complete (see `read_settings`).
        receive: stores one letter; gets the raw bytes, which begin with a `Return-Path` line made from the
            envelope, and the envelope recipients. Called in threads. Whatever it raises becomes a 451.
        accepts: tells whether an envelope recipient is on a domain of ours. Unknown tags are accepted too:
            a refusal would tell which tags exist.

    Raises:
        ConfigurationError: a setting cannot be understood; by `start`, the address is taken or unusable.
    """

    NAME: ClassVar[str]
    SETTINGS: ClassVar[tuple[SettingField, ...]] = (
        SettingField("listen", "Listen on", default="127.0.0.1:8025", help="Host and port, or /path/of/a/socket."),
        SettingField("certificate", "TLS certificate", required=False, help="File (PEM); offers STARTTLS."),
        SettingField("key", "TLS key", required=False, help="File (PEM); may be in the certificate's file."),
    )
    _protocol: ClassVar[type[SMTP]]

    def __init__(self, settings: Mapping[str, str], receive: Receive, accepts: Accepts) -> None:
        self._address = settings["listen"]
        self._place = place_of(self._address)
        self._handler = _Handler(receive, accepts)
        self._tls = _tls(settings.get("certificate", ""), settings.get("key", ""))
        self._loop: asyncio.AbstractEventLoop | None = None
        self._server: asyncio.Server | None = None
        self._thread = threading.Thread(target=self._serve, name=f"listener {self._address}", daemon=True)

    def start(self) -> None:
        """Begins to listen and returns at once; a listener is started once."""
        loop = asyncio.new_event_loop()
        try:
            self._server = loop.run_until_complete(self._listen(loop))
        except OSError as error:
            loop.close()
            raise ConfigurationError(
                f"Cannot listen for letters on {self._address} ({error.strerror}). "
                "Stop what uses this address, or choose another."
            )
        self._loop = loop
        self._thread.start()

    @property
    def port(self) -> int:
        """The port in use; tells which one the system chose for port 0."""
        assert self._server is not None
        return int(self._server.sockets[0].getsockname()[1])

    def stop(self) -> None:
        """Stops listening; a letter being stored is stored, those not yet answered will be sent again.

        Repeated, or before `start`, it does nothing.
        """
        if self._loop is not None and self._thread.is_alive():
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join()

    def _serve(self) -> None:
        loop, server = self._loop, self._server
        assert loop is not None and server is not None
        loop.run_forever()
        loop.run_until_complete(_end(server))
        loop.run_until_complete(loop.shutdown_default_executor())
        loop.close()

    async def _listen(self, loop: asyncio.AbstractEventLoop) -> asyncio.Server:
        def session() -> SMTP:
            return self._protocol(
                self._handler,
                data_size_limit=MAX_BYTES,
                enable_SMTPUTF8=True,
                ident="Skvoz",
                tls_context=self._tls,
                loop=loop,
            )

        if isinstance(self._place, str):
            return await loop.create_unix_server(session, self._place)
        host, port = self._place
        return await loop.create_server(session, host, port)


async def _end(server: asyncio.Server) -> None:
    server.close()
    sessions = [task for task in asyncio.all_tasks() if task is not asyncio.current_task()]
    for session in sessions:
        session.cancel()
    await asyncio.gather(*sessions, return_exceptions=True)
    await server.wait_closed()


class _Handler:
    """The decisions of a session, called by aiosmtpd by their names."""

    def __init__(self, receive: Receive, accepts: Accepts) -> None:
        self._receive = receive
        self._accepts = accepts

    async def handle_RCPT(
        self, server: SMTP, session: Session, envelope: Envelope, address: str, options: list[str]
    ) -> str:
        if len(envelope.rcpt_tos) >= MAX_RECIPIENTS:
            return TOO_MANY
        if not self._accepts(address):
            return NOT_OURS
        envelope.rcpt_tos.append(address)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Session, envelope: Envelope) -> str:
        content = envelope.original_content or b""
        raw = _return_path(envelope.mail_from) + content
        try:
            await asyncio.to_thread(self._receive, raw, list(envelope.rcpt_tos))
        except Exception:
            log.exception("a letter could not be stored; its sender will try again")
            return COME_AGAIN
        return DONE

    async def handle_exception(self, error: Exception) -> str:
        # Without this hook the answer would be a 500, which makes the sender give the letter up.
        log.error("a mail session failed", exc_info=error)
        return COME_AGAIN


class _Smtp(SMTP):
    line_length_limit = LONG_LINE


class _Lmtp(LMTP):
    """LMTP with one answer per accepted recipient after the letter; aiosmtpd gives a single one."""

    line_length_limit = LONG_LINE
    _answers_due = 0

    async def push(self, status: str | bytes) -> None:
        text = status if isinstance(status, str) else status.decode("utf-8", "replace")
        if text.startswith("354"):
            self._answers_due = len(self.envelope.rcpt_tos) if self.envelope else 0
        elif self._answers_due:
            text = "\r\n".join([text] * self._answers_due)
            self._answers_due = 0
        await super().push(text)


class SmtpListener(MailListener):
    """Takes letters from any mail server: an MX of a domain of its own, or a relay."""

    NAME = "email/smtp"
    _protocol = _Smtp


class LmtpListener(MailListener):
    """Takes letters from the mail server at our side (RFC 2033): answers once per recipient."""

    NAME = "email/lmtp"
    _protocol = _Lmtp


def _tls(certificate: str, key: str) -> ssl.SSLContext | None:
    if not certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(certificate, key or None)
    except OSError as error:  # an SSLError is one too
        raise ConfigurationError(f"The TLS certificate {certificate} or its key cannot be used ({error}).")
    return context


def place_of(address: str) -> str | tuple[str, int]:
    """Returns the path of a Unix socket, or host and port."""
    if address.startswith("/"):
        return address
    host, _, port = address.rpartition(":")
    if not host or not port.isdecimal() or int(port) > 65535:
        raise ConfigurationError(f"{address!r} is no address to listen on; use 127.0.0.1:8025 or /path")
    return host.strip("[]"), int(port)


def _return_path(mail_from: str | None) -> bytes:
    """The line a final delivery adds (RFC 5321, 4.4); aiosmtpd writes the null sender as `<>`."""
    sender = (mail_from or "").strip("<>")
    return f"Return-Path: <{sender}>\r\n".encode("utf-8", "replace")
