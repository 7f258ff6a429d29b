"""The corpus: what four provinces say to one another, encoded once, the same for every system.

One generation is `EVENTS` records. It is loaded again and again under fresh ids, so that a long drain
needs little to encode: only the first two characters of each event id and each serial differ, and the
time at which all of it was made. What answers another region lags some generations behind what it
answers: a consumer far behind takes up to 1 MiB of one partition before it looks at the next, and an
answer would overtake its request.

    python -m bench.corpus       builds it and tells what is in it
"""

import hashlib
import io
import json
import struct
from collections import Counter
from collections.abc import Iterable, Iterator
from random import Random
from typing import Any, Final, NamedTuple

from fastavro import parse_schema, schemaless_writer
from fastavro.types import Schema

from bench.definitions import ROOT, prepare
from gateway.definition_files import load
from gateway.definitions import Definitions
from gateway.definitions.schema_ids import schema_id
from gateway.demo.occasions import Applying, Asking, Scene
from gateway.demo.store import organisation_in, person_number

SEED: Final = 4
EVENTS: Final = 60_000
GENERATIONS_AT_MOST: Final = 99
LAG: Final = 2
"""Generations between what crosses to the other region and what comes back."""
MADE_AT: Final = 1_772_420_400_000
"""Stands in the file; replaced by the time of loading, which takes as many bytes."""
MADE_AT_BYTES: Final = 6
REQUESTED, ANSWERED = "licence-verification-requested", "licence-verification-answered"
SUBMITTED, PROGRESSED = "application-submitted", "application-progressed"
UNKNOWN_SCHEMA: Final = 1_999_999_999

# Per hundred occasions; the others are verifications. An occasion brings nearly two records.
APPLICATIONS, UNDECODABLE, UNRELEASED, NOT_RECOGNISED = 7.0, 2.6, 1.8, 4.4
COPIES, CONFLICTS = 3.0, 0.1
"""Per hundred records."""
ANSWERED_OF_100: Final = 85

_RECORD: Final = struct.Struct(">BBBH")
EXPECTED: Final = (
    "delivered",
    "repeat",
    "conflict",
    "malformed",
    "trailing-bytes",
    "unknown-schema",
    "not-recognised",
)


class Template(NamedTuple):
    """One record of a generation. lag: of which earlier generation its ids are. expected: how it must end."""

    topic: int
    lag: int
    expected: int
    value: bytes


class Corpus:
    """The records of one generation, and how they become those of any."""

    def __init__(self, topics: tuple[str, ...], content: bytes) -> None:
        self.topics = topics
        self.digest = hashlib.sha256(content).hexdigest()
        self.templates = list(_read(content))
        answers = schema_id(json.loads((ROOT / "avro" / ANSWERED / "v1.avsc").read_text()))
        self._answer = b"\x00" + answers.to_bytes(4, "big")

    def records(self, generations: Iterable[int], made_at: int) -> Iterator[tuple[str, bytes, bytes, str]]:
        """Topic, key, value and expected end of every record of these generations, in order of loading."""
        made = varint(made_at)
        assert len(made) == MADE_AT_BYTES
        plans = [self._plan(template) for template in self.templates]
        for generation in generations:
            for topic, lag, expected, parts in plans:
                number = generation - lag
                if number >= 0:
                    hexadecimal, decimal = b"%02x" % number, b"%02d" % number
                    head, case, middle, tail, reply = parts
                    value = head[0] + hexadecimal + head[1] + decimal + middle + made + tail
                    if reply:
                        value += hexadecimal + reply
                    yield topic, case[:12] + decimal + case[14:], value, expected

    def _plan(self, template: Template) -> tuple[str, int, str, tuple[Any, ...]]:
        value = template.value
        source = 75 + 1 + value[75] // 2
        made = source + 1 + value[source] // 2
        after = made + MADE_AT_BYTES
        is_answer = value[:5] == self._answer
        cut = after + 17 if is_answer else len(value)  # 16 bytes of salt, then the length of in_reply_to
        parts = (
            (value[:6], value[8:55]),
            value[43:75],
            value[57:made],
            value[after:cut],
            value[cut + 2 :] if is_answer else b"",
        )
        return self.topics[template.topic], template.lag, EXPECTED[template.expected], parts


def corpus(events: int = EVENTS, seed: int = SEED) -> Corpus:
    """Read the corpus from build/, or encode it once."""
    definitions = load(prepare())
    topics = tuple(sorted(region.outbox for region in definitions.regions.values()))
    path = ROOT / "build" / "bench" / f"corpus-{seed}-{events}-{definitions.digest[:8]}.bin"
    if not path.exists():
        content = b"".join(
            _RECORD.pack(one.topic, one.lag, one.expected, len(one.value)) + one.value
            for one in Author(definitions, topics, seed).write(events)
        )
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    return Corpus(topics, path.read_bytes())


def _read(content: bytes) -> Iterator[Template]:
    at = 0
    while at < len(content):
        topic, lag, expected, length = _RECORD.unpack_from(content, at)
        at += _RECORD.size
        yield Template(topic, lag, expected, content[at : at + length])
        at += length


def varint(number: int) -> bytes:
    """A non-negative Avro long."""
    rest, written = number << 1, bytearray()
    while rest > 0x7F:
        written.append(rest & 0x7F | 0x80)
        rest >>= 7
    written.append(rest)
    return bytes(written)


def read_made_at(value: bytes) -> int:
    """When the event of a Kafka value was made; every contract of a region has it at the same place."""
    source = 75 + 1 + value[75] // 2
    at = source + 1 + value[source] // 2
    number = sum((byte & 0x7F) << 7 * place for place, byte in enumerate(value[at : at + MADE_AT_BYTES]))
    return number >> 1


class Author:
    """Writes one generation: every directed pair alike, so that no outbox runs ahead of the others."""

    def __init__(self, definitions: Definitions, topics: tuple[str, ...], seed: int) -> None:
        self.random = Random(seed)
        self.scene = Scene(definitions, self.random, MADE_AT)
        self.definitions = definitions
        self.topics = topics
        self.frames, self.schemas = schemas()
        self.askings = _by_pair(
            self.scene.askings, lambda asking: (asking.rule.recognising, asking.rule.issuing)
        )
        applyings = {name: [[one] for one in found] for name, found in self.scene.applyings.items()}
        self.applyings = _by_pair(applyings, lambda one: (one.rule.receiving, one.rule.deciding))

    def write(self, events: int) -> list[Template]:
        """So many records, shuffled; what one outbox says of one case stays in order."""
        placed: list[tuple[float, Template]] = []
        while len(placed) < events:
            chance = self.random.uniform(0, 100)
            for limit, occasion in (
                (APPLICATIONS, self._application),
                (UNDECODABLE, self._undecodable),
                (UNRELEASED, self._unreleased),
                (NOT_RECOGNISED, self._not_recognised),
                (100, self._verification),
            ):
                if chance < limit:
                    placed += self._placed(occasion())
                    break
                chance -= limit
        placed.sort(key=lambda pair: pair[0])
        return [template for _, template in placed[:events]]

    def _placed(self, templates: list[Template]) -> Iterator[tuple[float, Template]]:
        """Somewhere in the generation, one after the other; now and then a copy behind."""
        for at, template in zip(sorted(self.random.random() for _ in templates), templates, strict=True):
            yield at, template
            if self.random.uniform(0, 100) < COPIES and template.expected == 0:
                late = self.random.random() < 0.5
                behind = at if late else min(1.0, at + 0.01 * self.random.random())
                yield behind, template._replace(lag=template.lag + late, expected=1)
            elif self.random.uniform(0, 100) < CONFLICTS and template.expected == 0:
                other = self._resalted(template.value)
                yield at, template._replace(lag=template.lag + 1, expected=2, value=other)

    def _resalted(self, value: bytes) -> bytes:
        source = 75 + 1 + value[75] // 2
        salt = source + 1 + value[source] // 2 + MADE_AT_BYTES
        return value[:salt] + self.random.randbytes(16) + value[salt + 16 :]

    # What provinces do

    def _verification(self) -> list[Template]:
        asking = self.random.choice(self.random.choice(self.askings))
        request = self._request(asking)
        found = [self._template(REQUESTED, request, version=self.random.choice((1, 2)))]
        if self.random.uniform(0, 100) < ANSWERED_OF_100:
            found.append(self._template(ANSWERED, self._answer(request), lag=LAG))
        return found

    def _application(self) -> list[Template]:
        applied = self._applied(self.random.choice(self.random.choice(self.applyings)))
        found = [
            self._template(SUBMITTED, applied),
            self._template(PROGRESSED, self._progress(applied, "RECEIVED")),
        ]
        states = self.random.choice((("TAKEN_OVER",), ("TAKEN_OVER", "ACCEPTED")))
        back = [self._progress(applied, state, back=True) for state in states]
        return found + [self._template(PROGRESSED, progress, lag=LAG) for progress in back]

    def _undecodable(self) -> list[Template]:
        asking = self.random.choice(self.random.choice(self.askings))
        whole = self._template(REQUESTED, self._request(asking), version=2)
        if self.random.random() < 0.5:
            return [whole._replace(value=whole.value[:-3], expected=3)]
        return [whole._replace(value=whole.value + b"\x00", expected=4)]

    def _unreleased(self) -> list[Template]:
        asking = self.random.choice(self.random.choice(self.askings))
        whole = self._template(REQUESTED, self._request(asking), version=2)
        frame = b"\x00" + UNKNOWN_SCHEMA.to_bytes(4, "big")
        return [whole._replace(value=frame + whole.value[5:], expected=5)]

    def _not_recognised(self) -> list[Template]:
        request = self._request(self.random.choice(self.random.choice(self.askings)))
        agreed = {one.licence_type for group in self.scene.askings[request["source"]] for one in group}
        others = sorted(set(self.definitions.licence_types) - agreed) or ["no-such-licence"]
        request["licence_type"] = self.random.choice(others)
        return [self._template(REQUESTED, request, version=self.random.choice((1, 2)), expected=6)]

    # What they write

    def _envelope(self, source: str, target: str, case_id: str) -> dict[str, Any]:
        digits = self.random.randbytes(16).hex()
        parts = ("00" + digits[2:8], digits[8:12], digits[12:16], digits[16:20], digits[20:])
        return {
            "event_id": "-".join(parts),
            "case_id": case_id,
            "source": source,
            "target": target,
            "made_at": MADE_AT,
            "salt": self.random.randbytes(16),
        }

    def _new_case(self, division: str) -> str:
        return f"{division}-2026-00{self.random.randrange(10**18):018}"

    def _request(self, asking: Asking) -> dict[str, Any]:
        rule, random = asking.rule, self.random
        licence = random.choice(self.scene.licences(asking))
        asker = self.definitions.regions[rule.recognising]
        basis = random.choice(sorted(rule.legal_bases))
        granted = [name for name in sorted(licence.values) if name in rule.fields]
        fields = random.sample(granted, k=min(len(granted), random.randint(2, 6)))
        claims = fields[: (len(fields) + 1) // 2]
        return self._envelope(asker.name, rule.issuing, self._new_case(asker.division)) | {
            "item": asking.item,
            "item_code": None,
            "licence_type": asking.licence_type,
            "licence_id": licence.id,
            "use_kind": random.choice(sorted(rule.use_kinds)),
            "purpose": random.choice(sorted(rule.purposes)),
            "legal_basis": basis,
            "consent_ref": self._consent(rule.consent_required, basis),
            "holder_type": licence.holder.type,
            "holder_code": licence.holder.code,
            "department": organisation_in(asker, rule.recognising_scope[0]),
            "officer": f"政务服务中心窗口{random.randint(1, 40)}",
            "fields": fields[len(claims) :],
            "claims": [{"field": name, "value": licence.values[name]} for name in claims],
            "parent": None,
            "use_text": "企业变更登记时核对营业执照，当场办理。" if random.random() < 0.5 else None,
        }

    def _consent(self, required: bool, basis: str) -> str | None:
        return f"consent/2026/{self.random.randrange(10**12):012}" if required or basis == "CONSENT" else None

    def _answer(self, request: dict[str, Any]) -> dict[str, Any]:
        asked = request["fields"] + [claim["field"] for claim in request["claims"]]
        return self._envelope(request["target"], request["source"], request["case_id"]) | {
            "in_reply_to": request["event_id"],
            "outcome": "MATCH_VALID",
            "licence_state": "VALID",
            "state_since": 18_000 + self.random.randint(0, 900),
            "raw_state": f"{self.random.randint(0, 99):02}",
            "trust_level": self.random.choice("AAB"),
            "source_at": MADE_AT - 60_000,
            "valid_until": MADE_AT + 86_400_000,
            "matched": [claim["field"] for claim in request["claims"]],
            "mismatched": [],
            "returned": [
                {"field": name, "value": f"浙江省杭州市示例街道{number}号"}
                for number, name in enumerate(asked)
            ],
            "successor_id": None,
        }

    def _applied(self, applying: Applying) -> dict[str, Any]:
        rule, random = applying.rule, self.random
        receiver = self.definitions.regions[rule.receiving]
        basis = random.choice(sorted(rule.legal_bases))
        item = self.definitions.items[applying.item]
        return self._envelope(receiver.name, rule.deciding, self._new_case(receiver.division)) | {
            "item": applying.item,
            "item_code": None,
            "mode": random.choice(sorted(rule.modes)),
            "handling": "PROMISED",
            "purpose": min(self.definitions.purposes),
            "legal_basis": basis,
            "consent_ref": self._consent(rule.consent_required, basis),
            "applicant_type": "111",
            "applicant_name": f"示例申请人{random.randint(1, 999_999)}",
            "applicant_code": person_number(receiver.division, random),
            "agent": None,
            "division": receiver.division,
            "local_number": f"{receiver.division}-{random.randint(1, 999_999):06}",
            "materials": [
                {"kind": "E_LICENCE", "licence_type": name, "reference": None, "digest": None}
                for name in item.materials
            ],
            "parent": None,
        }

    def _progress(self, applied: dict[str, Any], state: str, back: bool = False) -> dict[str, Any]:
        source, target = applied["source"], applied["target"]
        if back:
            source, target = target, source
        return self._envelope(source, target, applied["case_id"]) | {
            "state": state,
            "original_code": "0101",
            "reason": None,
            "legal_cause": None,
            "document_number": f"示例〔2026〕{self.random.randint(1, 9999)}号",
            "result_licence_id": None,
            "assist_reply": None,
            "promise_working_days": 5,
            "satisfaction": None,
        }

    def _template(
        self, contract: str, event: dict[str, Any], lag: int = 0, version: int = 1, expected: int = 0
    ) -> Template:
        body = io.BytesIO(self.frames[contract, version])
        body.seek(5)
        schemaless_writer(body, self.schemas[contract, version], event)
        return Template(self.topics.index(f"{event['source']}.outbox"), lag, expected, body.getvalue())


def _by_pair(found: dict[Any, list[list[Any]]], pair: Any) -> list[list[Any]]:
    """One list per directed pair, of everything its rules allow."""
    pairs: dict[Any, list[Any]] = {}
    for group in found.values():
        for some in group:
            for one in some:
                pairs.setdefault(pair(one), []).append(one)
    return [pairs[key] for key in sorted(pairs)]


def schemas() -> tuple[dict[tuple[str, int], bytes], dict[tuple[str, int], Schema]]:
    frames, schemas = {}, {}
    for path in sorted((ROOT / "avro").glob("*/v*.avsc")):
        schema = json.loads(path.read_text())
        key = (path.parent.name, int(path.stem[1:]))
        frames[key] = b"\x00" + schema_id(schema).to_bytes(4, "big")
        schemas[key] = parse_schema(_plain(schema))
    return frames, schemas


def _plain(schema: Any) -> Any:
    """Without logical types: the corpus speaks in milliseconds and days."""
    if isinstance(schema, dict):
        return {key: _plain(value) for key, value in schema.items() if key != "logicalType"}
    return [_plain(one) for one in schema] if isinstance(schema, list) else schema


def main() -> None:
    found = corpus()
    sizes = [len(template.value) for template in found.templates]
    kinds = Counter(template.value[1:5] for template in found.templates)
    names = {frame[1:]: f"{name} v{version}" for (name, version), frame in schemas()[0].items()}
    print(f"{len(sizes)} records a generation, sha256 {found.digest}")
    middle = sorted(sizes)[len(sizes) // 2]
    print(f"value bytes: mean {sum(sizes) / len(sizes):.0f}, median {middle}, max {max(sizes)}")
    for kind, count in kinds.most_common():
        own = [len(one.value) for one in found.templates if one.value[1:5] == kind]
        name = names.get(kind, "unknown schema id")
        print(f"  {count / len(sizes):6.1%} {name:40} mean {sum(own) / len(own):.0f} bytes")
    for code, count in sorted(Counter(one.expected for one in found.templates).items()):
        print(f"  {count / len(sizes):6.1%} {EXPECTED[code]}")
    print("  by outbox:", dict(sorted(Counter(found.topics[one.topic] for one in found.templates).items())))


if __name__ == "__main__":
    main()
