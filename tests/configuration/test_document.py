import pytest

from tracker.configuration.document import Table, lines, parse, plain
from tracker.configuration.problems import Problems
from tracker.errors import WrongDocument


def read(text: str, environ: dict[str, str] | None = None) -> object:
    problems = Problems("skvoz.yaml")
    tree = parse(text, problems, environ or {})
    problems.stop()
    return plain(tree)


def mistakes(text: str) -> list[str]:
    with pytest.raises(WrongDocument) as caught:
        read(text)
    return caught.value.mistakes


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("1.5", 1.5),
        ("true", True),
        ("null", None),
        ("", None),
        ("'12'", "12"),
        ("+74951112233", "+74951112233"),
        ("0101", "0101"),
        ("NO", "NO"),
        ("off", "off"),
        ("2026-01-01", "2026-01-01"),
        ("12:30", "12:30"),
    ],
)
def test_scalar_is_what_it_looks_like(text: str, value: object) -> None:
    assert read(f"key: {text}") == {"key": value}


def test_line_is_known_of_every_key_and_item() -> None:
    tree = parse("a:\n  - x\n  - b: 1\n    c: 2\n", Problems(), {})

    assert dict(lines(tree)) == {
        (): 1,
        ("a",): 1,
        ("a", 0): 2,
        ("a", 1): 3,
        ("a", 1, "b"): 3,
        ("a", 1, "c"): 4,
    }


def test_duplicate_key_is_refused_with_both_lines() -> None:
    assert mistakes("a: 1\nb: 2\na: 3\n") == ["skvoz.yaml, line 3: a: stands twice, first in line 1"]


def test_broken_yaml_names_the_line() -> None:
    assert mistakes("a: 1\nb: [1, 2\nc: 3\n")[0].startswith("skvoz.yaml, line 3: not YAML: ")


def test_second_document_is_refused() -> None:
    assert "line 2" in mistakes("a: 1\n---\nb: 2\n")[0]


def test_unprintable_character_is_refused() -> None:
    assert mistakes("a: \x00")[0].startswith("skvoz.yaml: not YAML: ")


def test_variable_is_filled_in_and_stays_text() -> None:
    value = read("a: ${PORT}\nb: https://${HOST}:${PORT}/", {"PORT": "80", "HOST": "example.com"})

    assert value == {"a": "80", "b": "https://example.com:80/"}


def test_doubled_dollar_is_no_variable() -> None:
    assert read("a: $${HOME}") == {"a": "${HOME}"}


def test_missing_variable_is_a_mistake_with_its_line() -> None:
    assert mistakes("a:\n  b: ${TOKEN}") == ["skvoz.yaml, line 2: a.b: the environment has no variable TOKEN"]


def test_merged_anchor_gives_way_to_own_keys() -> None:
    value = read("base: &base {hold: 15m, overflow: shared}\npool:\n  <<: *base\n  hold: 20m\n")

    assert isinstance(value, dict)
    assert value["pool"] == {"hold": "20m", "overflow": "shared"}


def test_anchor_inside_itself_is_a_mistake() -> None:
    assert mistakes("a: &a\n  b: *a\n") == ["skvoz.yaml, line 1: a.b: an anchor contains itself"]


def test_empty_file_is_an_empty_value() -> None:
    assert not isinstance(parse("", Problems(), {}), Table)
    assert read("# nothing\n") is None
