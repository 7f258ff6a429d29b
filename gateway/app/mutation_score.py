"""How many slips of the pen an agreement's own examples would notice.

Each mutant is judged by the examples of its direction only, under a book of that agreement alone; the
score is the share of mutants under which at least one written example fails.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from gateway.app import examples as running
from gateway.app import rule_mutants
from gateway.app.examples import Judged
from gateway.app.rule_mutants import Mutant, Rule
from gateway.definition_files import Application, Code, Example, found
from gateway.definitions import Agreement, Definitions, RecognitionRule
from gateway.definitions.book import Book
from gateway.errors import Finding

GATE: Final = 0.9
"""The least share of mutants that the examples of each agreement notice."""

Ground = tuple[str, str, str]
"""Who asks, who answers, and the licence type; for an application two regions and nothing."""


@dataclass(frozen=True)
class Score:
    """What became of the mutants of one agreement."""

    path: str
    mutants: int
    survivors: tuple[Mutant, ...]

    @property
    def noticed(self) -> int:
        return self.mutants - len(self.survivors)

    @property
    def is_enough(self) -> bool:
        return self.noticed >= GATE * self.mutants


def scores(definitions: Definitions, examples: tuple[Example, ...]) -> tuple[Score, ...]:
    """The score of each agreement under its own examples."""
    by_path: dict[str, list[Example]] = {}
    for example in examples:
        by_path.setdefault(example.entry.document.path, []).append(example)
    return tuple(
        _score(agreement, definitions, by_path.get(path_of(agreement), []))
        for agreement in definitions.agreements
    )


def findings(score: Score) -> Iterator[Finding]:
    """Where an agreement is under the gate: each rule with the changes that no example notices."""
    if score.is_enough:
        return
    by_rule: dict[tuple[str, int], list[Mutant]] = {}
    for mutant in score.survivors:
        by_rule.setdefault((mutant.rule.id, mutant.rule.version), []).append(mutant)
    for (name, version), mutants in by_rule.items():
        path, _, line = mutants[0].rule.place.rpartition(":")
        changes = "; ".join(mutant.change for mutant in mutants)
        yield found(
            path,
            int(line),
            5,
            f"no example fails if {name}@{version} is changed so: {changes} (the examples notice "
            f"{score.noticed} of {score.mutants} changes of this agreement; {GATE:.0%} are wanted).",
            Code.CHANGE_UNNOTICED,
        )


def path_of(agreement: Agreement) -> str:
    """The file of an agreement."""
    return "regions/agreements/{}--{}.yaml".format(*agreement.regions)


def book_of(agreement: Agreement, definitions: Definitions) -> Book:
    """A book of this agreement alone, quick to make: mutants need nothing else."""
    alone = replace(definitions, agreements=(agreement,), contracts=(), topics=(), by_schema_id={})
    return Book(alone, slots=1)


def divisions_of(definitions: Definitions) -> dict[str, str]:
    """The whole division of each region."""
    return {str(name): region.division for name, region in definitions.regions.items()}


def _score(agreement: Agreement, definitions: Definitions, examples: list[Example]) -> Score:
    by_ground: dict[Ground, list[Example]] = {}
    for example in examples:
        by_ground.setdefault(_ground(example), []).append(example)
    total = 0
    survivors = []
    for mutant in rule_mutants.of_agreement(agreement, divisions_of(definitions)):
        total += 1
        if not is_noticed(mutant, agreement, definitions, _about(mutant.rule, by_ground)):
            survivors.append(mutant)
    return Score(path_of(agreement), total, tuple(survivors))


def is_noticed(
    mutant: Mutant, agreement: Agreement, definitions: Definitions, examples: Sequence[Judged]
) -> bool:
    """Whether one of these examples fails under the mutant."""
    if not examples:
        return False
    book = book_of(_near(mutant.agreement(agreement), mutant.rule), definitions)
    return not all(running.holds(example, book) for example in examples)


def _near(agreement: Agreement, rule: Rule) -> Agreement:
    """Without the rules that speak on nothing this rule speaks on."""
    if not isinstance(rule, RecognitionRule):
        return replace(agreement, recognition=())
    near = tuple(
        other
        for other in agreement.recognition
        if other.recognising == rule.recognising
        and (other.licence_types & rule.licence_types or other.id == rule.id)
    )
    return replace(agreement, recognition=near, services=())


def _ground(example: Example) -> Ground:
    asked = example.asked
    if isinstance(asked, Application):
        return asked.receiving, asked.deciding, ""
    return asked.asking, asked.issuing, asked.licence_type


def _about(rule: Rule, by_ground: Mapping[Ground, list[Example]]) -> list[Example]:
    if not isinstance(rule, RecognitionRule):
        return by_ground.get((rule.receiving, rule.deciding, ""), [])
    return [
        example
        for kind in sorted(rule.licence_types)
        for example in by_ground.get((rule.recognising, rule.issuing, kind), [])
    ]
