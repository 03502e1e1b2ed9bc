"""Sends a plain letter through the server of SKVOZ_SMTP_URL.

`smtp://user:password@host:587` speaks STARTTLS when the server offers it, `smtps://…:465` TLS from the start;
`?from=alerts@example.com` names the sender, otherwise it is the user, or skvoz@ the host.
"""

from __future__ import annotations

import smtplib
import ssl
from email.message import EmailMessage
from email.utils import formatdate, make_msgid
from urllib.parse import SplitResult, parse_qs, unquote, urlsplit

from tracker.errors import Refused, Unavailable

PROVIDER = "alerts/mail"
SECONDS = 20


def send(smtp_url: str, recipients: list[str], subject: str, text: str) -> None:
    """Hands the letter over.

    Raises:
        Unavailable: no server, or it asks to come again (4xx).
        Refused: it will never take the letter: login, sender or recipient (5xx).
    """
    parts = urlsplit(smtp_url)
    letter = _letter(_sender(parts), recipients, subject, text)
    try:
        with _connected(parts) as server:
            server.send_message(letter)
    except smtplib.SMTPRecipientsRefused as error:
        code, answer = next(iter(error.recipients.values()))
        raise _failed(code, answer) from error
    except smtplib.SMTPResponseException as error:
        raise _failed(error.smtp_code, error.smtp_error) from error
    except (OSError, smtplib.SMTPException) as error:
        raise Unavailable(f"the mail server does not answer ({type(error).__name__})", provider=PROVIDER) from error


def _letter(sender: str, recipients: list[str], subject: str, text: str) -> EmailMessage:
    letter = EmailMessage()
    letter["From"], letter["To"], letter["Subject"] = sender, ", ".join(recipients), " ".join(subject.split())
    letter["Date"], letter["Message-ID"] = formatdate(), make_msgid(domain=sender.rpartition("@")[2])
    letter["Auto-Submitted"] = "auto-generated"  # RFC 3834: nobody's holiday answers us
    letter.set_content(text)
    return letter


def _connected(parts: SplitResult) -> smtplib.SMTP:
    host, context = parts.hostname or "localhost", ssl.create_default_context()
    if parts.scheme == "smtps":
        server: smtplib.SMTP = smtplib.SMTP_SSL(host, parts.port or 465, timeout=SECONDS, context=context)
    else:
        server = smtplib.SMTP(host, parts.port or 587, timeout=SECONDS)
        server.ehlo_or_helo_if_needed()
        if server.has_extn("starttls"):
            server.starttls(context=context)
    if parts.username:
        server.login(unquote(parts.username), unquote(parts.password or ""))
    return server


def _sender(parts: SplitResult) -> str:
    named = parse_qs(parts.query).get("from")
    user = unquote(parts.username or "")
    return named[0] if named else user if "@" in user else f"skvoz@{parts.hostname}"


def _failed(code: int, answer: bytes | str) -> Refused | Unavailable:
    said = answer.decode("utf-8", "replace") if isinstance(answer, bytes) else answer
    kind = Refused if code >= 500 else Unavailable
    return kind(f"the mail server says {code} {said[:200]}", provider=PROVIDER, status=code)
