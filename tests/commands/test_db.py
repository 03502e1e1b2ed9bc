from pathlib import Path

from sqlalchemy import create_engine, text


def test_empty_database_is_prepared(empty_skvoz) -> None:
    assert empty_skvoz("db", "upgrade").out == "The database is up to date.\n"
    assert empty_skvoz("export").code == 0


def test_upgrade_may_be_repeated(skvoz) -> None:
    assert skvoz("db", "upgrade").code == 0
    assert skvoz("db", "upgrade").code == 0


def test_old_schema_asks_for_the_upgrade(skvoz, database_url: str) -> None:
    stamp(database_url, "0000")

    done = skvoz("export")

    assert done.code == 1
    assert done.err.startswith("skvoz: The database schema is old (0000, this program needs ")
    assert done.err.endswith("Bring it up to date with: skvoz db upgrade\n")


def test_newer_schema_asks_for_a_newer_program(skvoz, database_url: str) -> None:
    stamp(database_url, "9999")

    done = skvoz("export")

    assert done.code == 1
    assert done.err.endswith("Update the program.\n")


def test_instance_folder_that_cannot_be_made_is_one_sentence(empty_skvoz, tmp_path: Path, monkeypatch) -> None:
    (tmp_path / "file").write_text("")
    monkeypatch.setenv("SKVOZ_INSTANCE", str(tmp_path / "file" / "instance"))

    done = empty_skvoz("db", "upgrade")

    assert done.code == 1
    assert "Make it writable, or name another folder in SKVOZ_INSTANCE." in done.err


def stamp(database_url: str, revision: str) -> None:
    engine = create_engine(database_url)
    with engine.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = :revision"), {"revision": revision})
    engine.dispose()
