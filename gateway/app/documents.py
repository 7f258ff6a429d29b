"""Tables of docs/ that code can print: reasons, states, metrics, contracts, settings, forms.

A document holds `<!-- generated:NAME -->` and `<!-- /generated -->`; what stands between them is written
by `make generate`, and a test fails while it differs.
"""

import re
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Final

from gateway import cases, metrics, reasons, settings
from gateway.app.shown import SHOWN
from gateway.codegen.tables import contracts_table
from gateway.definition_files.forms_checks import reach_table
from gateway.projections.measures import Measures

_SECTION: Final = re.compile(r"(<!-- generated:([a-z-]+) -->\n).*?(<!-- /generated -->)", re.DOTALL)


def reasons_table() -> str:
    """Every reason code in the order of the checks."""
    rows = ["| Class | Code | Meaning | 中文 | Who acts |", "|---|---|---|---|---|"]
    for reason, meaning in reasons.MEANINGS.items():
        words = (meaning.group, f"`{reason.value}`", meaning.english, meaning.chinese, meaning.actor)
        rows.append(f"| {' | '.join(words)} |")
    return "\n".join(rows)


def states_table() -> str:
    """Every application state, its clock and who must act next."""
    rows = ["| State | 中文 | Clock | Next to act | Ended |", "|---|---|---|---|---|"]
    for name, state in cases.STATES.items():
        ended = "yes" if state.ended else ""
        rows.append(f"| `{name}` | {state.chinese} | {state.clock} | {state.ball or 'nobody'} | {ended} |")
    return "\n".join(rows)


def transitions_table() -> str:
    """Every legal step: who may send it, and what must hold."""
    rows = ["| From | To | Sent by | Only if |", "|---|---|---|---|"]
    for row in cases.TRANSITIONS.values():
        after = f"`{row.after}`" + (" (recorded, state stays)" if row.stays else "")
        condition = cases.GUARDS[row.guard].sentence
        rows.append(f"| `{row.before}` | {after} | {' or '.join(row.senders)} | {condition} |")
    return "\n".join(rows)


def state_diagram() -> str:
    """The same table as a diagram; withdrawal and archiving are left out of the picture."""
    lines = ["```mermaid", "stateDiagram-v2", "    [*] --> SUBMITTED"]
    lines += [
        f"    {row.before} --> {row.after}"
        for row in cases.TRANSITIONS.values()
        if row.after not in {"WITHDRAWN", "ARCHIVED"} and not row.stays
    ]
    return "\n".join([*lines, "```"])


def metrics_table() -> str:
    """Every metric of an exchange process."""
    rows = ["| Metric | Kind | Labels | Meaning |", "|---|---|---|---|"]
    for name, kind, labels, sentence in metrics.CATALOGUE:
        named = ", ".join(f"`{label}`" for label in labels) or "-"
        rows.append(f"| `{name}` | {kind} | {named} | {sentence} |")
    return "\n".join(rows)


def projection_metrics_table() -> str:
    """Every metric of a projections worker."""
    rows = ["| Metric | Kind | Meaning |", "|---|---|---|"]
    rows += [f"| `{name}` | {kind} | {meaning}. |" for name, kind, meaning in Measures().catalogue()]
    return "\n".join(rows)


def settings_table() -> str:
    """Every setting: its variable, its default and what it means."""
    rows = ["| Variable | Default | Meaning |", "|---|---|---|"]
    for name, field in settings.variables():
        default = "" if field.default_factory is not None else field.default
        shown = "-" if default in ("", None) else f"`{default}`"
        rows.append(f"| `{name}` | {shown} | {field.description or _in_words(name)} |")
    return "\n".join(rows)


def _in_words(name: str) -> str:
    return name.rpartition("__")[2].lower().replace("_", " ")


TABLES: Final[dict[str, Callable[[], str]]] = {
    "reasons": reasons_table,
    "states": states_table,
    "transitions": transitions_table,
    "state-diagram": state_diagram,
    "metrics": metrics_table,
    "projection-metrics": projection_metrics_table,
    "contracts": contracts_table,
    "settings": settings_table,
    **SHOWN,
    "forms": reach_table,
}


def current(text: str) -> str:
    """A document with its generated sections as code prints them now. Raises KeyError for an unknown name."""
    return _SECTION.sub(lambda found: f"{found[1]}\n{TABLES[found[2]]()}\n\n{found[3]}", text)


def update(docs: Path) -> list[Path]:
    """Rewrite what is stale under a folder; returns the files that changed."""
    changed = []
    for path in sorted(docs.rglob("*.md")):
        text = path.read_text()
        if current(text) != text:
            path.write_text(current(text))
            changed.append(path)
    return changed


if __name__ == "__main__":
    for changed_file in update(Path("docs")):
        sys.stdout.write(f"{changed_file}\n")
