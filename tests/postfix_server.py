"""A real Postfix for the tests, started by them in a folder and on a port of its own."""

from __future__ import annotations

import os
import pwd
import shutil
import signal
import smtplib
import subprocess
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest
from mail_servers import Dovecot, free_port, wait_until_it_answers

POSTFIX = shutil.which("postfix") or shutil.which("postfix", path="/usr/sbin:/usr/local/sbin")

MAIN = """
compatibility_level = 3.6
queue_directory = {home}/queue
data_directory = {home}/data
maillog_file = {home}/mail.log
maillog_file_prefixes = {home}
mail_owner = postfix
setgid_group = postdrop
inet_interfaces = 127.0.0.1
inet_protocols = ipv4
myhostname = mx.example.com
mydestination =
virtual_mailbox_domains =
alias_maps =
mynetworks = 127.0.0.0/8
recipient_delimiter = +
relay_domains = {domains}
transport_maps = texthash:{home}/transport
smtpd_peername_lookup = no
smtp_host_lookup = native
smtp_dns_support_level = disabled
virtual_mailbox_base = {mailboxes}
virtual_mailbox_maps = static:{mailbox}/
virtual_uid_maps = static:{uid}
virtual_gid_maps = static:{gid}
minimal_backoff_time = 1s
maximal_backoff_time = 2s
queue_run_delay = 1s
transport_retry_time = 1s
"""

MASTER = """
127.0.0.1:{port} inet n - n - - smtpd
pickup    unix  n - n 60 1 pickup
cleanup   unix  n - n - 0 cleanup
qmgr      unix  n - n 1 1 qmgr
rewrite   unix  - - n - - trivial-rewrite
bounce    unix  - - n - 0 bounce
defer     unix  - - n - 0 bounce
trace     unix  - - n - 0 bounce
flush     unix  n - n 1000? 0 flush
smtp      unix  - - n - - smtp
relay     unix  - - n - - smtp
showq     unix  n - n - - showq
proxymap  unix  - - n - - proxymap
proxywrite unix - - n - 1 proxymap
tlsmgr    unix  - - n 1000? 1 tlsmgr
error     unix  - - n - - error
retry     unix  - - n - - error
discard   unix  - - n - - discard
virtual   unix  - n n - - virtual
lmtp      unix  - - n - - lmtp
anvil     unix  - - n - 1 anvil
scache    unix  - - n - 1 scache
postlog   unix-dgram n - n - 1 postlogd
"""


@dataclass
class Postfix:
    """A running server that takes letters for some domains and hands them on by `transport`."""

    home: Path
    port: int

    def send(self, recipient: str, *letters: str, sender: str = "anna@mail.example") -> None:
        """Hands letters over as the writer's server does."""
        with smtplib.SMTP("127.0.0.1", self.port, timeout=20) as client:
            for letter in letters:
                client.sendmail(sender, [recipient], letter.encode())

    def queue(self) -> int:
        """Returns how many letters wait."""
        return sum(1 for name in ("maildrop", "incoming", "active", "deferred") for _ in self._waiting(name))

    def flush(self) -> None:
        """Tries at once what was deferred."""
        subprocess.run(["/usr/sbin/postqueue", "-c", self.home, "-f"], check=True)

    def log(self) -> str:
        return (self.home / "mail.log").read_text()

    def _waiting(self, name: str) -> Iterator[Path]:
        return (path for path in (self.home / "queue" / name).rglob("*") if path.is_file())


@contextmanager
def running_postfix(transport: Mapping[str, str], dovecot: Dovecot, mailbox: str) -> Iterator[Postfix]:
    """Starts a Postfix.

    Args:
        transport: next hop by domain: `{"in.example.com": "lmtp:inet:127.0.0.1:8024"}`; `virtual:` puts letters into
            a mailbox of Dovecot.
        mailbox: name of that mailbox.
    """
    if POSTFIX is None:
        pytest.skip("Postfix is missing: apt-get install postfix, which removes another mail server")
    if os.getuid() != 0:
        pytest.skip("Postfix can be started by root only")
    with tempfile.TemporaryDirectory(prefix="postfix-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        home.chmod(0o755)
        port = _configured(home, transport, dovecot, mailbox)
        process = subprocess.Popen([POSTFIX, "-c", home, "start-fg"], stderr=subprocess.DEVNULL)
        try:
            wait_until_it_answers(port, b"220", process, home / "mail.log")
            yield Postfix(home, port)
        finally:
            _end(home)
            process.wait(timeout=20)


def _end(home: Path) -> None:
    """Ends the master, which ends the others; the process started here is only a shell that waits for it."""
    pid_file = home / "queue" / "pid" / "master.pid"
    if pid_file.exists():
        os.kill(int(pid_file.read_text()), signal.SIGTERM)


def _configured(home: Path, transport: Mapping[str, str], dovecot: Dovecot, mailbox: str) -> int:
    port, owner = free_port(), pwd.getpwnam("nobody")
    (home / "queue").mkdir()
    (home / "data").mkdir()
    shutil.chown(home / "data", "postfix")
    values = {
        "home": home,
        "domains": ", ".join(transport),
        "mailboxes": dovecot.home / "mail",
        "mailbox": mailbox,
        "uid": owner.pw_uid,
        "gid": owner.pw_gid,
    }
    (home / "main.cf").write_text(MAIN.format(**values))
    (home / "master.cf").write_text(MASTER.format(port=port))
    (home / "transport").write_text("".join(f"{domain} {hop}\n" for domain, hop in transport.items()))
    return port
