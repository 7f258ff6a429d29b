"""A bare copy with confluent-kafka: every outbox into one topic, transactions of 100 ms. Python's floor."""

import sys

from confluent_kafka import Message, Producer

from bench.systems.loop import run


def work(messages: list[Message], producer: Producer) -> None:
    produce = producer.produce
    for message in messages:
        produce("copy.out", message.value(), message.key(), message.partition())


if __name__ == "__main__":
    run("bench-copy", sys.argv[2:], work, lambda _producer: None)
