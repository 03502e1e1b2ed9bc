"""Where the embedded store listens: a unix socket in the instance folder, or in a private short folder.

Systems limit a socket's path (108 bytes on Linux, 104 on macOS and the BSDs, with the closing zero), so a
deep instance folder gets a folder of its own below /tmp, which nobody else may enter.
"""

from __future__ import annotations

import hashlib
import os
import stat
from pathlib import Path
from urllib.parse import quote

from tracker.errors import ConfigurationError

LONGEST_SOCKET_PATH = 100  # bytes; the strictest system allows 103
# Not tempfile.gettempdir(): that follows TMPDIR, and a command started elsewhere would look in another place.
SHORT_PARENT = Path("/tmp")  # noqa: S108  the folder made there is 0700 and its owner is checked


def store_folder(instance: Path) -> Path:
    """Returns the folder of the store's files: append-only file, log, pid, lock."""
    return instance / "valkey"


def socket_path(instance: Path) -> Path:
    """Returns the path of the store's socket; touches no file.

    Args:
        instance: the absolute instance folder (`Config.instance`).
    """
    path = store_folder(instance) / "valkey.sock"
    if len(os.fsencode(path)) <= LONGEST_SOCKET_PATH:
        return path
    digest = hashlib.sha256(os.fsencode(instance)).hexdigest()[:16]
    return SHORT_PARENT / f"skvoz-{digest}" / "valkey.sock"


def socket_url(instance: Path) -> str:
    """Returns the URL to connect to when `REDIS_URL` is empty, e.g. `unix:///srv/skvoz/valkey/valkey.sock`."""
    return "unix://" + quote(str(socket_path(instance)))


def make_private(folder: Path) -> None:
    """Makes a folder that only we can enter, or makes sure that it is one.

    Raises:
        ConfigurationError: it cannot be made, is a link, or belongs to another user.
    """
    try:
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if stat.S_ISDIR(found.st_mode) and found.st_uid == os.geteuid():
            folder.chmod(0o700)
            return
    except OSError as error:
        raise ConfigurationError(
            f"The folder {folder} of the embedded store cannot be used ({error.strerror}). "
            "Make its parent writable, or name another folder in SKVOZ_INSTANCE."
        ) from error
    raise ConfigurationError(
        f"The folder {folder} of the embedded store belongs to somebody else. "
        "Start as its owner, remove it, or name another folder in SKVOZ_INSTANCE."
    )
