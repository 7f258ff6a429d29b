"""The definition files checked whole: what is wrong with them, and which examples do not hold."""

from dataclasses import dataclass
from pathlib import Path

from gateway import definition_files
from gateway.app import examples, thoroughness
from gateway.app.thoroughness import Thoroughness
from gateway.definition_files import Survey
from gateway.definitions import GATEWAY, Definitions
from gateway.definitions.book import Book
from gateway.errors import DefinitionError, Finding


@dataclass(frozen=True)
class Checked:
    """What came of a check. definitions: those without findings of their own; None if there are none at all.

    examples: how many were run. thoroughness: how far they test the rules, if that was asked.
    """

    findings: tuple[Finding, ...]
    definitions: Definitions | None
    examples: int
    thoroughness: Thoroughness | None = None


def check(root: Path, mutants: bool | None = False) -> Checked:
    """Find everything that is wrong in one run; examples are run wherever their agreement is sound.

    mutants: whether rules are changed to see if an example notices; None: unless there are too many rules.
    That, and the second reading, are left out while anything else is wrong.
    """
    try:
        survey = definition_files.survey(root)
    except DefinitionError as error:
        return Checked(error.findings, None, 0)
    definitions = survey.definitions.with_proposals()  # they are tried as if they were in force
    book = Book(definitions, slots=wanted_slots(definitions))
    found = (*survey.findings, *examples.failing(survey.examples, book))
    if not found and mutants is not False:
        return _thorough(root, survey, mutants)
    in_order = sorted(found, key=lambda finding: (finding.path, finding.line, finding.column))
    return Checked(tuple(in_order), survey.definitions, len(survey.examples))


def _thorough(root: Path, survey: Survey, mutants: bool | None) -> Checked:
    definitions = survey.definitions.with_proposals()
    deep = thoroughness.look(
        definitions, survey.examples, lambda: definition_files.plain(root), bool(mutants)
    )
    return Checked(deep.findings, survey.definitions, len(survey.examples), deep)


def counts(checked: Checked) -> dict[str, int]:
    """How many of each there are, those with findings left out."""
    definitions = checked.definitions
    if definitions is None:
        return {}
    agreements = definitions.agreements
    return {
        "regions": len(definitions.regions),
        "agreements": len(agreements),
        "proposals": len(definitions.proposals),
        "rules": sum(len(one.recognition) + len(one.services) for one in agreements),
        "examples": checked.examples,
        "contracts": len(definitions.contracts),
        "topics": len(definitions.topics),
    }


def wanted_slots(definitions: Definitions) -> int:
    """The partitions of gateway.outbox as the topics folder wants them; one if it does not say."""
    outbox = f"{GATEWAY}.outbox"
    return next((topic.partitions for topic in definitions.topics if topic.name == outbox), 1)
