from pathlib import Path

import pytest
from sqlalchemy import create_engine, select
from sqlalchemy.orm import Session

from tracker.sites.models import Site

EXAMPLE = """\
sites:
  - key: example
    domains: [example.com]
    pools:
      - {key: ads, kind: dynamic, swap: "+74951112233", numbers: ["+74957770001"]}
    connections:
      - {key: pbx, provider: telephony/generic, settings: {secret: "${PBX_SECRET}"}}
"""


@pytest.fixture
def file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("PBX_SECRET", "very secret")
    path = tmp_path / "skvoz.yaml"
    path.write_text(EXAMPLE)
    return path


def test_changes_are_printed_one_a_line(skvoz, file: Path) -> None:
    done = skvoz("apply", str(file))

    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines() == [
        "site example: created",
        "pool ads: created",
        "pool ads: + number +74957770001",
        "connection pbx: created",
    ]


def test_second_time_says_that_nothing_changes(skvoz, file: Path) -> None:
    skvoz("apply", str(file))

    assert skvoz("apply", str(file)).out == "Nothing to change.\n"


def test_dry_run_shows_the_difference_and_writes_nothing(skvoz, file: Path, database_url: str) -> None:
    done = skvoz("apply", str(file), "--dry-run")

    assert done.out.startswith("site example: created\n")
    assert done.err == "Dry run: nothing was written.\n"
    with Session(engine := create_engine(database_url)) as session:
        assert session.scalars(select(Site)).all() == []
    engine.dispose()


def test_changes_name_their_site_when_the_file_has_several(skvoz, file: Path) -> None:
    file.write_text(EXAMPLE + "  - {key: other, domains: [other.example]}\n")

    lines = skvoz("apply", str(file)).out.splitlines()

    assert lines[:3] == ["site example: created", "site other: created", "example: pool ads: created"]


def test_one_site_is_applied_alone(skvoz, file: Path) -> None:
    skvoz("apply", str(file))
    file.write_text("sites: [{key: a, domains: [a.example]}, {key: b, domains: [b.example]}]")

    assert skvoz("apply", str(file), "--site", "b").out == "site b: created\n"


def test_standard_input_is_a_file_too(skvoz, file: Path) -> None:
    assert skvoz("apply", "-", stdin=EXAMPLE).out.startswith("site example: created\n")


def test_mistakes_are_listed_with_their_lines(skvoz, file: Path) -> None:
    file.write_text(EXAMPLE.replace("kind: dynamic", "kind: dynamical, hold: 15"))

    done = skvoz("apply", str(file))

    assert (done.code, done.out) == (1, "")
    assert done.err == (
        f"skvoz: {file}, line 5: sites.0.pools.0.kind: use dynamic or static\n"
        f"{file}, line 5: sites.0.pools.0.hold: use 15m, 2h or 30d\n"
    )


def test_variable_may_stand_in_the_dotenv_file(skvoz, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("PBX_SECRET")
    (file.parent / ".env").write_text("PBX_SECRET=from the file\n")

    assert skvoz("apply", str(file)).code == 0


def test_database_that_was_never_prepared_is_one_sentence(empty_skvoz, file: Path) -> None:
    done = empty_skvoz("apply", str(file))

    assert (done.code, done.out) == (1, "")
    assert done.err == "skvoz: The database is empty. Prepare it with: skvoz db upgrade\n"


def test_database_that_is_away_is_one_sentence(empty_skvoz, file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", f"postgresql://nobody@/none?host={file.parent}")

    done = empty_skvoz("apply", str(file))

    assert done.code == 1
    assert done.err.startswith("skvoz: The database does not answer (")
    assert done.err.endswith("). Check DATABASE_URL and that the server is running.\n")
