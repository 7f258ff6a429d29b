"""The matrix of who accepts what from whom, as a table."""

from typing import Final

from gateway.cli.terms import Terms, aligned, wrapped
from gateway.definitions import Definitions
from gateway.law.grid import day_of
from gateway.law.matrix import Accepted, Matrix

MOST_BY_NAME: Final = 8
"""Regions that fit a terminal by name; more are headed by the first digits of their division code."""

MARKS: Final = {
    "r": "some by a clerk only (manual review)",
    "p": "some in part of a region only",
    "d": "some taken out in part by a rule that denies",
    "u": "some until a known day only",
}


def matrix(found: Matrix, definitions: Definitions, only: str | None) -> str:
    """Rows issue, columns recognise."""
    terms = Terms(definitions)
    narrow = len(found.regions) > MOST_BY_NAME
    what = "the number of licence types" if only is None else terms.licence_type(only)
    head = f"Who accepts what from whom, on {day_of(found.at)}: rows issue, columns recognise; {what}."
    codes = {name: definitions.regions[name].division[:2] for name in found.regions}
    rows = [["", *(codes[name] if narrow else terms.region(name) for name in found.regions)]]
    used: set[str] = set()
    for issuing in found.regions:
        title = f"{codes[issuing]} {terms.region(issuing)}" if narrow else terms.region(issuing)
        row = [title]
        for recognising in found.regions:
            types = found.cells.get((recognising, issuing), {})
            marks = "".join(mark for mark in MARKS if any(_has(one, mark) for one in types.values()))
            used.update(marks)
            row.append("" if recognising == issuing else _cell(types, marks, only))
        rows.append(row)
    legend = [wrapped("  ", f"{mark}  {MARKS[mark]}") for mark in MARKS if mark in used]
    return "\n".join([wrapped("", head), "", *aligned(rows), *([""] if legend else []), *legend])


def _cell(types: dict[str, Accepted], marks: str, only: str | None) -> str:
    if not types:
        return "-"
    count = str(len(types)) if only is None else "yes"
    return f"{count}{marks}" if not marks or only is None else f"{count} {marks}"


def _has(one: Accepted, mark: str) -> bool:
    return {"r": one.by_review, "p": one.in_part, "d": one.denied, "u": one.until is not None}[mark]
