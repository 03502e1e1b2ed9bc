"""What every policy leaves in a CRM, as one table for all CRMs.

A sandbox is brought into the state of the first column; one inquiry is delivered under the policy; then these
cards must have been made, hold the source, carry the note, and carry the call record (for calls) and the task
(for missed calls). `of contact` is about the new deal or lead; `-` means none.
"""

from __future__ import annotations

from dataclasses import dataclass

KINDS = ("answered", "missed", "email", "form")
STATES = ("nobody", "open deal", "no deal", "only lead")

FIRST_TABLE = """
state     | first         | made         | of contact | source       | note    | call    | task
nobody    | contact       | contact      | -          | contact      | contact | -       | contact
nobody    | deal          | deal         | no         | deal         | deal    | deal    | deal
nobody    | contact+deal  | contact deal | yes        | contact deal | contact | deal    | deal
nobody    | contact+event | contact      | -          | contact      | contact | contact | contact
nobody    | lead          | lead         | no         | lead         | lead    | lead    | lead
"""

REPEAT_TABLE = """
state     | repeat        | made         | of contact | source       | note    | call    | task
open deal | event         | -            | -          | contact      | contact | deal    | deal
open deal | event-on-lead | -            | -          | contact      | contact | deal    | deal
open deal | contact       | contact      | -          | contact      | contact | -       | contact
open deal | deal          | deal         | yes        | deal         | contact | deal    | deal
open deal | lead          | lead         | yes        | lead         | lead    | lead    | lead
open deal | lead-alone    | lead         | no         | lead         | lead    | lead    | lead
no deal   | event         | -            | -          | contact      | contact | contact | contact
no deal   | event-on-lead | -            | -          | contact      | contact | contact | contact
no deal   | contact       | contact      | -          | contact      | contact | -       | contact
no deal   | deal          | deal         | yes        | deal         | contact | deal    | deal
no deal   | lead          | lead         | yes        | lead         | lead    | lead    | lead
no deal   | lead-alone    | lead         | no         | lead         | lead    | lead    | lead
only lead | event         | -            | -          | lead         | lead    | lead    | lead
only lead | event-on-lead | -            | -          | lead         | lead    | lead    | lead
only lead | contact       | -            | -          | lead         | lead    | lead    | lead
only lead | deal          | -            | -          | lead         | lead    | lead    | lead
only lead | lead          | lead         | no         | lead         | lead    | lead    | lead
only lead | lead-alone    | lead         | no         | lead         | lead    | lead    | lead
"""

WITHOUT_LEADS_TABLE = """
state     | policy              | made         | of contact | source       | note    | call    | task
nobody    | first lead          | contact deal | yes        | contact deal | contact | deal    | deal
open deal | repeat lead         | deal         | yes        | deal         | contact | deal    | deal
open deal | repeat lead-alone   | deal         | no         | deal         | deal    | deal    | deal
no deal   | repeat event-on-lead| -            | -          | contact      | contact | contact | contact
"""


@dataclass(frozen=True)
class State:
    """What a CRM holds after the delivery: types of cards, in the order contact, deal, lead.

    `linked` says whether the new deal or lead belongs to a contact: yes, no, or - when there is none.
    """

    made: str
    linked: str
    source: str
    note: str
    call: str
    task: str


@dataclass(frozen=True)
class Row:
    """One line of the table for one kind of inquiry."""

    state: str
    policy: dict[str, str]
    kind: str
    expected: State

    def __str__(self) -> str:
        words = " ".join(f"{name} {value}" for name, value in self.policy.items())
        return f"{self.state}: {words}, {self.kind}"


def rows() -> list[Row]:
    """Every line of both tables for every kind of inquiry."""
    return [*_read(FIRST_TABLE), *_read(REPEAT_TABLE)]


def rows_without_leads() -> list[Row]:
    """The lines for an account that works without leads."""
    return _read(WITHOUT_LEADS_TABLE)


def _read(table: str) -> list[Row]:
    head, *lines = ([cell.strip() for cell in line.split("|")] for line in table.strip().splitlines())
    return [_row(head[1], cells, kind) for cells in lines for kind in KINDS]


def _row(column: str, cells: list[str], kind: str) -> Row:
    state, words, made, linked, source, note, call, task = cells
    name, value = words.split() if column == "policy" else (column, words)
    expected = State(
        made=made,
        linked=linked,
        source=source,
        note=note,
        call=call if kind in ("answered", "missed") else "-",
        task=task if kind == "missed" else "-",
    )
    return Row(state, {name: value}, kind, expected)
