"""The ids of a schema registry on the wire, those of the files inside the client.

Inside, a frame bears the id that follows from the schema itself; values are reframed on their way out
and in. Where there is no registry, and for ids it did not give, they pass as they are.
"""

import json
from typing import TYPE_CHECKING, Final

from gateway.codec import SCHEMA_IDS
from gateway.definitions.schema_ids import schema_id
from gateway.errors import BrokerFault
from gateway.messages import FRAME_BYTES

if TYPE_CHECKING:
    from gateway.registry import SchemaRegistry

_NAMES: Final = {name.title().replace("-", ""): name for name, _ in SCHEMA_IDS}
_CONTRACTS: Final = {fixed: contract for contract, fixed in SCHEMA_IDS.items()}


class SchemaIds:
    """The ids of one registry, as they were when the client began."""

    def __init__(self) -> None:
        self._given: dict[bytes, bytes] = {}
        self._fixed: dict[bytes, bytes] = {}
        self._url = ""

    def learn(self, registry: "SchemaRegistry") -> None:
        """Ask for every version of our records' subjects. Raises `BrokerFault`."""
        self._url = registry.url
        for subject in registry.subjects():
            if subject.rpartition(".")[2] not in _NAMES:
                continue
            for version in registry.versions(subject):
                fixed = schema_id(json.loads(version.schema))
                if fixed in _CONTRACTS:
                    self._fixed[_frame(version.schema_id)] = _frame(fixed)
                    self._given.setdefault(_frame(fixed), _frame(version.schema_id))

    def outward(self, value: bytes) -> bytes:
        """A value as it is published. Raises `BrokerFault` if the registry lacks its schema."""
        if not self._url:
            return value
        frame = self._given.get(value[:FRAME_BYTES])
        if frame is None:
            name, version = _CONTRACTS[int.from_bytes(value[1:FRAME_BYTES], "big")]
            raise BrokerFault(f"{name} v{version} is not in the schema registry at {self._url}")
        return frame + value[FRAME_BYTES:]

    def inward(self, value: bytes | None) -> bytes | None:
        """A value that was received, with the id of the files where the registry's is known."""
        if value is None or value[:FRAME_BYTES] not in self._fixed:
            return value
        return self._fixed[value[:FRAME_BYTES]] + value[FRAME_BYTES:]


def _frame(number: int) -> bytes:
    return b"\x00" + number.to_bytes(4, "big")
