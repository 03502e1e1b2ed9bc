from __future__ import annotations

import os
from pathlib import Path

import pytest

from tracker.embedded import address
from tracker.errors import ConfigurationError


def test_socket_stands_in_the_instance_folder() -> None:
    assert address.socket_url(Path("/srv/skvoz")) == "unix:///srv/skvoz/valkey/valkey.sock"


def test_url_escapes_what_a_path_may_contain() -> None:
    assert address.socket_url(Path("/srv/a b?c")) == "unix:///srv/a%20b%3Fc/valkey/valkey.sock"


def test_too_long_a_path_moves_to_a_short_folder_of_its_own() -> None:
    one = address.socket_path(Path("/srv") / ("x" * 100))
    other = address.socket_path(Path("/srv") / ("y" * 100))

    assert len(os.fsencode(one)) <= address.LONGEST_SOCKET_PATH
    assert one.parent.parent == Path("/tmp")
    assert one != other


def test_length_counts_bytes_not_letters() -> None:
    assert address.socket_path(Path("/srv") / ("ж" * 60)).parent.parent == Path("/tmp")


def test_private_folder_is_closed_to_others(tmp_path: Path) -> None:
    folder = tmp_path / "private"
    folder.mkdir(mode=0o755)

    address.make_private(folder)

    assert folder.stat().st_mode & 0o777 == 0o700


def test_link_in_place_of_the_private_folder_is_refused(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "private").symlink_to(tmp_path / "elsewhere")

    with pytest.raises(ConfigurationError, match="somebody else"):
        address.make_private(tmp_path / "private")


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a folder away")
def test_folder_of_another_user_is_refused(tmp_path: Path) -> None:
    folder = tmp_path / "private"
    folder.mkdir()
    os.chown(folder, 65534, 65534)

    with pytest.raises(ConfigurationError, match="somebody else"):
        address.make_private(folder)
