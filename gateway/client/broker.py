"""How the client speaks to Kafka: its properties, its faults in words, its threads."""

import logging
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from typing import Final

from confluent_kafka import KafkaError, KafkaException, Message

from gateway.calm import Calm
from gateway.errors import BrokerFault

log = logging.getLogger("gateway.client")
log.addFilter(Calm())

TURN_SECONDS: Final = 0.1
"""How long a poll waits for the broker, and so how long another call or closing may take."""
CALL_SECONDS: Final = 10.0
CONFIRM_SECONDS: Final = 30
_LASTING: Final = frozenset(
    {
        KafkaError._AUTO_OFFSET_RESET,
        KafkaError._UNKNOWN_PARTITION,
        KafkaError._UNKNOWN_TOPIC,
        KafkaError.GROUP_AUTHORIZATION_FAILED,
        KafkaError.TOPIC_AUTHORIZATION_FAILED,
        KafkaError.UNKNOWN_TOPIC_OR_PART,
    }
)
"""Errors that do not pass by waiting; of all others librdkafka takes care itself."""

Properties = dict[str, str | int | bool | logging.Logger]


def producer_properties(kafka: Mapping[str, str]) -> Properties:
    """Idempotent and confirmed by all replicas, so that a retry inside the client doubles nothing."""
    return {
        **kafka,
        "enable.idempotence": True,
        "acks": "all",
        "message.timeout.ms": CONFIRM_SECONDS * 1000,
        "logger": log,
    }


def consumer_properties(kafka: Mapping[str, str], group: str) -> Properties:
    """Committed records only, positions kept by hand, and no silence where records were lost."""
    return {
        **kafka,
        "group.id": group,
        "enable.auto.commit": False,
        "enable.auto.offset.store": False,
        "isolation.level": "read_committed",
        "auto.offset.reset": "error",
        "session.timeout.ms": 6000,  # brokers allow no less: so soon others go on for a dead process
        "heartbeat.interval.ms": 1500,
        "fetch.wait.max.ms": 100,  # the embedded broker answers a waiting fetch only after it
        "queued.min.messages": 1000,
        "logger": log,
    }


def fault(what: str, cause: KafkaException | KafkaError) -> BrokerFault:
    """A broker's error in one sentence: what did not work, why, and the code to look up."""
    error = cause.args[0] if isinstance(cause, KafkaException) else cause
    return BrokerFault(f"{what}: {error.str()} ({error.name()})")


def lasting_fault(message: Message) -> BrokerFault | None:
    """The fault a polled message tells of, if it will not pass by itself."""
    error = message.error()
    if error is None:
        return None
    if error.fatal() or error.code() in _LASTING:
        return fault(f"{message.topic()}[{message.partition()}] cannot be read", error)
    log.warning("%s", error.str())
    return None


def own_thread(name: str) -> ThreadPoolExecutor:
    """The one thread that touches a consumer.

    confluent-kafka 2.16 lets one thread at a time into a consumer, and not in turn: beside a thread that
    polls without a pause another one may wait for ever. Here calls queue up and are made in their order.
    """
    return ThreadPoolExecutor(1, name)
