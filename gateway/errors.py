"""Whose fault it is, where, what was expected and found, and what to do.

`DefinitionError`  our files: refuse to start, or keep the last good definitions.
`Refused`          this message: tell its sender, go on. Caught in `pipeline` and nowhere else.
`BrokerFault`      the surroundings: commit nothing, retry or stop.
Anything else is a bug: commit nothing, crash loudly.

The reason codes are one closed list (docs/reasons.md is printed from it). Their order is the order
of the checks: the first failure gives the code, so two builds agree.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Reason(StrEnum):
    """Why a record was not delivered, in the order in which the checks run."""

    # frame
    EMPTY_VALUE = "empty-value"
    BAD_FRAME = "bad-frame"
    TOO_LARGE = "too-large"
    # schema
    UNKNOWN_SCHEMA = "unknown-schema"
    SCHEMA_NOT_FOR_TOPIC = "schema-not-for-topic"
    # decode
    MALFORMED = "malformed"
    TRAILING_BYTES = "trailing-bytes"
    OVER_LIMIT = "over-limit"
    BAD_ENUM = "bad-enum"
    BAD_UNION = "bad-union"
    BAD_VARINT = "bad-varint"
    BAD_BOOLEAN = "bad-boolean"
    BAD_UTF8 = "bad-utf8"
    DUPLICATE_KEY = "duplicate-key"
    # value
    OUT_OF_RANGE = "out-of-range"
    NOT_A_NUMBER = "not-a-number"
    BAD_IDENTIFIER = "bad-identifier"
    # origin
    WRONG_SOURCE = "wrong-source"
    WRONG_PARTITION = "wrong-partition"
    # repeat
    REPEAT = "repeat"
    CONFLICT = "conflict"
    # time
    STALE = "stale"
    CLOCK_AHEAD = "clock-ahead"
    # address
    UNKNOWN_ADDRESSEE = "unknown-addressee"
    NO_AGREEMENT = "no-agreement"
    PURPOSE_NOT_AGREED = "purpose-not-agreed"
    FIELD_NOT_AGREED = "field-not-agreed"
    CONSENT_MISSING = "consent-missing"
    OVER_QUOTA = "over-quota"
    NOT_RECOGNISED = "not-recognised"
    # case
    NO_REQUEST = "no-request"
    NOT_ADDRESSEE = "not-addressee"
    NOT_A_PARTY = "not-a-party"
    ALREADY_ANSWERED = "already-answered"
    DEADLINE_PASSED = "deadline-passed"
    AFTER_DELIVERY = "after-delivery"
    ILLEGAL_TRANSITION = "illegal-transition"
    # ours
    SCHEMA_UNAVAILABLE = "schema-unavailable"
    RULE_FAULT = "rule-fault"
    CRASH_LOOP = "crash-loop"


class RuleRef:
    """The rule that made a decision: its id and version, and its place in the agreement, file:line."""

    __slots__ = ("id", "place", "version")

    def __init__(self, id: str, version: int, place: str = "") -> None:
        self.id = id
        self.version = version
        self.place = place

    def __str__(self) -> str:
        return f"{self.id}@{self.version}"


class Refused(Exception):
    """The message is wrong, or the agreement says no; it is answered to its sender.

    reason: one code of the closed list.
    detail: one sentence of expected and found. It never holds a personal value: names of fields,
        byte positions, codes and dates only.
    rule: the rule that said no, where one did.
    allowed: the states that could follow, after an illegal transition.
    chinese: the same sentence in Chinese.
    """

    def __init__(
        self,
        reason: Reason,
        detail: str,
        rule: RuleRef | None = None,
        allowed: tuple[str, ...] = (),
        chinese: str = "",
    ) -> None:
        super().__init__(f"{reason.value}: {detail}")
        self.reason = reason
        self.detail = detail
        self.rule = rule
        self.allowed = allowed
        self.chinese = chinese or detail


class CoreFault(Exception):
    """A bug of ours: deciding the record at this position raised. Commit nothing, crash loudly."""

    def __init__(self, topic: str, partition: int, offset: int) -> None:
        super().__init__(
            f"{topic}[{partition}]@{offset}: deciding this record raised; this is a bug of the gateway"
        )
        self.position = (topic, partition, offset)


class BrokerFault(Exception):
    """The surroundings failed: nothing was committed; what was read will be read again."""


@dataclass(frozen=True)
class Finding:
    """One problem in a definition file.

    path is relative to the definitions root; line and column count from 1. code: what kind of problem it
    is (docs/findings.md). hint: what to do about all of that kind.
    """

    path: str
    line: int
    column: int
    message: str
    code: str
    hint: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


class DefinitionError(Exception):
    """Our own files are wrong; `findings` holds every problem of one run, in file order."""

    def __init__(self, findings: tuple[Finding, ...]) -> None:
        super().__init__("\n".join(str(finding) for finding in findings))
        self.findings: Final = findings
