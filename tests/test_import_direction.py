"""Each group imports only what stands before it: style of the house, kept by this test."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

# From the bottom up; neighbours in a group ignore each other.
GROUPS: tuple[frozenset[str], ...] = tuple(
    frozenset(names.split())
    for names in (
        "errors clock metrics extensions",
        "values config outage instance_lock public_hosts",
        "database embedded",
        "store table_statistics",
        "sites access",
        "visits pools",
        "leases",
        "people installation",
        "inquiries",
        "deliveries",
        "deals",
        "privacy",
        "services",
        "configuration reports flow providers alerts",
        "upkeep checks",
        "web",
        "commands",
    )
)
MEMBERS = {name: place for place, group in enumerate(GROUPS) for name in group}
# What a neighbour may use of its neighbour, and why.
ALLOWED: frozenset[tuple[str, str]] = frozenset()


def modules() -> list[Path]:
    return sorted((ROOT / "tracker").rglob("*.py"))


def group_of(path: Path) -> str:
    inside = path.relative_to(ROOT / "tracker")
    return inside.parts[0].removesuffix(".py")


def imported(path: Path) -> Iterator[tuple[str, bool]]:
    """Groups that a module imports, and whether it does so inside a function."""
    tree = ast.parse(path.read_text())
    top = set(ast.iter_child_nodes(tree))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names = [f"{node.module}.{alias.name}" for alias in node.names]
        elif isinstance(node, ast.Import):
            names = [alias.name for alias in node.names]
        else:
            continue
        for name in names:
            parts = name.split(".")
            if parts[0] in ("tracker", "demo") and len(parts) > 1:
                yield parts[1] if parts[0] == "tracker" else "demo", node in top


@pytest.mark.parametrize("path", modules(), ids=lambda path: str(path.relative_to(ROOT)))
def test_imports_point_downwards(path: Path) -> None:
    own = group_of(path)
    if own == "__init__":
        return
    assert own in MEMBERS, f"{own} has no place in the order yet"

    wrong = {
        name
        for name, _ in imported(path)
        if name != own and (own, name) not in ALLOWED and MEMBERS.get(name, len(GROUPS)) >= MEMBERS[own]
    }

    assert wrong == set()


def test_every_member_of_the_order_exists_or_is_to_come() -> None:
    present = {group_of(path) for path in modules()} - {"__init__"}

    assert present <= set(MEMBERS)
    assert set(MEMBERS) - present <= {"deals"}


DOMAIN = ("values", "sites", "access", "visits", "pools", "leases", "people", "inquiries", "deliveries", "reports")


@pytest.mark.parametrize("name", [*DOMAIN, "flow", "providers", "configuration"])
def test_domain_sees_neither_request_nor_application(name: str) -> None:
    paths = [path for path in modules() if group_of(path) == name]

    found = [
        f"{path.name}: {alias.name}"
        for path in paths
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom) and node.module == "flask"
        for alias in node.names
    ]

    assert found == []


def test_no_import_hides_in_a_function() -> None:
    hidden = [str(path.relative_to(ROOT)) for path in modules() for _, is_top in imported(path) if not is_top]

    assert hidden == []


def test_demo_imports_the_product_and_never_the_reverse() -> None:
    assert [str(path) for path in modules() for name, _ in imported(path) if name == "demo"] == []
