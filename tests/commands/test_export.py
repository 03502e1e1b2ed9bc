from pathlib import Path

import yaml

FILE = """\
sites:
  - key: example
    domains: [example.com]
    connections:
      - {key: pbx, provider: telephony/generic, settings: {secret: very secret}}
  - {key: other, domains: [other.example]}
"""


def test_export_then_apply_changes_nothing(skvoz, tmp_path: Path) -> None:
    skvoz("apply", "-", stdin=FILE)
    exported = skvoz("export").out

    assert skvoz("apply", "-", stdin=exported).out == "Nothing to change.\n"
    assert "very secret" not in exported


def test_one_site_is_exported_alone(skvoz) -> None:
    skvoz("apply", "-", stdin=FILE)

    exported = skvoz("export", "--site", "other").out

    assert [site["key"] for site in yaml.safe_load(exported)["sites"]] == ["other"]


def test_unknown_site_is_one_sentence(skvoz) -> None:
    done = skvoz("export", "--site", "nope")

    assert (done.code, done.out, done.err) == (1, "", "skvoz: There is no site nope.\n")


def test_other_secret_key_is_one_sentence(skvoz, monkeypatch) -> None:
    monkeypatch.setenv("SECRET_KEY", "first")
    skvoz("apply", "-", stdin=FILE)
    monkeypatch.setenv("SECRET_KEY", "second")

    done = skvoz("export")

    assert done.code == 1
    assert "SECRET_KEY is not the one they were saved with" in done.err
