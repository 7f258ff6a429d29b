"""The table of hostile inputs through a running exchange: good events around each of them, and in a burst."""

import time
import urllib.request
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest
from confluent_kafka import KafkaError, Message, Producer

from gateway.definition_files import load
from gateway.definitions import Definitions
from gateway.errors import Reason
from gateway.messages import Outcome
from tests.conftest import Broker
from tests.gateways import Program, exchange, until, wait_for_entries
from tests.hostile.cases import CASES, Case
from tests.hostile.endings import Ending, Place, check, check_delivered, check_turned_away
from tests.hostile.publishing import Publisher, endings
from tests.hostile.scene import Made, Scene, Sent, definition_folders

BURST = 10_000
BURST_HOSTILE = BURST // 100


@pytest.fixture(scope="module")
def folders(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return definition_folders(tmp_path_factory.mktemp("definitions"))


@pytest.fixture(scope="module")
def hostile_definitions(folders: Path) -> Definitions:
    return load(folders)


class Stage:
    """One exchange over one broker, and the cases it is given."""

    def __init__(self, broker: Broker, definitions: Definitions) -> None:
        broker.fresh_topics(definitions.topics)
        self.broker = broker
        self.regions = [str(region) for region in definitions.regions]
        slots = 4 if broker.kind == "embedded" else 12
        self.scene = Scene(slots, now())
        self.publisher = Publisher(broker, slots)
        self.sent = 0

    def cases(self) -> list[Case]:
        return [case for case in CASES if self.broker.kind == "kafka" or not case.kafka_only]

    def publish(self, batch: list[Sent]) -> list[Place]:
        places = self.publisher.publish(batch, self.scene.now)
        self.sent += len(batch)
        return places

    def prepare(self, made: list[Made]) -> None:
        """Publish what comes before the hostile records, wait until it is decided, then until it is time."""
        places = {}
        for depth in range(max(len(each.before) for each in made)):
            groups = [(each, each.before[depth]) for each in made if len(each.before) > depth]
            batch = [(sent, each.reason_before) for each, group in groups for sent in group]
            lie = self.publish([sent for sent, _ in batch])
            places |= {place: reason for place, (_, reason) in zip(lie, batch, strict=True)}
            self.wait_for_all()
        for place, ending in self.endings().items():
            [(entry, _)] = ending.entries
            assert entry.reason == places[place]
        begins = now() + max(each.wait_ms for each in made)
        until(lambda: now() > begins, "the clock stands still")

    def wait_for_all(self) -> None:
        wait_for_entries(self.broker, self.sent)

    def endings(self) -> dict[Place, Ending]:
        return endings(self.broker, self.regions)


def now() -> int:
    return time.time_ns() // 1_000_000


def metrics_of(program: Program) -> str:
    port = program.environment["GATEWAY_METRICS__PORT"]
    with urllib.request.urlopen(f"http://127.0.0.1:{port}/metrics") as answer:
        text: str = answer.read().decode()
    return text


def test_each_hostile_input_ends_with_its_reason_and_its_neighbours_are_delivered(
    broker: Broker, hostile_definitions: Definitions, folders: Path, tmp_path: Path
) -> None:
    stage = Stage(broker, hostile_definitions)
    cases = stage.cases()
    made = [case.made(stage.scene) for case in cases]
    batch: list[Sent] = []
    for each in made:
        slot = each.hostile.partition(stage.scene.slots)
        before, after = (stage.scene.good(each.hostile.outbox, slot) for _ in range(2))
        batch += [before, each.hostile, after]
    with exchange(broker, tmp_path, GATEWAY_DEFINITIONS_ROOT=str(folders)) as running:
        stage.prepare(made)
        places = stage.publish(batch)
        stage.wait_for_all()
        wanted = {f'reason="{case.reason}"' for case in cases if case.reason}
        until(
            lambda: all(reason in metrics_of(running) for reason in wanted), "no operator sees every reason"
        )
        assert running.stop() == 0
    found = stage.endings()
    assert len(found) == stage.sent
    for number, case in enumerate(cases):
        trio = range(3 * number, 3 * number + 3)
        for index in trio:
            sent, place = batch[index], places[index]
            if index == trio[1]:
                check(case, sent, place, found[place])
            else:
                check_delivered(sent, place, found[place])


def test_one_hostile_event_in_a_hundred_harms_no_other(
    broker: Broker, hostile_definitions: Definitions, folders: Path, tmp_path: Path
) -> None:
    stage, draw = Stage(broker, hostile_definitions), Random(21)
    cases = stage.cases()
    kinds = cases + draw.choices(
        [case for case in cases if not case.kafka_only], k=BURST_HOSTILE - len(cases)
    )
    made = [case.made(stage.scene) for case in kinds]
    batch: list[tuple[Sent, Case | None]] = [
        (each.hostile, case) for each, case in zip(made, kinds, strict=True)
    ]
    good = [
        stage.scene.good("shanghai", draw.randrange(stage.scene.slots)) for _ in range(BURST - len(batch))
    ]
    batch += [(sent, None) for sent in good]
    draw.shuffle(batch)
    with exchange(broker, tmp_path, GATEWAY_DEFINITIONS_ROOT=str(folders)) as running:
        stage.prepare(made)
        places = stage.publish([sent for sent, _ in batch])
        stage.wait_for_all()
        assert running.stop() == 0
    found = stage.endings()
    assert len(found) == stage.sent
    for (sent, case), place in zip(batch, places, strict=True):
        if case is None:
            check_delivered(sent, place, found[place])
        else:
            check(case, sent, place, found[place])


def test_a_timestamp_beyond_all_calendars_harms_nobody_where_publishers_are_believed(
    embedded_broker: Broker, hostile_definitions: Definitions, folders: Path, tmp_path: Path
) -> None:
    stage = Stage(embedded_broker, hostile_definitions)
    before, stamped, after = (stage.scene.good("shanghai", 3) for _ in range(3))
    stamped = replace(stamped, stamp_ms=2**62)
    with exchange(embedded_broker, tmp_path, GATEWAY_DEFINITIONS_ROOT=str(folders)) as running:
        places = stage.publish([before, stamped, after])
        stage.wait_for_all()
        assert running.stop() == 0
    found = stage.endings()
    check_delivered(before, places[0], found[places[0]])
    check_turned_away(Outcome.REFUSED, Reason.STALE, (), stamped, found[places[1]])
    check_delivered(after, places[2], found[places[2]])


def test_a_batch_that_opens_to_more_than_the_client_takes_is_passed_over(
    kafka: Broker, hostile_definitions: Definitions, folders: Path, tmp_path: Path
) -> None:
    stage = Stage(kafka, hostile_definitions)
    before, after = stage.scene.good("shanghai", 3), stage.scene.good("shanghai", 3)
    with exchange(kafka, tmp_path, GATEWAY_DEFINITIONS_ROOT=str(folders)) as running:
        places = stage.publish([before])
        bomb = publish_as_one_batch(kafka, "shanghai.outbox", 3, [bytes(30_000_000)] * 4)
        stage.sent += 4
        places += stage.publish([after])
        stage.wait_for_all()
        assert running.stop() == 0
    assert "Invalid compressed data" in running.said(), "it was opened, and shows nothing"
    found = stage.endings()
    assert len(found) == stage.sent
    check_delivered(before, places[0], found[places[0]])
    check_delivered(after, places[1], found[places[1]])
    unread = Sent("shanghai", "", None)
    for offset in bomb:
        ending = found["shanghai.outbox", 3, offset]
        check_turned_away(Outcome.REFUSED, Reason.TOO_LARGE, ("it was not read",), unread, ending)


def publish_as_one_batch(kafka: Broker, topic: str, partition: int, values: list[bytes]) -> list[int]:
    """Publish these in one compressed batch; returns their offsets."""
    offsets: list[int] = []

    def note(error: KafkaError | None, message: Message) -> None:
        assert error is None, error
        offsets.append(message.offset() or 0)

    large = 1_000_000_000
    sizes = {"message.max.bytes": large, "batch.size": large, "queue.buffering.max.kbytes": 2_000_000}
    producer = Producer({**kafka.kafka, **sizes, "compression.type": "zstd", "linger.ms": 3000})
    for value in values:
        producer.produce(topic, value, b"", partition, on_delivery=note)
    assert producer.flush(60) == 0
    return offsets


def test_an_event_of_16_mb_does_not_get_in(kafka: Broker, hostile_definitions: Definitions) -> None:
    kafka.fresh_topics(hostile_definitions.topics)
    errors: list[KafkaError | None] = []

    def note(error: KafkaError | None, message: Message) -> None:
        errors.append(error)

    producer = Producer({**kafka.kafka, "message.max.bytes": 64_000_000})
    producer.produce("shanghai.outbox", bytes(16 * 1024 * 1024), on_delivery=note)
    assert producer.flush(30) == 0
    [error] = errors
    assert error is not None
    assert error.code() == KafkaError.MSG_SIZE_TOO_LARGE
