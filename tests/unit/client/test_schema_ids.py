"""The ids of a registry outside, those of the files inside."""

import pytest

from gateway.client import BrokerFault, pack, unpack
from gateway.client.schema_ids import SchemaIds
from gateway.registry import Version
from tests import world

SUBJECT = "cn.gateway.LicenceVerificationRequested"


class FakeRegistry:
    """Our request's versions under ids 40 and 41, and something of somebody else's."""

    url = "http://registry"

    def __init__(self, versions: int) -> None:
        released = [one for one in world.contracts() if one.name == "licence-verification-requested"]
        self._versions = tuple(
            Version(number, 40 + number, contract.schema)
            for number, contract in enumerate(released[:versions])
        )

    def subjects(self) -> list[str]:
        return ["orders-value", SUBJECT]

    def versions(self, subject: str) -> tuple[Version, ...]:
        assert subject == SUBJECT, "nobody else's subject is read"
        return self._versions


def learnt(versions: int) -> SchemaIds:
    ids = SchemaIds()
    ids.learn(FakeRegistry(versions))  # type: ignore[arg-type]
    return ids


def test_values_go_out_with_the_registry_s_id_and_come_in_with_either() -> None:
    value = pack(world.request())
    outside = learnt(2).outward(value)
    assert outside == b"\x00\x00\x00\x00\x29" + value[5:]
    assert learnt(2).inward(outside) == value
    assert learnt(2).inward(value) == value
    with pytest.raises(ValueError, match="schema id 41"):
        unpack(outside)


def test_without_a_registry_values_pass_as_they_are() -> None:
    value = pack(world.request())
    assert SchemaIds().outward(value) == SchemaIds().inward(value) == value
    assert SchemaIds().inward(None) is None


def test_a_schema_that_the_registry_lacks_is_told_before_anything_is_published() -> None:
    with pytest.raises(BrokerFault, match="licence-verification-requested v2 is not in the schema registry"):
        learnt(1).outward(pack(world.request()))
