"""The Kafka topics as wanted: one file each, or one for all regions where the name holds `<region>`.

What hangs together is checked here, because a wrong number costs data: slots need equal partitions,
arrival time needs LogAppendTime, the ledger is kept for good, nobody else writes a region's outbox.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Annotated, Final

from pydantic import Field

from gateway.definition_files.codes import Code
from gateway.definition_files.entries import Entry
from gateway.definition_files.fields import Form, OneOf, Sentence
from gateway.definitions import RegionName, Topic
from gateway.errors import Finding

EACH_REGION: Final = "<region>"
OUTBOX: Final = "<region>.outbox"
INBOX: Final = "<region>.inbox"
RECEIPTS: Final = "<region>.receipts"
GATEWAY_OUTBOX: Final = "gateway.outbox"
LEDGER: Final = "gateway.ledger"
STATE: Final = "gateway.state"
QUARANTINE: Final = "gateway.quarantine"
FAULTS: Final = "gateway.projection-faults"
CASES: Final = "gateway.cases"
PAIR_HOURS: Final = "gateway.pair-hours"

TOPICS: Final = (
    OUTBOX,
    INBOX,
    RECEIPTS,
    GATEWAY_OUTBOX,
    LEDGER,
    STATE,
    QUARANTINE,
    FAULTS,
    CASES,
    PAIR_HOURS,
)
PRINCIPALS: Final = ("line", "projection", "auditor", "quarantine-reader", "operator")
"""Who may read or write besides a region itself: the exchange is the line."""

SLOT_TOPICS: Final = (GATEWAY_OUTBOX, OUTBOX, LEDGER, STATE, CASES, PAIR_HOURS)
"""Partition p of each of these belongs to slot p; the first says how many slots there are."""
HANDED_TOPICS: Final = (INBOX, RECEIPTS, QUARANTINE)
"""What slot p hands over lies on partition p modulo theirs: that of the case, if theirs divide the slots."""

ENVELOPE_BYTES: Final = 4096
"""What frame, key, headers and Kafka's own batch may add to a body; they need about 300."""

_DAY: Final = 86_400_000


@dataclass(frozen=True)
class Duty:
    """What a topic must be whatever its file says. least_days: None if it is kept for good."""

    writers: tuple[str, ...]
    readers: tuple[str, ...]
    least_days: int | None
    cleanup: str = "delete"


_DUTIES: Final[Mapping[str, Duty]] = {
    OUTBOX: Duty((EACH_REGION,), ("line",), least_days=8),
    INBOX: Duty(("line",), (EACH_REGION,), least_days=8),
    RECEIPTS: Duty(("line",), (EACH_REGION,), least_days=8),
    GATEWAY_OUTBOX: Duty(("projection",), ("line",), least_days=35),
    LEDGER: Duty(("line",), ("line", "projection", "auditor"), least_days=None),
    STATE: Duty(("line",), ("line",), least_days=None, cleanup="compact"),
    QUARANTINE: Duty(("line",), ("quarantine-reader",), least_days=None),
    FAULTS: Duty(("projection",), ("auditor",), least_days=35),
    CASES: Duty(("projection",), ("projection",), least_days=None, cleanup="compact"),
    PAIR_HOURS: Duty(("projection",), ("projection",), least_days=None, cleanup="compact"),
}

Principal = Annotated[str, OneOf("principal", (EACH_REGION, *PRINCIPALS))]


class TopicForm(Form):
    """A Kafka topic as wanted, or one for each region."""

    name: Annotated[str, OneOf("topic", TOPICS)] = Field(
        description='the name of the topic; "<region>" stands for the name of each region'
    )
    purpose: Sentence = Field(description="one sentence: what the topic holds")
    key: Annotated[str, OneOf("key", ("case id", "state key", "row key"))] = Field(
        description="the key of its records"
    )
    partitions: int = Field(ge=1, le=1000, description="how many partitions; never changed in a topic's life")
    replication: int = Field(ge=1, le=9, description="how many copies the cluster keeps")
    cleanup: Annotated[str, OneOf("cleanup", ("delete", "compact"))] = Field(
        description="delete by age, or keep the newest record of each key"
    )
    retention_days: Annotated[int, Field(ge=1, le=36_500)] | None = Field(
        description="how many days records are kept; null keeps them for good"
    )
    timestamps: Annotated[str, OneOf("timestamp type", ("LogAppendTime", "CreateTime"))] = Field(
        description="whose clock dates a record: the broker's (LogAppendTime) or the writer's"
    )
    min_insync_replicas: int = Field(ge=1, le=9, description="how many copies must confirm a record")
    max_message_bytes: int = Field(ge=1024, le=16_777_216, description="the largest batch of records")
    writers: tuple[Principal, ...] = Field(min_length=1, description="who may write")
    readers: tuple[Principal, ...] = Field(min_length=1, description="who may read")
    why: Sentence = Field(description="one sentence: why these numbers")
    source: Sentence = Field(description="where this entry comes from")


def file_of(name: str) -> str:
    """The file that defines a topic: `<region>.outbox` stands in topics/region.outbox.yaml."""
    return f"topics/{name.replace('<', '').replace('>', '')}.yaml"


def check(topics: tuple[Entry[TopicForm], ...], largest_body: int) -> Iterator[Finding]:
    """Hold each topic against its duty, and the topics of a slot against one another.

    largest_body: bytes of the largest body that a contract allows.
    """
    outbox = next((topic.form for topic in topics if topic.form.name == OUTBOX), None)
    for topic in topics:
        yield from _check_duty(topic, _DUTIES[topic.form.name])
        yield from _check_numbers(topic, slots(topics), outbox, largest_body)


def slots(topics: tuple[Entry[TopicForm], ...]) -> int | None:
    """How many slots there are: the partitions of `gateway.outbox`, if its file could be read."""
    return next((topic.form.partitions for topic in topics if topic.form.name == GATEWAY_OUTBOX), None)


def _check_duty(topic: Entry[TopicForm], duty: Duty) -> Iterator[Finding]:
    form = topic.form
    if topic.document.path != file_of(form.name):
        yield topic.finding(
            f"topic {form.name} belongs in {file_of(form.name)}.", "name", code=Code.WRONG_PLACE
        )
    for key, found, wanted in (
        ("writers", form.writers, duty.writers),
        ("readers", form.readers, duty.readers),
    ):
        if set(found) != set(wanted):
            yield topic.finding(
                f"{key} of {form.name} are exactly {', '.join(wanted)}.", key, code=Code.TOPIC_DUTY
            )
    if form.cleanup != duty.cleanup:
        yield topic.finding(
            f"cleanup of {form.name} must be {duty.cleanup}.", "cleanup", code=Code.TOPIC_DUTY
        )
    if duty.least_days is None and form.retention_days is not None:
        yield topic.finding(
            f"{form.name} is kept for good; write null.", "retention_days", code=Code.TOPIC_DUTY
        )
    if duty.least_days is not None and (form.retention_days or duty.least_days) < duty.least_days:
        yield topic.finding(
            f"{form.name} is kept at least {duty.least_days} days.", "retention_days", code=Code.TOPIC_DUTY
        )


def _check_numbers(
    topic: Entry[TopicForm], wanted: int | None, outbox: TopicForm | None, largest_body: int
) -> Iterator[Finding]:
    form = topic.form
    if form.name in SLOT_TOPICS and wanted is not None and form.partitions != wanted:
        yield topic.finding(
            f"{form.partitions} differs from the {wanted} of {GATEWAY_OUTBOX}; "
            "a slot is the same partition of all its topics.",
            "partitions",
            code=Code.TOPIC_DUTY,
        )
    if form.name in HANDED_TOPICS and wanted is not None and wanted % form.partitions:
        yield topic.finding(
            f"{form.partitions} does not divide the {wanted} of {GATEWAY_OUTBOX}; "
            "a case would not lie where its key says.",
            "partitions",
            code=Code.TOPIC_DUTY,
        )
    if form.name in (OUTBOX, GATEWAY_OUTBOX) and form.timestamps != "LogAppendTime":
        yield topic.finding(
            "it must be LogAppendTime: decisions hang on the time of arrival.",
            "timestamps",
            code=Code.TOPIC_DUTY,
        )
    if form.min_insync_replicas > form.replication:
        yield topic.finding(
            f"{form.replication} copies can never confirm it.", "min_insync_replicas", code=Code.TOPIC_DUTY
        )
    least = largest_body + ENVELOPE_BYTES
    if form.name == QUARANTINE and outbox is not None:
        least = outbox.max_message_bytes + ENVELOPE_BYTES  # it takes whatever an outbox took
    if form.max_message_bytes < least:
        yield topic.finding(
            f"at least {least} are needed for the largest record.", "max_message_bytes", code=Code.TOPIC_DUTY
        )


def expanded(form: TopicForm, regions: Iterable[RegionName]) -> Iterator[Topic]:
    """The topics a file stands for: one, or one for each region."""
    if EACH_REGION not in form.name:
        yield _topic(form, "")
        return
    for region in regions:
        yield _topic(form, region)


def _topic(form: TopicForm, region: str) -> Topic:
    retention = -1 if form.retention_days is None else form.retention_days * _DAY
    return Topic(
        name=form.name.replace(EACH_REGION, region),
        purpose=form.purpose,
        key=form.key,
        partitions=form.partitions,
        replication=form.replication,
        config=(
            ("cleanup.policy", form.cleanup),
            ("max.message.bytes", str(form.max_message_bytes)),
            ("message.timestamp.type", form.timestamps),
            ("min.insync.replicas", str(form.min_insync_replicas)),
            ("retention.ms", str(retention)),
        ),
        writers=tuple(who.replace(EACH_REGION, region) for who in form.writers),
        readers=tuple(who.replace(EACH_REGION, region) for who in form.readers),
    )
