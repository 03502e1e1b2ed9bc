"""Real mail servers for the tests, started by them in folders and on ports of their own."""

from __future__ import annotations

import getpass
import grp
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

DOVECOT = shutil.which("dovecot") or shutil.which("dovecot", path="/usr/sbin:/usr/local/sbin")
PASSWORD = "s3cr3t"

CONFIGURATION = """
base_dir = {home}/run
state_dir = {home}/state
log_path = {home}/dovecot.log
protocols = imap
listen = 127.0.0.1
ssl = no
disable_plaintext_auth = no
default_internal_user = {user}
default_login_user = {user}
default_internal_group = {group}
mail_location = maildir:{home}/mail/%u
first_valid_uid = 1
namespace inbox {{
  inbox = yes
  mailbox Junk {{
    auto = create
    special_use = \\Junk
  }}
}}
passdb {{
  driver = static
  args = password={password}
}}
userdb {{
  driver = static
  args = uid={user} gid={group} home={home}/mail/%u
}}
service imap-login {{
  chroot =
  inet_listener imap {{
    port = {port}
  }}
  inet_listener imaps {{
    port = 0
  }}
}}
auth_failure_delay = 0
service anvil {{
  chroot =
  # Else a wrong password slows down every later login from this address.
  unix_listener anvil-auth-penalty {{
    mode = 0
  }}
}}
"""


@dataclass
class Dovecot:
    """A running server; every user name exists, with one password."""

    home: Path
    port: int

    def settings(self, user: str, **changes: str) -> dict[str, str]:
        """Returns the settings of a mailbox of its own."""
        return {
            "host": "127.0.0.1",
            "port": str(self.port),
            "security": "none",
            "username": user,
            "password": PASSWORD,
            "folders": "INBOX",
            **changes,
        }


@pytest.fixture(scope="session")
def dovecot() -> Iterator[Dovecot]:
    if DOVECOT is None:
        pytest.fail("Dovecot is missing: apt-get install dovecot-imapd")
    # The path of its sockets must stay short, so not pytest's own temporary folder.
    with tempfile.TemporaryDirectory(prefix="dovecot-") as folder:
        server, process = _started(Path(folder))
        yield server
        process.send_signal(signal.SIGTERM)
        process.wait(timeout=20)


def _started(home: Path) -> tuple[Dovecot, subprocess.Popen[bytes]]:
    port, user, group = free_port(), *_owner()
    configuration = home / "dovecot.conf"
    configuration.write_text(CONFIGURATION.format(home=home, user=user, group=group, port=port, password=PASSWORD))
    as_user = {}
    if os.getuid() == 0:
        # Dovecot refuses to run its login process as root, so the whole instance belongs to nobody.
        shutil.chown(home, user, group)
        as_user = {"user": user, "group": group, "extra_groups": []}
    process = subprocess.Popen([str(DOVECOT), "-F", "-c", str(configuration)], **as_user)
    wait_until_it_answers(port, b"* OK", process, home / "dovecot.log")
    return Dovecot(home, port), process


def _owner() -> tuple[str, str]:
    if os.getuid() == 0:
        return "nobody", "nogroup"
    return getpass.getuser(), grp.getgrgid(os.getgid()).gr_name


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_until_it_answers(port: int, greeting: bytes, process: subprocess.Popen[bytes], log: Path) -> None:
    """Fails when no greeting comes within 15 seconds, and shows the log."""
    deadline = time.monotonic() + 15
    while time.monotonic() < deadline and process.poll() is None:
        try:
            with socket.create_connection(("127.0.0.1", port), timeout=1) as connection:
                if connection.recv(len(greeting)) == greeting:
                    return
        except OSError:
            pass
        time.sleep(0.02)
    pytest.fail(f"the server did not start: {log.read_text() if log.exists() else 'no log'}")
