"""The table of docs/hostile.md, printed from the cases: `python -m tests.hostile.table`; a test holds it."""

import re
from typing import Final

from tests.hostile.cases import CASES, ELSEWHERE, SCHEMAS, Case
from tests.hostile.definitions import DEFINITIONS
from tests.hostile.scene import ROOT

DOCUMENT: Final = ROOT / "docs" / "hostile.md"
SECTION: Final = re.compile(
    r"(<!-- table of tests/hostile/cases.py -->\n\n).*?(\n\n<!-- /table -->)", re.DOTALL
)
ESCAPED_STAR: Final = "\\*"
REFUSED: Final = "DefinitionsRefused"
NOTES: Final = {"embedded broker has no clock": "[^clock]", "keeps 5 MB": "[^space]"}


def table() -> str:
    """Every row of the cases, by number."""
    rows = [(case.number, case.input, _ending(case), case.alarm, _where(case)) for case in CASES]
    rows += [
        (schema.number, schema.input, f"refused by {schema.words[1:-1]}", "", "lint") for schema in SCHEMAS
    ]
    rows += [
        (case.number, case.input, f'refused: "{case.words}"; the last good ones run', REFUSED, "files")
        for case in DEFINITIONS
    ]
    rows += [(number, what, outcome, "", "-") for number, what, outcome in ELSEWHERE]
    lines = ["| # | Input | Ends as | Alert | Shown in |", "|---|---|---|---|---|"]
    for number, what, outcome, alarm, where in sorted(rows, key=lambda row: row[0]):
        lines.append(f"| {number} | {what.replace('*', ESCAPED_STAR)} | {outcome} | {alarm} | {where} |")
    return "\n".join(lines)


def current(text: str) -> str:
    """The document with its table as the cases are now."""
    return SECTION.sub(lambda found: found[1] + table() + found[2], text)


def _ending(case: Case) -> str:
    if case.reason is None:
        return "delivered, with the gateway's one header and no other"
    return f"{case.outcome.value} `{case.reason.value}`"


def _where(case: Case) -> str:
    if not case.kafka_only:
        return "core, E, K"
    [note] = [note for words, note in NOTES.items() if words in case.kafka_only]
    return f"core, K{note}"


if __name__ == "__main__":
    DOCUMENT.write_text(current(DOCUMENT.read_text("utf-8")), "utf-8")
