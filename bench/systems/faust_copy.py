"""A bare copy by a Faust agent: bytes in, bytes out, at least once, nothing kept, no web server."""

import sys

import faust


def app(bootstrap: str, topics: list[str]) -> faust.App:
    made = faust.App(
        "bench-faust",
        broker=f"kafka://{bootstrap}",
        store="memory://",
        web_enabled=False,
        topic_disable_leader=True,
        consumer_auto_offset_reset="earliest",
        broker_commit_interval=0.5,
        producer_linger_ms=5,
        producer_max_batch_size=262_144,
    )
    outboxes = made.topic(
        *topics, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
    )
    out = made.topic(
        "copy.out", key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw"
    )

    @made.agent(outboxes)
    async def copy(stream: faust.StreamT[bytes]) -> None:
        async for event in stream.events():
            await out.send(key=event.key, value=event.value, partition=event.message.partition)

    return made


if __name__ == "__main__":
    faust.Worker(app(sys.argv[1], sys.argv[2:]), loglevel="WARN").execute_from_commandline()
