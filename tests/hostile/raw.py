"""Records that no client library writes, put into a broker by hand (Kafka's Produce request, version 3)."""

import socket
import struct
from typing import Final

from aiokafka.record.default_records import _DefaultRecordBatchBuilderPy

_ACKS_ALL: Final = -1
_NO_TRANSACTION: Final = -1


class _OddName(str):
    """A header's name whose bytes are not UTF-8."""

    __slots__ = ()

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> bytes:
        return b"\xff\xfename"


def batch_with_odd_header(value: bytes | None, key: bytes) -> bytes:
    """One record in a batch of its own, with a header whose name is not UTF-8."""
    builder = _DefaultRecordBatchBuilderPy(
        magic=2,
        compression_type=0,
        is_transactional=0,
        producer_id=-1,
        producer_epoch=-1,
        base_sequence=-1,
        batch_size=1 << 20,
    )
    builder.append(0, None, key, value, [(_OddName("name"), b"")])
    return bytes(builder.build())


def produce(address: str, topic: str, partition: int, records: bytes) -> int:
    """Hand a batch to the leader of its partition; returns the offset of its first record."""
    name = topic.encode()
    parts = (
        struct.pack(">hhih", 0, 3, 1, 3) + b"raw",  # Produce, version, correlation, client
        struct.pack(">hhi", _NO_TRANSACTION, _ACKS_ALL, 10_000),
        struct.pack(">ih", 1, len(name)) + name,
        struct.pack(">iii", 1, partition, len(records)) + records,
    )
    request = b"".join(parts)
    host, port = address.rsplit(":", 1)
    with socket.create_connection((host, int(port)), timeout=30) as broker:
        broker.sendall(struct.pack(">i", len(request)) + request)
        size = struct.unpack(">i", _exactly(broker, 4))[0]
        answer = _exactly(broker, size)
    error, offset = struct.unpack_from(">hq", answer, 4 + 4 + 2 + len(name) + 4 + 4)
    assert error == 0, f"the broker answered with error {error}"
    return int(offset)


def _exactly(broker: socket.socket, size: int) -> bytes:
    found = b""
    while len(found) < size:
        more = broker.recv(size - len(found))
        assert more, "the broker closed the connection: it could not read the request"
        found += more
    return found
