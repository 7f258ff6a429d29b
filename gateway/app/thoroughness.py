"""How far the examples of the agreements test their rules, and whether two readings of the files agree."""

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from gateway.app import mutation_score, two_readings
from gateway.app.mutation_score import Score
from gateway.definition_files import Example
from gateway.definitions import Definitions
from gateway.errors import Finding

MOST_RULES: Final = 2_000
"""With more rules than this neither is done unless it is asked for: they take up to 20 ms a rule."""


@dataclass(frozen=True)
class Thoroughness:
    """scores: by agreement; empty if there are too many rules. questions: boundary questions judged twice."""

    rules: int
    scores: tuple[Score, ...]
    questions: int
    findings: tuple[Finding, ...]
    seconds: float

    @property
    def mutants(self) -> int:
        return sum(score.mutants for score in self.scores)

    @property
    def noticed(self) -> int:
        return sum(score.noticed for score in self.scores)


def look(
    definitions: Definitions,
    examples: tuple[Example, ...],
    files: Callable[[], Mapping[str, Any]],
    is_wanted: bool,
) -> Thoroughness:
    """Change every rule and see whether an example notices; judge every boundary twice.

    files: tells what the definition files hold, by path, as YAML gives it. is_wanted: do it however many
    rules there are.
    """
    started = time.monotonic()
    rules = sum(len(one.recognition) + len(one.services) for one in definitions.agreements)
    if rules > MOST_RULES and not is_wanted:
        return Thoroughness(rules, (), 0, (), 0.0)
    scores = mutation_score.scores(definitions, examples)
    compared = two_readings.compare(definitions, files())
    unnoticed = [finding for score in scores for finding in mutation_score.findings(score)]
    found = sorted((*unnoticed, *compared.findings), key=lambda finding: (finding.path, finding.line))
    return Thoroughness(rules, scores, compared.questions, tuple(found), time.monotonic() - started)


def lines(deep: Thoroughness) -> tuple[str, ...]:
    """The counts, for people."""
    if not deep.scores:
        return (f"mutation score: not taken, {deep.rules} rules are more than {MOST_RULES}; use --mutants",)
    least = min(deep.scores, key=lambda score: score.noticed / max(score.mutants, 1))
    noticed = (
        f"mutation score {_percent(deep.noticed, deep.mutants)}: an example notices {deep.noticed} of "
        f"{deep.mutants} changes of rules; least {_percent(least.noticed, least.mutants)} in {least.path}"
    )
    judged = (
        f"{deep.questions} boundary questions, judged alike by the compiled rules and a second reading; "
        f"{deep.seconds:.1f} s for both"
    )
    return noticed, judged


def _percent(part: int, whole: int) -> str:
    return f"{100 * part / whole:.1f} %" if whole else "100 %"
