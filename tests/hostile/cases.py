"""The hostile inputs, one row each: number, input, what must come of it, how it is made.

`CASES` are records; each ends delivered (reason None), as a duplicate (`repeat`), refused, or, in the
gateway's own outbox, quarantined. `SCHEMAS` never reach the wire: the lint refuses them. `ELSEWHERE` says
where the numbers are that stand in neither. A number with several forms has several rows.
docs/hostile.md is printed from here.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from gateway.codec import Claim
from gateway.errors import Reason
from gateway.messages import Outcome
from tests.hostile.scene import Made, Scene, Sent, frame, sent, with_body, with_bytes
from tests.hostile.spans import varint

HOUR: Final = 3_600_000
DAY: Final = 24 * HOUR
KIB: Final = 1024
BELIEVES_PUBLISHERS: Final = "the embedded broker has no clock of its own: it takes the publisher's timestamp"


@dataclass(frozen=True)
class Case:
    """One input and what must come of it.

    reason: None where the event is delivered all the same. alarm: the alert of ops/prometheus/rules.yml that
    an operator sees. says: words the receipt must hold. kafka_only: why the embedded broker cannot show it.
    """

    number: int
    input: str
    reason: Reason | None
    made: Callable[[Scene], Made]
    alarm: str = ""
    says: tuple[str, ...] = ()
    kafka_only: str = ""
    quarantined: bool = False

    @property
    def outcome(self) -> Outcome:
        if self.quarantined:
            return Outcome.QUARANTINED
        if self.reason is None:
            return Outcome.DELIVERED
        return Outcome.DUPLICATE if self.reason is Reason.REPEAT else Outcome.REFUSED

    def __str__(self) -> str:
        return f"{self.number:02} {self.input}"


@dataclass(frozen=True)
class SchemaCase:
    """A field that the lint refuses, wherever it stands in a schema; `words` are in what it says."""

    number: int
    input: str
    field: dict[str, Any]
    words: str

    def __str__(self) -> str:
        return f"{self.number:02} {self.input}"


# ── how they are made ────────────────────────────────────────────────────────────────────────────

Make = Callable[[Scene], Made]


def raw(value: bytes | None) -> Make:
    """A record with this value."""
    return lambda scene: Made(Sent("shanghai", scene.case_id(), value))


def body(spoil: Callable[[bytes], bytes]) -> Make:
    """A good request with its body spoilt."""
    return lambda scene: Made(with_body(sent(scene.request()), spoil))


def wire(path: str, kind: str, new: bytes) -> Make:
    """A good request with other bytes in the place of one value."""
    return lambda scene: Made(with_bytes(scene.request(), path, kind, new))


def request(**changed: Any) -> Make:
    """A request of Shanghai to Zhejiang with other values."""
    return lambda scene: Made(sent(scene.request(**changed)))


def made_at(milliseconds: int, stamp_ms: int | None = None) -> Make:
    """A request made so long after now; and its record stamped so."""
    return lambda scene: Made(sent(scene.request(made_at=scene.now + milliseconds), stamp_ms=stamp_ms))


def headers(*pairs: tuple[str, bytes]) -> Make:
    return lambda scene: Made(sent(scene.request(), headers=pairs))


def under_another_id(contract: str, version: int) -> Make:
    """A request that says it is of another contract."""

    def make(scene: Scene) -> Made:
        good = sent(scene.request())
        return Made(Sent("shanghai", good.case_id, frame(contract, version) + (good.value or b"")[5:]))

    return make


def large(size: int, compression: str = "none") -> Make:
    """The frame of a request and so many bytes of nothing."""
    value = frame("licence-verification-requested", 2) + bytes(size)
    return lambda scene: Made(Sent("shanghai", scene.case_id(), value, compression=compression))


def from_gateway(path: str, kind: str, new: bytes) -> Make:
    """An event of the gateway itself, in its own outbox, with other bytes in the place of one value."""
    return lambda scene: Made(with_bytes(scene.receipt(scene.case_id("gateway")), path, kind, new))


def answer_with(path: str, kind: str, new: bytes) -> Make:
    """An answer of Zhejiang with other bytes in the place of one value."""

    def make(scene: Scene) -> Made:
        return Made(with_bytes(scene.answer(scene.request(), state_since=0), path, kind, new))

    return make


def progress_with(path: str, kind: str, new: bytes) -> Make:
    def make(scene: Scene) -> Made:
        event = scene.progress(scene.case_id(), "ACCEPTED", "zhejiang", "shanghai", promise_working_days=5)
        return Made(with_bytes(event, path, kind, new))

    return make


def again(beside: int = 0, **changed: Any) -> Make:
    """A request that was delivered, once more: the same bytes, or with other values under the same id."""

    def make(scene: Scene) -> Made:
        first = scene.request()
        same = {"event_id": first.event_id, "case_id": first.case_id}
        second = scene.request(**same, **changed) if changed else first
        return Made(sent(second, beside=beside), before=((sent(first),),))

    return make


def refused_again(scene: Scene) -> Made:
    """A request that was refused, once more: its first outcome stands, and no second receipt is sent."""
    first = sent(scene.request(purpose="curiosity"))
    return Made(first, before=((first,),), reason_before=Reason.PURPOSE_NOT_AGREED)


def in_another_s_name(scene: Scene) -> Made:
    event = scene.request("zhejiang", case_id=scene.case_id("shanghai"))
    return Made(sent(event, outbox="shanghai"))


def answer_nobody_asked_for(scene: Scene) -> Made:
    return Made(sent(scene.answer(scene.request())))


def answer_of_one_not_asked(scene: Scene) -> Made:
    """Shanghai asks Zhejiang, Anhui answers."""
    asked = scene.request()
    return Made(sent(scene.answer(asked, source="anhui")), before=((sent(asked),),))


def progress_by_a_third(scene: Scene) -> Made:
    """An application of Shanghai to Zhejiang; Anhui says it took it over."""
    applied = scene.application()
    event = scene.progress(applied.case_id, "TAKEN_OVER", "anhui", "shanghai")
    return Made(sent(event), before=((sent(applied),),))


def second_answer(same_event: bool) -> Make:
    def make(scene: Scene) -> Made:
        asked = scene.request()
        first = scene.answer(asked)
        second = first if same_event else scene.answer(asked)
        return Made(sent(second), before=((sent(asked),), (sent(first),)))

    return make


def late_answer(scene: Scene) -> Made:
    """Shanghai asks Anhui, whose rule gives one second; the answer arrives two seconds after the request."""
    asked = scene.request(target="anhui")
    return Made(sent(scene.answer(asked)), before=((sent(asked),),), wait_ms=2000)


def withdrawn_after_delivery(scene: Scene) -> Made:
    applied = scene.application()
    case_id = applied.case_id
    received = scene.progress(case_id, "RECEIVED", "shanghai", "zhejiang")
    steps = ("TAKEN_OVER", "ACCEPTED", "IN_REVIEW", "APPROVED", "DELIVERED")
    decided = tuple(sent(scene.progress(case_id, step, "zhejiang", "shanghai")) for step in steps)
    withdrawn = scene.progress(case_id, "WITHDRAWN", "shanghai", "zhejiang")
    return Made(sent(withdrawn), before=((sent(applied), sent(received)), decided))


FORGED: Final = ("gateway", b"1 zhejiang.outbox 0 0 0 1 yes shanghai-accepts-everything@1 1")

# fmt: off
CASES: Final = (
    Case(1, "no value (a tombstone)", Reason.EMPTY_VALUE, raw(None)),
    Case(1, "a value of no bytes", Reason.EMPTY_VALUE, raw(b"")),
    Case(2, "magic byte 1 instead of 0", Reason.BAD_FRAME, raw(b"\x01\x00\x00\x00\x01x")),
    Case(3, "a frame of 3 bytes", Reason.BAD_FRAME, raw(b"\x00\x0e\x16")),
    Case(4, "a schema id that nobody released", Reason.UNKNOWN_SCHEMA, raw(b"\x00\x7f\xff\xff\xffx")),
    Case(6, "the schema id of a ledger entry", Reason.SCHEMA_NOT_FOR_TOPIC,
         under_another_id("ledger-entry", 1)),
    Case(6, "the schema id of a receipt, which only the gateway writes", Reason.SCHEMA_NOT_FOR_TOPIC,
         under_another_id("event-receipt", 1)),
    Case(6, "the schema id of another contract that regions may write", Reason.BAD_ENUM,
         under_another_id("application-submitted", 1)),
    Case(7, "a record cut short", Reason.MALFORMED, body(lambda body: body[:-3])),
    Case(7, "a frame without a record", Reason.MALFORMED, body(lambda body: b"")),
    Case(8, "one byte after the record", Reason.TRAILING_BYTES, body(lambda body: body + b"\x00")),
    Case(8, "a second record after the record", Reason.TRAILING_BYTES, body(lambda body: body + body)),
    Case(9, "a text of length -1", Reason.MALFORMED, wire("officer", "length", varint(-1))),
    Case(10, "a text of length 2^40", Reason.MALFORMED, wire("officer", "length", varint(2**40))),
    Case(11, "a list that counts 20 million items in 4 bytes", Reason.MALFORMED,
         wire("claims", "array", varint(20_000_000))),
    Case(12, "a list that counts 2^40 items", Reason.MALFORMED, wire("claims", "array", varint(2**40))),
    Case(12, "a list that counts -2^63 items of 0 bytes", Reason.MALFORMED,
         wire("claims", "array", varint(-(2**63)) + varint(0))),
    Case(13, "a list of 33 items, all of them there, where 32 are allowed", Reason.OVER_LIMIT,
         wire("fields", "array", varint(33) + b"\x02a" * 33 + b"\x00")),
    Case(13, "33 blocks of one item each", Reason.OVER_LIMIT,
         wire("fields", "array", b"\x02\x02a" * 33 + b"\x00")),
    Case(15, "enum index -1", Reason.BAD_ENUM, wire("use_kind", "symbol", varint(-1))),
    Case(16, "enum index 5 of 5", Reason.BAD_ENUM, wire("use_kind", "symbol", varint(5))),
    Case(16, "enum index 2^40", Reason.BAD_ENUM, wire("use_kind", "symbol", varint(2**40))),
    Case(17, "union index -1", Reason.BAD_UNION, wire("item_code", "branch", varint(-1))),
    Case(17, "union index 2 of 2", Reason.BAD_UNION, wire("item_code", "branch", varint(2))),
    Case(18, "a varint of 20 bytes", Reason.BAD_VARINT, wire("made_at", "number", b"\x80" * 19 + b"\x01")),
    Case(18, "a varint padded with zero groups", Reason.BAD_VARINT,
         wire("use_kind", "symbol", b"\x84\x80\x80\x00")),
    Case(19, "an int that holds 2^40", Reason.OUT_OF_RANGE,
         progress_with("promise_working_days", "number", varint(2**40))),
    Case(20, "boolean byte 7, in an event of the gateway (no region writes a boolean)", Reason.BAD_BOOLEAN,
         from_gateway("resend", "boolean", b"\x07"), quarantined=True, alarm="Quarantined"),
    Case(21, "a text that is not UTF-8", Reason.BAD_UTF8, wire("officer", "sized", b"\x04\xff\xfe")),
    Case(21, "half of a surrogate pair", Reason.BAD_UTF8, wire("officer", "sized", b"\x06\xed\xa0\x80")),
    Case(21, "NUL written in two bytes", Reason.BAD_UTF8, wire("officer", "sized", b"\x04\xc0\x80")),
    Case(23, "made in the year 300000", Reason.OUT_OF_RANGE,
         wire("made_at", "number", varint(9_404_834_400_000_000))),
    Case(23, "a date in the year 300000", Reason.OUT_OF_RANGE,
         answer_with("state_since", "number", varint(108_852_500))),
    Case(24, "1 000 bytes where 128 are allowed", Reason.OVER_LIMIT,
         wire("officer", "sized", varint(1000) + b"9" * 1000)),
    Case(25, "one key twice in a list of pairs", Reason.DUPLICATE_KEY,
         request(claims=(Claim("name", "A"), Claim("name", "B")))),
    Case(26, "NUL in an id", Reason.BAD_IDENTIFIER, request(event_id="e\x00-1")),
    Case(26, "a right-to-left override in an id", Reason.BAD_IDENTIFIER, request(event_id="e\u202e1")),
    Case(26, "a character of no width in an id", Reason.BAD_IDENTIFIER, request(event_id="e\u200b1")),
    Case(26, "a Cyrillic letter that looks like s in the source", Reason.BAD_IDENTIFIER,
         wire("source", "sized", varint(9) + "\u0455hanghai".encode())),
    Case(26, "a wide letter in a region's name", Reason.BAD_IDENTIFIER, request(target="zhejian\uff47")),
    Case(27, "a body of 70 000 bytes, over the cap of its contract", Reason.TOO_LARGE, large(70_000)),
    Case(27, "20 KB that open to a record of 20 MB", Reason.TOO_LARGE, large(20 * KIB * KIB, "zstd"),
         kafka_only="the embedded broker keeps 5 MB per partition"),
    Case(28, "an exact copy", Reason.REPEAT, again()),
    Case(28, "an exact copy on another partition", Reason.WRONG_PARTITION, again(beside=1)),
    Case(28, "an exact copy of a refused event", Reason.REPEAT, refused_again),
    Case(29, "another body under a known id", Reason.CONFLICT, again(officer="other"), alarm="Conflict"),
    Case(30, "a valid event of last month", Reason.STALE, made_at(-30 * DAY)),
    Case(30, "the same, its record stamped last month", Reason.STALE, made_at(-30 * DAY, -30 * DAY),
         kafka_only=BELIEVES_PUBLISHERS),
    Case(31, "made 3 hours ahead", Reason.CLOCK_AHEAD, made_at(3 * HOUR), alarm="ClockAhead"),
    Case(31, "the same, its record stamped 3 hours ahead", Reason.CLOCK_AHEAD, made_at(3 * HOUR, 3 * HOUR),
         alarm="ClockAhead", kafka_only=BELIEVES_PUBLISHERS),
    Case(32, "source Zhejiang in Shanghai's outbox", Reason.WRONG_SOURCE, in_another_s_name,
         alarm="WrongSource"),
    Case(33, "a target without agreement", Reason.NO_AGREEMENT, request(target="fujian")),
    Case(33, "the source itself as target", Reason.NO_AGREEMENT, request(target="shanghai")),
    Case(34, "a target that does not exist", Reason.UNKNOWN_ADDRESSEE, request(target="nowhere")),
    Case(34, "the gateway as target", Reason.UNKNOWN_ADDRESSEE, request(target="gateway")),
    Case(34, 'target "../"', Reason.BAD_IDENTIFIER, request(target="../")),
    Case(34, 'target "zhejiang.inbox"', Reason.BAD_IDENTIFIER, request(target="zhejiang.inbox")),
    Case(34, 'target "*"', Reason.BAD_IDENTIFIER, request(target="*")),
    Case(34, "a target of 300 characters", Reason.OVER_LIMIT,
         wire("target", "sized", varint(300) + b"z" * 300)),
    Case(37, "10 000 headers", Reason.OVER_LIMIT, headers(*[("h", b"")] * 10_000)),
    Case(37, "33 headers", Reason.OVER_LIMIT, headers(*[("h", b"")] * 33)),
    Case(37, "one header of 9 000 bytes", Reason.OVER_LIMIT, headers(("h", bytes(9000)))),
    Case(37, "a header whose name is not UTF-8", Reason.BAD_UTF8,
         lambda scene: Made(sent(scene.request(), odd_header=True))),
    Case(37, "a forged gateway header", None, headers(FORGED)),
    Case(37, "the gateway header twice, with others around it", None,
         headers(("a", b"1"), FORGED, FORGED, ("z", b"\xff"))),
    Case(38, "an answer without a request", Reason.NO_REQUEST, answer_nobody_asked_for),
    Case(38, "an answer by a region that was not asked", Reason.NOT_ADDRESSEE, answer_of_one_not_asked,
         alarm="ForeignToCase"),
    Case(38, "progress by a third region", Reason.NOT_A_PARTY, progress_by_a_third, alarm="ForeignToCase"),
    Case(38, "the same answer again", Reason.REPEAT, second_answer(same_event=True)),
    Case(38, "a second answer", Reason.ALREADY_ANSWERED, second_answer(same_event=False)),
    Case(39, "an answer a second after its time", Reason.DEADLINE_PASSED, late_answer,
         says=("was due by ", " and arrived ")),
    Case(39, "withdrawn after it was delivered", Reason.AFTER_DELIVERY, withdrawn_after_delivery),
)


def field(type_: Any, **more: Any) -> dict[str, Any]:
    return {"name": "sample", "type": type_, "class": "fact", "doc": "A sample. 示例", **more}


def array(items: Any, **more: Any) -> dict[str, Any]:
    return field({"type": "array", "items": items}, **more)


NODE: Final = {"type": "record", "name": "Node", "fields": [field(["null", "Node"])]}
EMPTY_RECORD: Final = {"type": "record", "name": "Empty", "fields": []}
EMPTY_FIXED: Final = {"type": "fixed", "name": "None", "size": 0}
MAP: Final = {"type": "map", "values": "boolean"}
DECIMAL: Final = {"type": "bytes", "logicalType": "decimal", "precision": 2405}

SCHEMAS: Final = (
    SchemaCase(11, "a list of nulls: 20 million of them in 5 bytes", array("null", maxItems=9), "(rule 2)"),
    SchemaCase(12, "a list without a limit: 2^40 items", array("boolean"), "(rule 3)"),
    SchemaCase(13, "a list of empty records", array(EMPTY_RECORD, maxItems=9), "(rule 2)"),
    SchemaCase(13, "a list of fixed of size 0", array(EMPTY_FIXED, maxItems=9), "(rule 2)"),
    SchemaCase(14, "a record inside itself, 10 000 levels", field(NODE), "(rule 1)"),
    SchemaCase(22, "a float a rule may read: NaN or infinity", field("double"), "(rule 10)"),
    SchemaCase(24, "a decimal of 1 000 bytes", field(DECIMAL, maxLength=1000), "(rule 10)"),
    SchemaCase(25, "a map: one key twice", field(MAP, maxItems=9), "(rule 3)"),
)

ELSEWHERE: Final = (
    (5, "a schema id that only the registry knows, which is away",
     "its topic-partition waits, then quarantined `schema-unavailable`: tests/broker/test_registry.py"),
    (27, "an event of 16 MB", "no record, no entry: the broker takes no batch above `max_message_bytes` (K)"),
    (27, "4 records in 8 KB that open to 120 MB, more than the client takes",
     "each refused `too-large`, unread; its neighbours delivered (K)"),
    (35, "an event, its key revoked or expired", "events are not signed yet"),
    (36, "an event: signature of other bytes, algorithm `none`, unknown key", "events are not signed yet"),
)
# fmt: on
