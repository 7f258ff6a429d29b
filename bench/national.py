"""Definitions as large as a whole country would have: 34 regions, every pair, 22 000 rule versions.

    python -m bench.national FOLDER [--regions 34] [--rules 22000]

Catalogue, topics and contracts are those of this repository; regions and agreements are invented from a
seed, one file per pair with both directions inside, as regions/agreements/ has them. A subject of a
direction is a licence type with its rule versions one after the other in time; some subjects have a
narrower rule for one prefecture, or a denial inside the rule. The newest version of each subject has an
example.
"""

import argparse
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from pathlib import Path
from random import Random
from typing import Final

import yaml

from bench.definitions import FOLDERS, ROOT
from gateway.definition_files import load
from gateway.definitions import Item, LicenceType
from gateway.identifiers import uscc_check_character

SEED: Final = 5
REGIONS: Final = 34
RULES: Final = 22_000
PROVINCES: Final = (
    *(11, 12, 13, 14, 15, 21, 22, 23, 31, 32, 33, 34, 35, 36, 37, 41, 42),
    *(43, 44, 45, 46, 50, 51, 52, 53, 54, 61, 62, 63, 64, 65, 71, 81, 82),
)
"""The first two digits of the division codes (GB/T 2260)."""
TURNS: Final = ("2023-01-01", "2024-05-01", "2025-01-01", "2025-07-01", "2026-03-01")
"""When one version of a rule gives way to the next."""
ASKED_ON: Final = "2026-09-01"
ONE_SIDED: Final = "\n@one-sided@"
"""Where a rule gives its reason for having no counterpart, once the other direction is known."""
SERVICES_OF: Final = 3
"""Rule versions of a direction that are services."""


@dataclass(frozen=True)
class Party:
    """A region as the agreements need it."""

    name: str
    prefix: str
    issues: tuple[str, ...]
    decides: tuple[str, ...]


@dataclass(frozen=True)
class Direction:
    """The rules and examples of one direction, written out; `rules` are those of `recognition`."""

    rules: list["_Rule"]
    recognition: list[str]
    services: list[str]
    examples: list[str]


class Author:
    """Writes regions and agreements; the same for the same seed."""

    def __init__(self, regions: int, rules: int, seed: int) -> None:
        base = load(ROOT)
        self.random = Random(seed)
        self.types: dict[str, LicenceType] = {str(name): one for name, one in base.licence_types.items()}
        self.items: dict[str, Item] = {str(name): one for name, one in base.items.items()}
        purposes = yaml.safe_load((ROOT / "regions" / "catalog" / "purposes.yaml").read_text("utf-8"))
        self.bases: dict[str, list[str]] = {one["name"]: one["legal_bases"] for one in purposes["purposes"]}
        self.parties = [self._party(number) for number in range(regions)]
        self.rules = rules

    def files(self) -> Iterator[tuple[str, str]]:
        """Paths and texts."""
        for party in self.parties:
            yield f"regions/{party.name}/region.yaml", _region(party)
        pairs = list(combinations(self.parties, 2))
        for number, (one, other) in enumerate(pairs):
            shares = [self._share(2 * number + side, 2 * len(pairs)) for side in (0, 1)]
            sides = [self._direction(one, other, shares[0]), self._direction(other, one, shares[1])]
            yield f"regions/agreements/{one.name}--{other.name}.yaml", _agreement(one, other, sides)

    def _share(self, number: int, directions: int) -> int:
        """The rules spread evenly: how many this direction has."""
        return self.rules * (number + 1) // directions - self.rules * number // directions

    def _party(self, number: int) -> Party:
        prefix = str(PROVINCES[number])
        return Party(
            name=f"province-{prefix}",
            prefix=prefix,
            issues=tuple(self.random.sample(sorted(self.types), 26)),
            decides=tuple(self.random.sample(sorted(self.items), 16)),
        )

    def _direction(self, asking: Party, answering: Party, rules: int) -> Direction:
        """Asking relies on what answering issues, and takes applications that answering decides."""
        found = Direction([], [], [], [])
        kinds = iter(self.random.sample(answering.issues, len(answering.issues)))
        while len(found.recognition) < rules - SERVICES_OF:
            self._subject(asking, answering, next(kinds), rules - SERVICES_OF, found)
        items = self.random.sample(answering.decides, SERVICES_OF)
        found.services.extend(self._service(asking, answering, item) for item in items)
        return found

    def _subject(self, asking: Party, answering: Party, kind: str, most: int, found: Direction) -> None:
        """The versions of one rule, and what is narrower beside it."""
        left = most - len(found.recognition)
        versions = min(left, self.random.choice((1, 2, 2, 3)))
        turns = TURNS[-versions - 1 : -1]
        items = sorted(self.random.sample(sorted(self.items), 2)) if self.random.random() < 0.7 else ["*"]
        for version, begins in enumerate(turns, start=1):
            ends = turns[version] if version < versions else None
            rule = _Rule(asking, answering, kind, version, begins, ends, items)
            found.rules.append(rule)
            found.recognition.append(self._allow(rule))
        found.examples.append(self._example(rule))
        if left > versions and self.random.random() < 0.5:
            scope = f"{answering.prefix}0{self.random.randint(1, 9)}00"
            narrow = _Rule(asking, answering, kind, 1, turns[0], None, items, scope)
            narrow.is_denial = self.random.random() < 0.4
            found.rules.append(narrow)
            found.recognition.append(_deny(narrow) if narrow.is_denial else self._allow(narrow))

    def _allow(self, rule: "_Rule") -> str:
        chance = self.random
        purpose = chance.choice(sorted(self.bases))
        basis = chance.choice(self.bases[purpose])
        fields = self.types[rule.kind].fields
        chosen = [name for name in fields if chance.random() < 0.7] or [fields[0]]
        rule.granted = (purpose, basis, chosen)
        return f"""{_head(rule, "allow")}
    use_kinds: [{", ".join(chance.choice((["VERIFY"], ["VERIFY", "RETRIEVE"], ["SCAN", "VERIFY"])))}]
    purposes: [{purpose}]
    legal_bases: [{basis}]
    fields: [{", ".join(chosen)}]
    consent_required: {"true" if basis == "CONSENT" else "false"}
    least_trust: {chance.choice("AAB")}
    accepted_states: [{", ".join(chance.choice((["VALID"], ["VALID"], ["VALID", "EXPIRED"])))}]
    answer_within_seconds: {chance.randint(1, 20) * 43200}
    daily_cap: {chance.randint(5, 200) * 1200}{ONE_SIDED}
    why: >-
      {rule.asking.name} compares {len(chosen)} fields that {rule.answering.name} has kept in its own register
      since {rule.begins}; what its windows do not need for the step does not move.
"""

    def _service(self, asking: Party, answering: Party, item: str) -> str:
        return f"""  - id: {answering.name}-decides-for-{asking.name}-{item[:20].rstrip("-")}
    version: 1
    receiving: {asking.name}
    deciding: {answering.name}
    effective_from: "{TURNS[1]}"
    effective_to: null
    items: [{item}]
    modes: [{self.items[item].modes[0]}]
    legal_bases: [CONSENT]
    consent_required: true
    daily_cap: {self.random.randint(5, 40) * 1200}
    why: >-
      The windows of {asking.name} collect these papers for {answering.name}, whose staff trained them.
"""

    def _example(self, rule: "_Rule") -> str:
        purpose, basis, fields = rule.granted
        item = rule.items[0] if rule.items != ["*"] else self.random.choice(sorted(self.items))
        return f"""  - name: {rule.asking.name} compares a {rule.kind} of {rule.answering.name}
    request:
      {{from: {rule.asking.name}, to: {rule.answering.name}, licence_type: {rule.kind}, item: {item},
       use_kind: VERIFY, purpose: {purpose}, legal_basis: {basis}, consent: true,
       fields: [{", ".join(fields[:3])}], on: "{ASKED_ON}"}}
    expect: {{outcome: delivered, rule: {rule.id}}}
    answer: {{state: VALID, trust: A, returned: []}}
    expect_answer: {{outcome: delivered, recognised: "yes"}}
"""


@dataclass
class _Rule:
    """What a rule is about. granted: purpose, legal basis and fields, once they are drawn."""

    asking: Party
    answering: Party
    kind: str
    version: int
    begins: str
    ends: str | None
    items: list[str]
    scope: str | None = None
    is_denial: bool = False
    granted: tuple[str, str, list[str]] = ("", "", [])

    @property
    def id(self) -> str:
        names = f"{self.asking.name}-accepts-{self.answering.name}"
        kind = self.kind[:20].rstrip("-")
        return f"{names}-{kind}-{self.scope or f'v{self.version}'}"


def _lacks_counterpart(rule: _Rule, back: list[_Rule]) -> bool:
    """Whether the other direction lacks this type for one of its items at some same time."""
    if rule.kind not in rule.asking.issues:
        return False
    meant = [
        other.items
        for other in back
        if not other.is_denial
        and other.kind == rule.kind
        and max(rule.begins, other.begins) < min(rule.ends or "9", other.ends or "9")
    ]
    if rule.items == ["*"]:
        return not meant
    return not all(any(items == ["*"] or item in items for items in meant) for item in rule.items)


def _head(rule: _Rule, effect: str) -> str:
    ends = "null" if rule.ends is None else f'"{rule.ends}"'
    scope = f'\n    issuing_scope: "{rule.scope}"' if rule.scope else ""
    return f"""  - id: {rule.id}
    version: {rule.version}
    recognising: {rule.asking.name}
    issuing: {rule.answering.name}
    effect: {effect}
    effective_from: "{rule.begins}"
    effective_to: {ends}{scope}
    licence_types: [{rule.kind}]
    items: [{", ".join(f'"{item}"' for item in rule.items)}]"""


def _deny(rule: _Rule) -> str:
    return f"""{_head(rule, "deny")}
    why: >-
      This prefecture of {rule.answering.name} is still copying its paper registers, so its answers cannot be
      relied on yet.
"""


def _region(party: Party) -> str:
    organisation = f"11{party.prefix}0000Y99900013"
    return f"""name: {party.name}
chinese: 示例{party.prefix}
division: "{party.prefix}0000"
organisation: "{organisation}{uscc_check_character(organisation)}"
issues: [{", ".join(party.issues)}]
decides: [{", ".join(party.decides)}]
source: Invented from a seed.
"""


def _agreement(one: Party, other: Party, sides: list[Direction]) -> str:
    recognition = "\n".join(
        text.replace(ONE_SIDED, "\n    one_sided: The other side asks on paper." if lacks else "")
        for side, back in (sides, sides[::-1])
        for rule, text in zip(side.rules, side.recognition, strict=True)
        for lacks in [_lacks_counterpart(rule, back.rules)]
    )
    services = "\n".join(rule for side in sides for rule in side.services)
    examples = "".join(example for side in sides for example in side.examples)
    return f"""# {one.name} and {other.name}. Invented from a seed: nobody signed it.
regions: [{one.name}, {other.name}]
title:
  chinese: 示例{one.prefix}与示例{other.prefix}电子证照互认和跨省通办协议
  english: {one.name} and {other.name}, mutual recognition of e-licences and cross-province services
basis: Invented from a seed.
agreed_on: "2022-11-01"

recognition:
{recognition}
services:
{services}
examples:
{examples}"""


def write(folder: Path, regions: int = REGIONS, rules: int = RULES, seed: int = SEED) -> Path:
    """Write the folders topics/, avro/ and regions/ below `folder`, in place of what is there."""
    for name in FOLDERS:
        shutil.rmtree(folder / name, ignore_errors=True)
    for name in ("topics", "avro", "regions/catalog"):
        shutil.copytree(ROOT / name, folder / name)
    shutil.copy(ROOT / "regions" / "definitions.yaml", folder / "regions")
    for path, text in Author(regions, rules, seed).files():
        (folder / path).parent.mkdir(parents=True, exist_ok=True)
        (folder / path).write_text(text, "utf-8")
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("folder", type=Path)
    parser.add_argument("--regions", type=int, default=REGIONS)
    parser.add_argument("--rules", type=int, default=RULES)
    asked = parser.parse_args()
    write(asked.folder, asked.regions, asked.rules)
    files = list((asked.folder / "regions").rglob("*.yaml"))
    print(f"{len(files)} files, {sum(path.stat().st_size for path in files) / 1e6:.1f} MB")


if __name__ == "__main__":
    main()
