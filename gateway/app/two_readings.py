"""Every boundary question judged twice: by the compiled rules, and by a second reading of the plain YAML."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from gateway.app import boundaries, examples, second_reading
from gateway.app.boundary_values import Boundary
from gateway.definition_files import Answer, Code, Request, found
from gateway.definitions import Agreement, Definitions
from gateway.definitions.book import Book
from gateway.errors import Finding
from gateway.slot import iso_day, shanghai_day


@dataclass(frozen=True)
class Compared:
    """How many boundary questions were judged by both readings, and where they differ."""

    questions: int
    findings: tuple[Finding, ...]


def compare(definitions: Definitions, files: Mapping[str, Any]) -> Compared:
    """Judge the boundary questions of all recognition rules twice.

    files: what the definition files hold, by path, as YAML gives it.
    """
    world = world_of(files)
    total, differing = 0, []
    book = Book(definitions, slots=1)
    for agreement in definitions.agreements:
        plain = files["regions/agreements/{}--{}.yaml".format(*agreement.regions)]
        for place, boundary in of_agreement(agreement, definitions, book):
            total += 1
            first, second = by_rules(boundary, book), by_reading(boundary, plain, world)
            if first != second:
                path, _, line = place.rpartition(":")
                said = f"two readings differ on {boundary.what}: the rules say {first}, the file {second}."
                differing.append(found(path, int(line), 5, said, Code.READINGS_DIFFER))
    return Compared(total, tuple(differing))


def of_agreement(
    agreement: Agreement, definitions: Definitions, book: Book
) -> Iterator[tuple[str, Boundary]]:
    """The boundary questions of its recognition rules, each with the place of its rule."""
    for rule in agreement.recognition:
        for boundary in boundaries.of_recognition(rule, definitions, book):
            yield rule.place, boundary


def world_of(files: Mapping[str, Any]) -> dict[str, Any]:
    """What the second reading needs beside an agreement."""
    types = files["regions/catalog/licence-types.yaml"]["licence_types"]
    regions = [value for path, value in files.items() if path.endswith("/region.yaml")]
    return {
        "kinds": {one["name"]: one.get("kinds", {}) for one in types},
        "blocs": {one["name"]: one["members"] for one in files["regions/catalog/blocs.yaml"]["blocs"]},
        "divisions": {one["name"]: one["division"] for one in regions},
    }


def by_rules(boundary: Boundary, book: Book) -> tuple[Any, Any]:
    """What comes of the request and of its answer, by the compiled rules."""
    assert isinstance(boundary.asked, Request)
    told = examples.told(boundary.asked, book)
    if told[0] != "delivered" or boundary.answer is None:
        return told, None
    return told, examples.told_of_answer(boundary.asked, boundary.answer, book)


def by_reading(boundary: Boundary, file: Mapping[str, Any], world: Mapping[str, Any]) -> tuple[Any, Any]:
    """The same by the second reading."""
    assert isinstance(boundary.asked, Request)
    answer = _answer(boundary.asked, boundary.answer) if boundary.answer else None
    return second_reading.judge(file, world, _asked(boundary.asked), answer)


def _asked(asked: Request) -> dict[str, Any]:
    told = {
        "item": asked.item,
        "licence_type": asked.licence_type,
        "use_kind": asked.use_kind,
        "purpose": asked.purpose,
        "legal_basis": asked.legal_basis,
        "consent": asked.has_consent,
        "holder": asked.holder,
        "asking_division": asked.asking_division,
        "issuing_division": asked.issuing_division,
        "fields": asked.fields,
        "day": iso_day(shanghai_day(asked.arrived_at)),
    }
    facts = {f"request.{name}": value for name, value in told.items()}
    facts |= {f"claimed.{field}": value for field, value in asked.claimed}
    sides = {
        "from": asked.asking,
        "from_division": asked.asking_division,
        "to": asked.issuing,
        "to_division": asked.issuing_division,
    }
    return {**told, **sides, "facts": facts, "at": asked.arrived_at}


def _answer(asked: Request, answer: Answer) -> dict[str, Any]:
    today = shanghai_day(answer.arrived_at)
    days = None if answer.since is None else today - shanghai_day(answer.since)
    told = {
        "outcome": answer.outcome,
        "licence_state": answer.state,
        "trust_level": answer.trust,
        "days_in_state": days,
        "matched": [field for field, _ in asked.claimed if field not in answer.mismatched],
        "mismatched": answer.mismatched,
        "day": iso_day(today),
    }
    facts = {f"answer.{name}": value for name, value in told.items()}
    facts |= {f"returned.{field}": value for field, value in answer.values}
    return {
        "state": answer.state,
        "trust": answer.trust,
        "days": days,
        "returned": answer.returned,
        "at": answer.arrived_at,
        "facts": facts,
    }
