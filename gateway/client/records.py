"""Events ↔ Kafka values, and what every event needs before it is published.

The generated encoders write, and the generated decoders read back what was written: they are the ones
the gateway runs, so a record it would not read is refused here, before it is published. fastavro would
need the schema files beside the package, and lets pass what the gateway refuses.
"""

import secrets
import time
import uuid
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from inspect import signature
from typing import Any, Final, Protocol, runtime_checkable

from gateway import codec
from gateway.codec import DECODERS, SCHEMA_IDS, Agent, Claim, Event, Material, Value
from gateway.errors import Refused
from gateway.messages import FRAME_BYTES

_SHANGHAI: Final = timedelta(hours=8)
_CONTRACTS: Final = {schema_id: contract for contract, schema_id in SCHEMA_IDS.items()}
_NEWEST: Final = dict(sorted(SCHEMA_IDS))  # of equal names the highest version stands last and stays
_CLASSES: Final = {contract: contract.title().replace("-", "") for contract in _NEWEST}
_NAMES: Final = {name: contract for contract, name in _CLASSES.items()}
_BLANK: Final[dict[str, Any]] = {"event_id": "", "case_id": "", "source": "", "made_at": 0, "salt": b""}
_INNER: Final[dict[str, Any]] = {"agent": Agent, "claims": Claim, "materials": Material, "returned": Value}
"""The records inside records, by the field that holds them."""


@runtime_checkable
class _Salted(Protocol):
    salt: bytes


def event_of(contract: str, fields: Mapping[str, Any]) -> Event:
    """The event of a contract's newest version from a dict; optional fields may be left out.

    event_id, case_id, source, made_at and salt are left blank, to be filled when it is published.
    Raises ValueError for a contract or a field that does not exist, and for one that must be there. A value
    of another type is found here where the core is compiled, else by `pack`.
    """
    if contract not in _CLASSES:
        raise ValueError(f'contract "{contract}" is none of {", ".join(_CLASSES)}')
    make = getattr(codec, _CLASSES[contract])
    names = signature(make).parameters
    unknown = sorted(set(fields) - set(names))
    if unknown:
        raise ValueError(f"{contract} has no field {', '.join(unknown)}")
    given = {name: fields.get(name, _BLANK.get(name)) for name in names}
    if _absent(make, given):
        raise _incomplete(contract, make, given)
    try:
        event = make(*(_inner(name, value) for name, value in given.items()))
    except TypeError as fault:
        raise _incomplete(contract, make, given) from fault
    assert isinstance(event, Event)
    return event


def _absent(make: Callable[..., Any], given: Mapping[str, Any]) -> list[str]:
    """The fields that must be there and are None."""
    parameters = signature(make).parameters.values()
    return [field.name for field in parameters if field.default is field.empty and given[field.name] is None]


def _incomplete(contract: str, make: Callable[..., Any], given: Mapping[str, Any]) -> ValueError:
    absent = ", ".join(_absent(make, given)) or "nothing"
    return ValueError(f"{contract}: a field is missing or of another type; None: {absent}")


def _inner(name: str, value: Any) -> Any:
    if isinstance(value, list | tuple):
        return tuple(_inner(name, item) for item in value)
    return _INNER[name](**value) if isinstance(value, Mapping) else value


def complete(event: Event, region: str, division: str) -> None:
    """Fill in what is blank: event id, case id, source, time, salt.

    Filled in place, so that the same record published again is the same event, byte for byte.
    """
    if not event.case_id and not division:
        raise ValueError("a new case needs the region's division code: Client(..., division=...)")
    event.event_id = event.event_id or str(uuid.uuid4())
    event.case_id = event.case_id or new_case_id(division)
    event.source = event.source or region
    event.made_at = event.made_at or time.time_ns() // 1_000_000
    if isinstance(event, _Salted):
        event.salt = event.salt or secrets.token_bytes(16)


def new_case_id(division: str) -> str:
    """A case id of this year (Asia/Shanghai) that no other process has drawn.

    The serial is 20 random digits: no counter to share, nothing to learn from it, and among a hundred
    million cases of a region and year the chance that any two meet is 1 in 20 000.
    """
    year = (datetime.now(UTC) + _SHANGHAI).year
    return f"{division}-{year}-{secrets.randbelow(10**20):020}"


def pack(event: Event) -> bytes:
    """The Kafka value of an event: frame and body, in the newest version of its contract.

    Raises ValueError, in the words of the gateway's own refusal, if it breaks its contract.
    """
    contract = _NAMES[type(event).__name__]
    version = _NEWEST[contract]
    encode = getattr(codec, f"encode_{contract.replace('-', '_')}_v{version}")
    try:
        body: bytes = encode(event)
    except (AttributeError, TypeError) as fault:
        given = {name: getattr(event, name) for name in signature(type(event)).parameters}
        raise _incomplete(contract, type(event), given) from fault
    value = b"\x00" + SCHEMA_IDS[contract, version].to_bytes(4, "big") + body
    unpack(value)
    return value


def unpack(value: bytes | None) -> Event:
    """The event in a Kafka value; ValueError with one sentence if this client cannot read it."""
    if not value or len(value) < FRAME_BYTES or value[0] != 0:
        raise ValueError("the value does not begin with byte 0 and a 4-byte schema id")
    schema_id = int.from_bytes(value[1:FRAME_BYTES], "big")
    if schema_id not in _CONTRACTS:
        raise ValueError(f"schema id {schema_id} is none of those this client knows; a newer client may")
    try:
        event = DECODERS[_CONTRACTS[schema_id]](value[FRAME_BYTES:])
    except Refused as refusal:
        raise ValueError(str(refusal)) from refusal
    if not isinstance(event, Event):
        raise ValueError(f"{_CONTRACTS[schema_id][0]} is not an event")
    return event
