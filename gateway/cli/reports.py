"""What `gateway check` found, for people, for programs (JSON), and for editors and CI (SARIF 2.1.0)."""

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final
from urllib.parse import quote

from gateway import __version__
from gateway.app import checking, thoroughness
from gateway.app.checking import Checked
from gateway.definition_files import MEANINGS, Code
from gateway.definitions import Agreement
from gateway.errors import Finding

SARIF: Final = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def lines(checked: Checked) -> Iterator[str]:
    """One line per finding; the first of each code is followed by what to do about all of that code."""
    told: set[str] = set()
    for finding in checked.findings:
        yield f"{finding} [{finding.code}]"
        if finding.code not in told:
            yield f"    {finding.hint}"
        told.add(finding.code)


def summary(checked: Checked, seconds: float) -> str:
    """The counts, as one or two lines."""
    found = checking.counts(checked)
    holding = "hold" if not checked.findings else "run"
    counted = (
        f"{found['regions']} regions, {found['agreements']} agreements, {found['rules']} rules, "
        f"{found['examples']} examples {holding}, {found['contracts']} contract versions, "
        f"{found['topics']} topics, {seconds:.1f} s"
        if found
        else f"{seconds:.1f} s"
    )
    if checked.findings or checked.definitions is None:
        said = len(checked.findings)
        return f"{said} finding{'' if said == 1 else 's'}; what has none: {counted}"
    number, digest = checked.definitions.number, checked.definitions.digest
    deep = thoroughness.lines(checked.thoroughness) if checked.thoroughness else ()
    waiting = _waiting(checked.definitions.proposals)
    return "\n".join((f"definitions {number} ({digest[:12]}): no findings", counted, *deep, *waiting))


def _waiting(proposals: tuple[Agreement, ...]) -> Iterator[str]:
    """Agreements that are not counted, as both regions have not signed them, and what to do."""
    if not proposals:
        return
    wait = "1 agreement waits" if len(proposals) == 1 else f"{len(proposals)} agreements wait"
    yield f"{wait} for signatures and {'is' if len(proposals) == 1 else 'are'} not counted above:"
    yield from (f"  {_standing(one)}; none of its rules is in force" for one in proposals)
    yield "Each of its two regions signs: gateway agreements sign FILE --as REGION --key KEY"


def _standing(proposal: Agreement) -> str:
    by = f"signed by {proposal.signed_by[0]} only" if proposal.signed_by else "signed by nobody"
    return f"{proposal.path}: proposal, {by}"


def as_json(checked: Checked, seconds: float) -> str:
    """One object: findings, counts, seconds, number and digest of the definitions."""
    definitions = checked.definitions
    report = {
        "number": definitions.number if definitions else None,
        "digest": definitions.digest if definitions else None,
        "seconds": round(seconds, 3),
        "counts": {"findings": len(checked.findings), **checking.counts(checked)},
        "mutation_score": _score(checked),
        "findings": [
            {
                "path": finding.path,
                "line": finding.line,
                "column": finding.column,
                "code": finding.code,
                "message": finding.message,
                "hint": finding.hint,
            }
            for finding in checked.findings
        ],
    }
    return json.dumps(report, ensure_ascii=False, indent=2)


def _score(checked: Checked) -> dict[str, object] | None:
    """What became of the changes of rules; None where they were not made."""
    deep = checked.thoroughness
    if deep is None or not deep.scores:
        return None
    return {
        "changes": deep.mutants,
        "noticed": deep.noticed,
        "boundary_questions": deep.questions,
        "seconds": round(deep.seconds, 3),
        "agreements": {score.path: [score.noticed, score.mutants] for score in deep.scores},
    }


def as_sarif(checked: Checked, root: Path) -> str:
    """A SARIF log of one run: every code as a rule, every finding as a result.

    root: where the definitions lie; paths are told relative to the current folder, which in CI is that of
    the repository.
    """
    codes = list(Code)
    log = {
        "$schema": SARIF,
        "version": "2.1.0",
        "runs": [
            {
                "tool": {
                    "driver": {
                        "name": "gateway check",
                        "version": __version__,
                        "semanticVersion": __version__,
                        "rules": [_rule(code) for code in codes],
                    }
                },
                "columnKind": "unicodeCodePoints",
                "invocations": [{"executionSuccessful": True, "exitCode": 1 if checked.findings else 0}],
                "results": [_result(finding, codes, root) for finding in checked.findings],
            }
        ],
    }
    return json.dumps(log, ensure_ascii=False, indent=2)


def _rule(code: Code) -> dict[str, Any]:
    meaning, hint = MEANINGS[code]
    return {
        "id": code.value,
        "shortDescription": {"text": meaning},
        "help": {"text": hint},
        "defaultConfiguration": {"level": "error"},
    }


def _result(finding: Finding, codes: list[Code], root: Path) -> dict[str, Any]:
    path = Path(os.path.relpath(root / finding.path)).as_posix()
    return {
        "ruleId": finding.code,
        "ruleIndex": codes.index(Code(finding.code)),
        "level": "error",
        "message": {"text": finding.message},
        "locations": [
            {
                "physicalLocation": {
                    "artifactLocation": {"uri": quote(path), "uriBaseId": "%SRCROOT%"},
                    "region": {"startLine": finding.line, "startColumn": finding.column},
                }
            }
        ],
    }
