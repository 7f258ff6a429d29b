"""The plan: what is wanted and what is found decide, in words, what changes."""

from dataclasses import replace

import pytest

from gateway.broker import Alter, Cannot, Create, Found, lines, overridden, plan
from gateway.definitions import Topic

DAY_MS = 86_400_000

OUTBOX = Topic(
    name="zhejiang.outbox",
    purpose="what the region says",
    key="case id",
    partitions=12,
    replication=3,
    config=(
        ("cleanup.policy", "delete"),
        ("min.insync.replicas", "2"),
        ("retention.ms", str(8 * DAY_MS)),
    ),
    writers=("zhejiang",),
    readers=("line",),
)
LEDGER = replace(OUTBOX, name="gateway.ledger", config=(("retention.ms", "-1"),))
STATE = replace(OUTBOX, name="gateway.state", config=(("cleanup.policy", "compact"), ("retention.ms", "-1")))


def as_found(topic: Topic, **different: object) -> dict[str, Found]:
    config = {**dict(topic.config), "segment.ms": "604800000"}
    found = Found(topic.name, topic.partitions, topic.replication, config)
    return {topic.name: replace(found, **different)}


def test_what_is_as_wanted_needs_no_change() -> None:
    assert plan((OUTBOX,), as_found(OUTBOX)) == ()


def test_topics_that_nobody_wants_are_left_alone() -> None:
    assert plan((), as_found(OUTBOX)) == ()


def test_missing_topics_are_created_in_the_order_of_their_names() -> None:
    assert plan((OUTBOX, LEDGER), {}) == (Create(LEDGER), Create(OUTBOX))


@pytest.mark.parametrize(
    ("topic", "line"),
    [
        (OUTBOX, "+ zhejiang.outbox  12 partitions, kept 8 days"),
        (LEDGER, "+ gateway.ledger  12 partitions, kept for good"),
        (STATE, "+ gateway.state  12 partitions, newest of each key kept"),
    ],
)
def test_creation_is_one_line_in_words(topic: Topic, line: str) -> None:
    assert str(Create(topic)) == line


def test_differing_settings_are_altered_and_shown_as_found_and_wanted() -> None:
    config = {"cleanup.policy": "delete", "min.insync.replicas": "1", "retention.ms": str(DAY_MS * 5 // 2)}
    (change,) = plan((OUTBOX,), as_found(OUTBOX, config=config))
    assert change == Alter(
        "zhejiang.outbox",
        (("min.insync.replicas", "1", "2"), ("retention.ms", str(DAY_MS * 5 // 2), str(8 * DAY_MS))),
    )
    assert str(change) == (
        "~ zhejiang.outbox  min.insync.replicas 1 -> min.insync.replicas 2, kept 2.5 days -> kept 8 days"
    )


def test_setting_that_the_broker_does_not_know_is_shown_as_unset() -> None:
    (change,) = plan((LEDGER,), as_found(LEDGER, config={}))
    assert str(change) == "~ gateway.ledger  retention.ms unset -> kept for good"


def test_partitions_are_for_life() -> None:
    (change,) = plan((OUTBOX,), as_found(OUTBOX, partitions=4))
    assert isinstance(change, Cannot)
    assert str(change) == (
        "! zhejiang.outbox  has 4 partitions, 12 are wanted; their number is for life: "
        "while it holds nothing, delete it and apply again, or write 4 in topics/."
    )


def test_copies_are_moved_by_kafkas_own_tool() -> None:
    (change,) = plan((OUTBOX,), as_found(OUTBOX, replication=1))
    assert isinstance(change, Cannot)
    assert "kafka-reassign-partitions" in change.why


@pytest.mark.parametrize(("copies", "least"), [(1, "1"), (2, "1"), (3, "2")])
def test_development_cluster_overrides_copies_and_nothing_else(copies: int, least: str) -> None:
    (topic,) = overridden((OUTBOX,), copies)
    assert topic.replication == copies
    assert dict(topic.config) == {**dict(OUTBOX.config), "min.insync.replicas": least}
    assert replace(topic, replication=OUTBOX.replication, config=OUTBOX.config) == OUTBOX


def test_without_override_topics_stay_as_defined() -> None:
    assert overridden((OUTBOX,), None) == (OUTBOX,)


def test_one_cause_is_told_once_for_all_its_topics() -> None:
    wanted = (LEDGER, OUTBOX, STATE)
    there = {topic.name: as_found(topic, replication=1)[topic.name] for topic in wanted}
    create, cannot = lines(plan((*wanted, replace(OUTBOX, name="anhui.outbox")), there))
    assert create == "+ anhui.outbox  12 partitions, kept 8 days"
    assert cannot == (
        "! gateway.ledger and 2 more  is kept in 1 copies, 3 are wanted: move it with "
        "kafka-reassign-partitions, or set GATEWAY_REPLICATION on a development cluster."
    )
    assert lines([Cannot("a", "is odd"), Cannot("b", "is even")]) == ["! a  is odd", "! b  is even"]
