"""Topics on real Kafka: what is planned is applied, and then there is nothing left to plan."""

from dataclasses import replace

import pytest
from confluent_kafka.admin import AdminClient

from gateway.broker import apply, brokers, connect, found, overridden, plan, slots
from gateway.definitions import Topic
from gateway.errors import BrokerFault
from tests.conftest import Broker, until

DAY_MS = 86_400_000

LEASE = Topic(
    name="gateway.outbox",
    purpose="what the gateway says of itself",
    key="case id",
    partitions=12,
    replication=3,
    config=(
        ("cleanup.policy", "delete"),
        ("max.message.bytes", "1048588"),
        ("message.timestamp.type", "LogAppendTime"),
        ("min.insync.replicas", "2"),
        ("retention.ms", str(35 * DAY_MS)),
    ),
    writers=("projection",),
    readers=("line",),
)
STATE = replace(LEASE, name="gateway.state", config=(("cleanup.policy", "compact"), ("retention.ms", "-1")))
NAMES = [LEASE.name, STATE.name]


@pytest.fixture
def wanted(kafka: Broker) -> tuple[Topic, ...]:
    """Both topics, in as many copies as this cluster has brokers."""
    return overridden((LEASE, STATE), brokers(connect(kafka.kafka)))


def nothing_is_left_to_plan(admin: AdminClient, wanted: tuple[Topic, ...]) -> None:
    """Asked until it is so: in a cluster, another broker than the one that was told may answer."""
    until(lambda: plan(wanted, found(admin, NAMES)) == (), "nothing left to plan")


def test_applied_plan_leaves_nothing_to_plan(kafka: Broker, wanted: tuple[Topic, ...]) -> None:
    kafka.fresh_topics([])
    admin = connect(kafka.kafka)
    changes = plan(wanted, found(admin, NAMES))
    assert [str(change) for change in changes] == [
        "+ gateway.outbox  12 partitions, kept 35 days",
        "+ gateway.state  12 partitions, newest of each key kept",
    ]
    apply(admin, changes)
    nothing_is_left_to_plan(admin, wanted)


def test_settings_are_altered_and_others_kept(kafka: Broker, wanted: tuple[Topic, ...]) -> None:
    kafka.fresh_topics(wanted)
    admin = connect(kafka.kafka)
    longer = {**dict(wanted[0].config), "retention.ms": str(40 * DAY_MS)}
    altered = (replace(wanted[0], config=tuple(longer.items())),)
    changes = plan(altered, found(admin, NAMES))
    assert [str(change) for change in changes] == ["~ gateway.outbox  kept 35 days -> kept 40 days"]
    apply(admin, changes)
    nothing_is_left_to_plan(admin, altered)
    assert found(admin, NAMES)["gateway.outbox"].config["message.timestamp.type"] == "LogAppendTime"


def test_impossible_change_is_refused_whole(kafka: Broker, wanted: tuple[Topic, ...]) -> None:
    kafka.fresh_topics(wanted[:1])
    admin = connect(kafka.kafka)
    more = (replace(wanted[0], partitions=13), wanted[1])
    with pytest.raises(BrokerFault, match=r"has 12 partitions, 13 are wanted"):
        apply(admin, plan(more, found(admin, NAMES)))
    assert set(found(admin, NAMES)) == {"gateway.outbox"}


def test_too_many_copies_name_the_setting_that_helps(kafka: Broker) -> None:
    kafka.fresh_topics([])
    admin = connect(kafka.kafka)
    with pytest.raises(BrokerFault, match=r"gateway\.state could not be made: .* GATEWAY_REPLICATION"):
        apply(admin, plan(overridden((STATE,), copies=9), {}))
    with pytest.raises(BrokerFault) as refused:
        apply(admin, plan(overridden((LEASE, STATE), copies=9), {}))
    [sentence] = str(refused.value).splitlines()
    assert sentence.startswith("gateway.outbox and 1 more could not be made: there are fewer brokers than")


def test_topic_that_is_already_there_says_plan_again(kafka: Broker, wanted: tuple[Topic, ...]) -> None:
    kafka.fresh_topics(wanted[:1])
    with pytest.raises(BrokerFault, match=r"somebody else has just made it; plan again"):
        apply(connect(kafka.kafka), plan(wanted[:1], {}))


def test_slots_are_the_partitions_of_the_lease(broker: Broker) -> None:
    broker.fresh_topics([LEASE])
    assert slots(connect(broker.kafka)) == (4 if broker.kind == "embedded" else 12)


def test_slots_without_topics_say_what_to_run(kafka: Broker) -> None:
    kafka.fresh_topics([])
    with pytest.raises(BrokerFault, match=r"run `gateway topics apply` first"):
        slots(connect(kafka.kafka))


def test_unreachable_broker_names_the_setting(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("gateway.broker.admin.ANSWER_SECONDS", 0.5)
    with pytest.raises(BrokerFault, match=r"no broker answered; .* GATEWAY_KAFKA__BOOTSTRAP"):
        slots(connect({"bootstrap.servers": "127.0.0.1:1"}))
