"""Errors are sentences: whose fault, where, what."""

from gateway.errors import CoreFault, Finding, Reason, Refused, RuleRef


def test_errors_say_where() -> None:
    assert str(RuleRef("east-accepts-west", 3)) == "east-accepts-west@3"
    assert str(Refused(Reason.STALE, "it is too old")) == "stale: it is too old"
    fault = CoreFault("east.outbox", 3, 17)
    assert fault.position == ("east.outbox", 3, 17)
    assert str(fault).startswith("east.outbox[3]@17: ")
    finding = Finding("regions/east/region.yaml", 14, 12, "unknown key", "unknown-key", "")
    assert str(finding) == "regions/east/region.yaml:14:12: unknown key"
