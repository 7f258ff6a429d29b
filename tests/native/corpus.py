"""One corpus through whichever core is found first: prints as JSON what came out, as digests.

Run as a script, with PYTHONPATH naming the folder of the core. Nothing here depends on a clock or on the
order of a set: the same files give the same digests, however they run.
"""

import hashlib
import json
import random
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from gateway import codec, pipeline
from gateway.errors import Refused
from gateway.messages import OutboxRecord
from tests import world
from tests.contracts import AVRO, written
from tests.own_form import FORMS

MUTATED_PER_EXAMPLE = 300
ROUNDS = 120
HOUR = world.HOUR
EXTREMES = [0, 1, 2, 63, 64, 127, 128, 129, 255]


class Result:
    """A digest over everything that came out, and how often each reason did."""

    def __init__(self) -> None:
        self.digest = hashlib.sha256()
        self.reasons: Counter[str] = Counter()
        self.foreign: list[str] = []

    def note(self, *parts: object) -> None:
        for part in parts:
            self.digest.update(part if isinstance(part, bytes) else repr(part).encode())
            self.digest.update(b"\n")

    def told(self) -> dict[str, Any]:
        return {
            "sha256": self.digest.hexdigest(),
            "count": self.reasons.total(),
            "reasons": dict(sorted(self.reasons.items())),
            "foreign": self.foreign[:5],
        }


# ── decoders and encoders ────────────────────────────────────────────────────────────────────────


def examples() -> Iterator[tuple[str, int, bytes]]:
    """Every example beside the contracts, right or wrong, with its contract and version."""
    for path in sorted(AVRO.glob("*/examples/*/*.json")):
        contract, version = path.parents[2].name, int(path.name[1 : path.name.index("-")])
        example = json.loads(path.read_text("utf-8"))
        if "hex" in example:
            yield contract, version, bytes.fromhex(example["hex"])
        else:
            yield contract, version, written(contract, version, example.get("record", example))


def mutated(body: bytes, dice: random.Random) -> bytes:
    """The body with one to three places overwritten, inserted, deleted, cut off, doubled or bit-flipped."""
    for _ in range(dice.choice([1, 1, 1, 2, 3])):
        at, length = dice.randrange(len(body) + 1), dice.randint(1, 11)
        new = bytes(dice.choice(EXTREMES) for _ in range(length))
        match dice.randrange(6):
            case 0:
                body = body[:at] + new + body[at + length :]
            case 1:
                body = body[:at] + new + body[at:]
            case 2:
                body = body[:at] + body[at + length :]
            case 3:
                body = body[:at]
            case 4:
                body = body[:at] + body[max(0, at - length) :]
            case _:
                flipped = bytes(byte ^ 1 << dice.randrange(8) for byte in body[at : at + 1])
                body = body[:at] + flipped + body[at + 1 :]
    return body


def through_the_codec() -> Result:
    dice = random.Random(20260302)
    result = Result()
    for contract, version, body in examples():
        decode = codec.DECODERS[contract, version]
        encode = getattr(codec, f"encode_{contract.replace('-', '_')}_v{version}")
        for attempt in range(MUTATED_PER_EXAMPLE):
            given = mutated(body, dice) if attempt else body
            try:
                written_again = encode(decode(given))
            except Refused as refusal:
                result.note(refusal.reason.value, refusal.detail)
                result.reasons[refusal.reason.value] += 1
            except Exception as foreign:  # noqa: BLE001  what the test then reports
                result.foreign.append(f"{contract} v{version} {given.hex()}: {foreign!r}")
            else:
                result.note(written_again)
                result.reasons["accepted"] += 1
    return result


# ── the whole line ───────────────────────────────────────────────────────────────────────────────


class Publisher:
    """Publishes into one slot: what is right, what is wrong, and what was already said."""

    def __init__(self, dice: random.Random) -> None:
        self.dice = dice
        recognition = (
            world.rule(daily_cap=world.SLOTS * 25, legal_bases=frozenset({"STATUTORY_DUTY", "CONSENT"})),
        )
        own = {world.WEST: FORMS}  # what east asks is translated, and what west answers
        self.desk = world.Desk(world.definitions(recognition, east_receipts="all", forms=own))
        self.cases = [
            case
            for case in (f"310000-2026-{serial}" for serial in range(400))
            if world.slot_of(case, world.SLOTS) == self.desk.partition
        ]
        self.said: list[tuple[str, bytes]] = []
        self.ids = 0

    def next_id(self) -> str:
        self.ids += 1
        return f"event-{self.ids}"

    def batch(self, at: int) -> list[OutboxRecord]:
        """Some records that arrive together."""
        return [self.desk.record(value, topic, at, **also) for topic, value, also in self.values(at)]

    def values(self, at: int) -> Iterator[tuple[str, bytes | None, dict[str, Any]]]:
        for _ in range(self.dice.randint(5, 30)):
            topic, value = self.event(at)
            self.said.append((topic, value))
            yield topic, value, {}
            match self.dice.randrange(12):
                case 0:
                    yield *self.dice.choice(self.said[-100:]), {}
                case 1:
                    yield topic, mutated(value, self.dice), {}
                case 2:
                    yield self.dice.choice(["west.outbox", "south.outbox", "gateway.outbox"]), value, {}
                case 3:
                    yield topic, self.dice.choice([None, b"", b"\x00\x01", b"{}", bytes(9)]), {}
                case 4:
                    yield topic, value, {"partition": (self.desk.partition + 1) % world.SLOTS}
                case 5:
                    yield topic, value, {"header_count": 33, "header_bytes": self.dice.randrange(9000)}
                case _:
                    pass

    def event(self, at: int) -> tuple[str, bytes]:
        common = {"event_id": self.next_id(), "case_id": self.dice.choice(self.cases)}
        common["made_at"] = at - self.dice.choice([1000] * 18 + [25 * HOUR, -HOUR])
        event: Any
        match self.dice.randrange(5):
            case 0 | 1:
                event = world.request(**common, **self.maybe_wrong())
            case 2:
                asked = world.request(
                    event_id=f"event-{self.dice.randint(1, self.ids)}", case_id=common["case_id"]
                )
                event = world.answer(asked, **common)
            case 3:
                event = world.application(**common)
            case _:
                state = self.dice.choice(
                    ["RECEIVED", "ACCEPTED", "NOT_ACCEPTED", "APPROVED", "WITHDRAWN", "SUPPLEMENT_REQUESTED"]
                )
                event = world.progress(state, self.dice.choice(["east", "west"]), **common)
        return f"{event.source}.outbox", self.desk.frame(event)

    def maybe_wrong(self) -> dict[str, Any]:
        return self.dice.choice(
            [
                {},
                {},
                {},
                {"target": "south"},
                {"source": "west", "target": "south"},
                {"target": "nowhere"},
                {"purpose": "curiosity"},
                {"fields": ("name", "photo")},
                {"legal_basis": "CONSENT"},
                {"use_kind": "SHOW"},
                {"item": "household-move"},
                {"licence_type": "id-card"},
            ]
        )


def through_the_line() -> Result:
    """Batches over several days, with repeats of everything at the end: they show what the slot remembers."""
    dice = random.Random(2026)
    publisher = Publisher(dice)
    result = Result()
    at = world.NOW
    for _ in range(ROUNDS):
        at += dice.choice([0, 1000, 60_000, HOUR // 2, HOUR])
        decide(publisher, publisher.batch(at), result)
    again = [publisher.desk.record(value, topic, at) for topic, value in publisher.said[-600:]]
    suspects = frozenset((record.topic, record.offset) for record in again[::50])
    decide(publisher, again, result, suspects=suspects)
    result.note(sorted(publisher.desk.state.items()), publisher.desk.slot.window_size())
    return result


def decide(publisher: Publisher, records: list[OutboxRecord], result: Result, **options: Any) -> None:
    for decision in publisher.desk.decide(*records, **options):
        entry = world.entry_of(decision.entry_value)
        result.reasons[entry.reason or entry.outcome] += 1
        result.note(decision.key, decision.entry_value)
        for output in decision.outputs:
            result.note(output.topic, output.value, output.header)


def main() -> None:
    told = {"core": Path(pipeline.__file__).suffix, "codec": through_the_codec().told()}
    json.dump(told | {"line": through_the_line().told()}, sys.stdout)


if __name__ == "__main__":
    main()
