"""The log while no broker answers: one sentence in ten seconds; all else as it is said."""

import logging

import pytest

from gateway.calm import BROKERS, Calm

REFUSED = (
    "FAIL [rdkafka#producer-1] [thrd:127.0.0.1:1/bootstrap]: 127.0.0.1:1/bootstrap: Connect to "
    "ipv4#127.0.0.1:1 failed: Connection refused (after 0ms in state CONNECT)"
)


class Log:
    """A log read as a person does, at a time of our choosing."""

    def __init__(self) -> None:
        self.now = 0.0
        self.calm = Calm(lambda: self.now)

    def says(self, name: str, words: str, *arguments: object) -> str | None:
        record = logging.LogRecord(name, logging.ERROR, __file__, 1, words, arguments, None)
        return record.getMessage() if self.calm.filter(record) else None


def test_a_flood_becomes_one_sentence_in_ten_seconds() -> None:
    log = Log()
    first = log.says("gateway.client", REFUSED)
    assert first == (
        "no broker answers, trying again: 127.0.0.1:1/bootstrap: Connect to ipv4#127.0.0.1:1 failed: "
        "Connection refused (after 0ms in state CONNECT)"
    )
    told = []
    for turn in range(1, 1000):
        log.now = turn / 50
        told.append(log.says("aiokafka.cluster", "Unable connect to node with id %s", 1))
    [second] = [words for words in told if words is not None]
    assert second == (
        "no broker answers, trying again: Unable connect to node with id 1; "
        "499 complaints like it were left out"
    )


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("aiokafka.cluster", "Unable to update metadata from [1]"),
        ("aiokafka.consumer.fetcher", "Failed fetch messages from 1: NodeNotReadyError: Attempt to send"),
        ("aiokafka.consumer.group_coordinator", "Group Coordinator Request failed: NodeNotReadyError"),
        (BROKERS, "1/1 brokers are down"),
        (BROKERS, "kafka.example:9092/bootstrap: Failed to resolve 'kafka.example:9092'"),
    ],
)
def test_complaints_of_all_clients_are_known(name: str, words: str) -> None:
    log = Log()
    assert (log.says(name, words) or "").startswith("no broker answers, trying again: ")
    assert log.says(name, words) is None


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "gateway.exchange",
            "a transaction ended unclear (Connection refused); taking the slots over afresh",
        ),
        ("aiokafka.consumer.group_coordinator", "Heartbeat failed: local member_id was not recognized"),
        ("gateway.client", "zhejiang.inbox: the position was not kept"),
    ],
)
def test_everything_else_is_said_as_it_is(name: str, words: str) -> None:
    log = Log()
    assert [log.says(name, words) for _ in range(3)] == [words] * 3
