"""Consumer groups between two tests: who is gone leaves at once, though its session lasts for seconds more.

A member with a name of its own (`group.instance.id`) does not say when it goes, and a killed one cannot; so
Kafka is told by hand (its LeaveGroup request, version 3). A process that still runs joins again and is found.
"""

import socket
import struct
from collections.abc import Iterable
from typing import Final

from confluent_kafka import KafkaError, KafkaException
from confluent_kafka.admin import AdminClient, ConsumerGroupDescription

_LEAVE_GROUP: Final = 13
_VERSION: Final = 3


def forgotten(admin: AdminClient, groups: Iterable[str]) -> bool:
    """Delete these groups with all their members; whether none is left."""
    names = list(groups)
    if not names:
        return True
    for described in admin.describe_consumer_groups(names).values():
        if not _is_unknown(described.exception()) and described.result().members:
            _let_leave(described.result())
    deleted = [future.exception() for future in admin.delete_consumer_groups(names).values()]
    return not any(_has_members(error) for error in deleted)


def _let_leave(group: ConsumerGroupDescription) -> None:
    members = [_string(one.member_id) + _string(one.group_instance_id) for one in group.members]
    request = b"".join(
        (
            struct.pack(">hhi", _LEAVE_GROUP, _VERSION, 1) + _string("tests") + _string(group.group_id),
            struct.pack(">i", len(members)),
            *members,
        )
    )
    with socket.create_connection((group.coordinator.host, group.coordinator.port), timeout=10) as broker:
        broker.sendall(struct.pack(">i", len(request)) + request)
        broker.recv(4096)  # that it answers is enough: whoever is left is seen by the next question


def _string(text: str | None) -> bytes:
    return struct.pack(">h", -1) if text is None else struct.pack(">h", len(text)) + text.encode()


def _has_members(error: BaseException | None) -> bool:
    if error is None or _is_unknown(error):
        return False
    if _code(error) != KafkaError.NON_EMPTY_GROUP:
        raise error
    return True


def _is_unknown(error: BaseException | None) -> bool:
    return _code(error) == KafkaError.GROUP_ID_NOT_FOUND


def _code(error: BaseException | None) -> int | None:
    return error.args[0].code() if isinstance(error, KafkaException) else None
