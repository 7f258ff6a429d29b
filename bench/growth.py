"""What the core costs when the world grows: pairs, rules, ids in the window. No Kafka.

    python -m bench.growth [--quick]

Two worlds that differ in one thing decide batches in turn, small big big small, then big small small big, as
the first after a collection of garbage costs more. Each has the same kind of events: a request,
and its answer some batches later. Rules are used by Zipf's law with exponent 0.8. How many are used matters
by itself, as each is memory to fetch: so rules grow twice, once with the same ten in use, and once with all.
"""

import argparse
import gc
import io
import json
import math
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from itertools import accumulate, permutations
from pathlib import Path
from statistics import median
from typing import Any, Final

from fastavro import schemaless_writer

from bench import country
from bench.corpus import ANSWERED, REQUESTED, schemas
from bench.definitions import ROOT, prepare
from gateway.codec import LedgerEntry, decode_ledger_entry_v1
from gateway.definition_files import load
from gateway.definitions import (
    ANY_ITEM,
    Agreement,
    Definitions,
    Item,
    ItemName,
    LicenceType,
    LicenceTypeName,
    PurposeName,
    RecognitionRule,
    Region,
    RegionName,
    RuleId,
)
from gateway.definitions.book import Book
from gateway.identifiers import licence_check_character, uscc_check_character
from gateway.messages import OutboxRecord
from gateway.pipeline import decide
from gateway.slot import Slot

NOW: Final = 1_772_420_400_000
BATCH: Final = 600
SEED: Final = 4
ZIPF: Final = 0.8
WINDOW_TOPICS: Final = 4
DAY_MS: Final = 86_400_000
FIELDS: Final = ("name", "unified_code", "address", "state")


@dataclass(frozen=True)
class Growth:
    """One thing that grew: the ratio of cost per event, big to small, of every round of batches."""

    what: str
    small: int
    big: int
    limit: float
    ratios: tuple[float, ...]
    us_per_event: tuple[float, float]

    @property
    def ratio(self) -> float:
        return median(self.ratios)

    def spread(self) -> tuple[float, float]:
        """95 % of the medians of samples drawn with replacement."""
        draw = random.Random(1)
        medians = sorted(median(draw.choices(self.ratios, k=len(self.ratios))) for _ in range(400))
        return medians[10], medians[389]


class World:
    """The rules of some definitions, so many of them in use, and one slot whose window holds so many ids."""

    def __init__(
        self, definitions: Definitions, rules: list[RecognitionRule], used: int, ids: int = 0
    ) -> None:
        self.random = random.Random(SEED)
        self.rules = rules
        self.used = self.random.sample(self.rules, used)
        self.weights = list(accumulate((rank + 1) ** -ZIPF for rank in range(used)))
        self.book = Book(definitions, 1)
        self.slot = Slot()
        self.frames, self.schemas = schemas()
        self.offsets: dict[str, int] = {}
        self.serial = 0
        self.asked: list[tuple[dict[str, Any], RecognitionRule]] = []
        self._fill(ids)

    def batch(self) -> list[OutboxRecord]:
        """Requests, and answers to those of earlier batches, half and half."""
        answers = self.asked[: BATCH // 2]
        self.asked = self.asked[BATCH // 2 :]
        records = [self._record(_answer(request, self.random), ANSWERED) for request, _ in answers]
        while len(records) < BATCH:
            (rule,) = self.random.choices(self.used, cum_weights=self.weights)
            self.serial += 1
            request = _request(rule, self.serial, self.random)
            records.append(self._record(request, REQUESTED))
            self.asked.append((request, rule))
        self.random.shuffle(records)
        return records

    def decide(self, records: list[OutboxRecord]) -> float:
        """CPU microseconds per event."""
        for record in records:  # offsets rise in the order of the batch
            record.offset = self.offsets.get(record.topic, 0)
            self.offsets[record.topic] = record.offset + 1
        began = time.process_time_ns()
        decide(records, self.slot, self.book, NOW)
        return (time.process_time_ns() - began) / len(records) / 1000

    def check(self) -> None:
        """Raise if a rule in use would not be the one that grants its question."""
        for number, rule in enumerate(self.used):
            record = self._record(_request(rule, 10**12 + number, self.random), REQUESTED)
            decision = decide([record], Slot(), self.book, NOW).decisions[0]
            entry = decode_ledger_entry_v1(decision.entry_value[5:])
            if (entry.outcome, entry.rule_id) != ("delivered", rule.id):
                raise AssertionError(f"{rule.id}: {entry.outcome} {entry.reason} by {entry.rule_id}")

    def _record(self, event: dict[str, Any], contract: str) -> OutboxRecord:
        version = 2 if contract == REQUESTED else 1
        body = io.BytesIO(self.frames[contract, version])
        body.seek(5)
        schemaless_writer(body, self.schemas[contract, version], event)
        return OutboxRecord(f"{event['source']}.outbox", 0, 0, NOW, body.getvalue())

    def _fill(self, ids: int) -> None:
        """Ids into the windows, by the fold that rebuilds a slot from its ledger."""
        topics = sorted({f"{rule.recognising}.outbox" for rule in self.rules})[:WINDOW_TOPICS]
        for number, entry in enumerate(_entries(self, topics, ids)):
            entry.event_id, entry.seq = f"filler-{number}", number
            self.slot.fold_entry(entry, bytes(32))


def synthetic(base: Definitions, pairs: int, rules: int, used: int, ids: int = 0) -> World:
    """A world of so many directed pairs and rules that differ in licence type and item alone."""
    made = list(_rules(pairs, rules))
    return World(_definitions(base, made), made, used, ids)


def written(folder: Path, used: int) -> World:
    """A world of definition files; in use are rules for whole regions, holders of all kinds, any facts."""
    definitions = load(folder)
    rules = [rule for one in definitions.agreements for rule in one.recognition if _is_plain(rule)]
    world = World(definitions, rules, used)
    world.check()
    return world


def _is_plain(rule: RecognitionRule) -> bool:
    in_force = rule.effective_from <= NOW and (rule.effective_to is None or rule.effective_to > NOW)
    wide = all(scope.endswith("0000") for scope in (*rule.recognising_scope, *rule.issuing_scope))
    open_to_all = not rule.asked_when and not rule.answered_when and not rule.holders
    return rule.effect == "allow" and in_force and wide and open_to_all and "VERIFY" in rule.use_kinds


def _entries(world: World, topics: list[str], ids: int) -> Iterator[LedgerEntry]:
    """One delivered entry, over and over, on each topic in turn."""
    rule = world.rules[0]
    record = world._record(_request(rule, 10**9, world.random), REQUESTED)
    batch = decide([record], Slot(), world.book, NOW)
    entry = decode_ledger_entry_v1(batch.decisions[0].entry_value[5:])
    assert entry.outcome == "delivered", entry.reason
    for number in range(ids):
        entry.topic = topics[number % len(topics)]
        yield entry


def region(number: int) -> Region:
    division = f"{11 + number}0000"
    organisation = f"11{division}Y99900013"
    return Region(
        RegionName(f"region-{number}"),
        f"示例{number}",
        division,
        organisation + uscc_check_character(organisation),
        "refusals",
        frozenset(),
        frozenset(),
    )


def _rules(pairs: int, rules: int) -> Iterator[RecognitionRule]:
    """Spread over the pairs; within a pair each speaks on a licence type and an item of its own."""
    regions = [region(number) for number in range(31)]
    count = next(count for count in range(2, 32) if count * (count - 1) >= pairs)
    directed = list(permutations(regions[:count], 2))[:pairs]
    for number in range(rules):
        recognising, issuing = directed[number % len(directed)]
        kind = number // len(directed)
        yield RecognitionRule(
            id=RuleId(f"rule-{number}"),
            version=1,
            recognising=recognising.name,
            issuing=issuing.name,
            effect="allow",
            effective_from=NOW - 100 * DAY_MS,
            effective_to=None,
            recognising_scope=(recognising.division,),
            issuing_scope=(issuing.division,),
            licence_types=frozenset({LicenceTypeName(f"type-{kind % 70}")}),
            items=frozenset({ItemName(f"item-{kind // 70}")}),
            use_kinds=frozenset({"VERIFY"}),
            purposes=frozenset({PurposeName("application-handling")}),
            legal_bases=frozenset({"STATUTORY_DUTY"}),
            fields=frozenset(FIELDS),
            consent_required=False,
            least_trust="B",
            accepted_states=frozenset({"VALID"}),
            answer_within_seconds=3600,
            daily_cap=10**9,
        )


def _definitions(base: Definitions, rules: list[RecognitionRule]) -> Definitions:
    regions = [region(number) for number in range(31)]
    by_pair: dict[tuple[RegionName, RegionName], list[RecognitionRule]] = {}
    for rule in rules:
        by_pair.setdefault(
            (min(rule.recognising, rule.issuing), max(rule.recognising, rule.issuing)), []
        ).append(rule)
    types = sorted({name for rule in rules for name in rule.licence_types})
    items = sorted({name for rule in rules for name in rule.items})
    return Definitions(
        number=1,
        digest="growth",
        regions={one.name: one for one in regions},
        licence_types={name: LicenceType(name, name, name, None, (), ()) for name in types},
        items={name: Item(name, name, name, (), ()) for name in items},
        purposes=frozenset({PurposeName("application-handling")}),
        agreements=tuple(Agreement(pair, tuple(found), ()) for pair, found in by_pair.items()),
        contracts=base.contracts,
        topics=(),
        by_schema_id=base.by_schema_id,
    )


def _request(rule: RecognitionRule, serial: int, chance: random.Random) -> dict[str, Any]:
    department = f"11{rule.recognising_scope[0]}Y99900013"
    issuer = f"11{rule.issuing_scope[0]}Y99900013"
    body = f"11100000MB0143028R001.{issuer}{uscc_check_character(issuer)}.D000000001.001"
    named = sorted(rule.fields)
    fields = chance.sample(named, min(3, len(named)))
    legal_basis = min(rule.legal_bases)
    needs_consent = rule.consent_required or legal_basis == "CONSENT"
    return {
        "event_id": f"request-{serial:028}",
        "case_id": f"{rule.recognising_scope[0]}-2026-{serial:020}",
        "source": rule.recognising,
        "target": rule.issuing,
        "made_at": NOW - 1000,
        "salt": chance.randbytes(16),
        "item": _item(rule),
        "item_code": None,
        "licence_type": next(iter(rule.licence_types)),
        "licence_id": f"1.2.156.3005.2.{body}.{licence_check_character(body)}",
        "use_kind": "VERIFY",
        "purpose": min(rule.purposes),
        "legal_basis": legal_basis,
        "consent_ref": f"consent/2026/{serial:028}" if needs_consent else None,
        "holder_type": "001",
        "holder_code": "91330100Y99900021L",
        "department": department + uscc_check_character(department),
        "officer": "窗口7",
        "fields": fields[:2],
        "claims": [{"field": name, "value": "浙江省杭州市示例街道7号"} for name in fields[2:]],
        "parent": None,
        "use_text": None,
    }


def _item(rule: RecognitionRule) -> str:
    """An item of the rule; any will do where it names none."""
    name = min(rule.items)
    return "company-change" if name == ANY_ITEM else name


def _answer(request: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    return {
        "event_id": request["event_id"].replace("request", "replied"),
        "case_id": request["case_id"],
        "source": request["target"],
        "target": request["source"],
        "made_at": NOW - 500,
        "salt": chance.randbytes(16),
        "in_reply_to": request["event_id"],
        "outcome": "MATCH_VALID",
        "licence_state": "VALID",
        "state_since": None,
        "raw_state": "01",
        "trust_level": "A",
        "source_at": NOW - 2000,
        "valid_until": None,
        "matched": [claim["field"] for claim in request["claims"]],
        "mismatched": [],
        "returned": [{"field": name, "value": "浙江省杭州市示例街道7号"} for name in request["fields"]],
        "successor_id": None,
    }


def compare(
    what: str, small: int, big: int, limit: float, worlds: tuple[World, World], rounds: int
) -> Growth:
    """Batches in turn, small big big small, then the other way round; the first of each world warm it up."""
    for world in worlds:
        for _ in range(4):
            world.decide(world.batch())
    gc.collect()
    ratios, costs = [], ([], [])  # type: tuple[list[float], tuple[list[float], list[float]]]
    for _ in range(rounds):
        took: tuple[list[float], list[float]] = ([], [])
        for order in ((0, 1, 1, 0), (1, 0, 0, 1)):
            batches = [worlds[which].batch() for which in order]
            gc.collect()
            for which, batch in zip(order, batches, strict=True):
                took[which].append(worlds[which].decide(batch))
        ratios.append(sum(took[1]) / sum(took[0]))
        costs[0].extend(took[0])
        costs[1].extend(took[1])
    return Growth(what, small, big, limit, tuple(ratios), (median(costs[0]), median(costs[1])))


def measure(quick: bool = False) -> list[Growth]:
    """All, one after the other."""
    base = load(prepare())
    gc.set_threshold(1_000_000, 1_000, 1_000)  # as `gateway run exchange` does
    rounds = 6 if quick else 30
    found = []
    for what, limit, small, big, world in (
        ("directed pairs", 1.05, 12, 930, lambda size: synthetic(base, size, size, size)),
        ("rules, ten in use", 1.05, 10, 50_000, lambda size: synthetic(base, min(size, 12), size, 10)),
        ("rules, all in use", math.inf, 10, 50_000, lambda size: synthetic(base, min(size, 12), size, size)),
        ("ids in the window", 1.10, 10_000, 1_000_000, lambda size: synthetic(base, 12, 12, 12, size)),
        ("rules of a country", 1.10, country.FEW, country.MANY, lambda size: written(country.made(size), 12)),
    ):
        found.append(compare(what, small, big, limit, (world(small), world(big)), rounds))
    return found


def in_build(package: Path, quick: bool) -> list[Growth]:
    """The same in a process of its own, with the build of the line that lies in this folder."""
    command = [sys.executable, "-P", "-m", "bench.growth", "--json", *(["--quick"] if quick else [])]
    path = {**os.environ, "PYTHONPATH": f"{package}{os.pathsep}{ROOT}"}
    told = subprocess.run(command, env=path, stdout=subprocess.PIPE, text=True, check=True).stdout
    return [Growth(**{**one, "ratios": tuple(one["ratios"])}) for one in json.loads(told)]


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("--json", action="store_true", help="for the report")
    asked = parser.parse_args()
    found = measure(asked.quick)
    if asked.json:
        print(json.dumps([asdict(one) for one in found]))
        return
    for one in found:
        (low, high), (before, after) = one.spread(), one.us_per_event
        print(
            f"{one.what:20} {one.small:>7} -> {one.big:>9}: {before:7.2f} -> {after:7.2f} us/event, "
            f"x {one.ratio:.3f} ({low:.3f}-{high:.3f}), at most {one.limit:.2f}: "
            f"{'met' if one.ratio <= one.limit else 'MISSED'}"
        )


if __name__ == "__main__":
    main()
